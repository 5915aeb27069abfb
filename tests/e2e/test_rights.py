"""A person's rights on the deployed stack: staff find and tell all that is held, and who is erased leaves no trace.

The table, every queue, every object and every schedule are looked through, packed state unpacked.
"""

import json
import re
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import httpx
import pytest

from shared.adapters.dynamodb.person_records import plain
from shared.domain.identity.identifiers import Identifier, provisional_profile_id
from shared.domain.rights.erasure import RightsKind, RightsOrder, next_sweep, order_to_dict
from shared.tables import person_group
from tests.e2e.commands import carillon
from tests.e2e.conftest import LocalCloud, wait_until
from tests.e2e.storefront import a_person, adds, buys, identify, signs_up, track

pytestmark = pytest.mark.e2e

NAME: Final = "Anastazja"
MAIL: Final = ("welcome", "email")


@dataclass(frozen=True)
class Person:
    """Somebody by all that they are known by."""

    cloud: LocalCloud
    id: str = field(default_factory=a_person)
    visitor: str = field(default_factory=lambda: f"v-{uuid.uuid4().hex[:12]}")
    phone: str = field(default_factory=lambda: f"+35387{uuid.uuid4().int % 10**7:07d}")

    @property
    def email(self) -> str:
        return f"{self.id}@example.com"

    @property
    def card(self) -> str:
        return f"card-{self.id}"

    @property
    def device(self) -> str:
        return f"token-{self.id}"

    @property
    def references(self) -> list[str]:
        """By whatever staff may ask."""
        return [
            self.id,
            f"email:{self.email.upper()}",
            f"phone:{self.phone}",
            f"anonymous:{self.visitor}",
            f"loyalty:{self.card}",
        ]

    @property
    def known(self) -> dict[str, str]:
        """What none but they brought, in small letters."""
        return {
            "user": self.id,
            "email": self.email,
            "phone": self.phone,
            "anonymous": self.visitor,
            "loyalty": self.card,
            "device": self.device,
        }

    @property
    def traces(self) -> set[str]:
        """What none but they leave, in small letters: that, and what is made of it."""
        ids = {self.id, *(provisional_profile_id(Identifier(*one)) for one in self.known.items())}
        return ids | {*map(person_group, ids)} | {value.lstrip("+") for value in self.known.values()}

    def ask(self, reference: str, rest: str = "", method: str = "GET") -> httpx.Response:
        url = f"{self.cloud.ingest_url}/v1/profiles/{quote(reference, safe='')}{rest}"
        return httpx.request(method, url, auth=(self.cloud.secret_key, ""), timeout=30)

    def is_known(self) -> bool:
        return all(self.ask(reference).status_code == 200 for reference in self.references)

    def live(self) -> None:
        """A visit, a sign-up in the shop with a card, an app and a yes, a basket, two orders; and what went wrong."""
        visit = {name: value for name, value in adds(self.id).items() if name != "userId"}
        self.cloud.send(visit | {"event": "Product Viewed", "anonymousId": self.visitor})
        card = {"type": "loyalty", "id": self.card, "collection": "users", "encoding": "none"}
        known = identify(self.id, device=self.device, phone=self.phone, firstName=NAME)
        known = known | {"anonymousId": self.visitor, "context": known["context"] | {"externalIds": [card]}}
        yes = track(self.id, "Subscribed", channel="email", topic="news", source="till")
        yes |= {"context": {"ip": "192.0.2.1", "userAgent": "till 7"}}
        self.cloud.send(known, yes, signs_up(self.id), *(buys(self.id, cart=None, order=n) for n in (1, 2)))

    def leave_what_failed(self, other: "Person") -> None:
        """In one refused batch and one queue of dead letters, beside somebody else's."""
        batch = [{"type": "track", "userId": one.id, "event": 5, "email": one.email} for one in (self, other)]
        assert self.cloud.post("/v1/batch", {"batch": batch}).status_code == 400
        sqs = self.cloud.client("sqs")
        [letters] = sqs.list_queues(QueueNamePrefix="carillon-local-inbound-dead-letters")["QueueUrls"]
        for one in (self, other):
            sqs.send_message(QueueUrl=letters, MessageBody=json.dumps({"detail": {"properties": {"email": one.email}}}))


def everything(cloud: LocalCloud) -> Iterator[tuple[str, str]]:
    """Where, and what: all that is kept anywhere, as text; but for the outbox, which shows what was sent."""
    pages = partial(_pages, cloud)
    for item in pages("dynamodb", "scan", "Items", TableName=cloud.environment["TABLE_NAME"], ConsistentRead=True):
        yield f"{item['pk']['S']} {item['sk']['S']}", json.dumps({name: plain(value) for name, value in item.items()})
    for bucket in cloud.client("s3").list_buckets()["Buckets"]:
        if not bucket["Name"].startswith("cdk-"):  # the code, from before anybody came
            for entry in pages("s3", "list_objects_v2", "Contents", Bucket=bucket["Name"]):
                kept = cloud.client("s3").get_object(Bucket=bucket["Name"], Key=entry["Key"])
                yield entry["Key"], f"{entry['Key']} {kept['Body'].read().decode()}"
    for schedule in pages("scheduler", "list_schedules", "Schedules"):
        yield "schedule", schedule["Name"]
    for name, messages in cloud.queued().items():
        yield from ((name, json.dumps(message)) for message in messages)


def _pages(cloud: LocalCloud, service: str, operation: str, items: str, **asked: Any) -> Iterator[Any]:
    for page in cloud.client(service).get_paginator(operation).paginate(**asked):
        yield from page.get(items, ())


def traces(cloud: LocalCloud, person: Person) -> dict[str, set[str]]:
    """Of each of the person's traces, where it is."""
    found: dict[str, set[str]] = {trace: set() for trace in person.traces}
    for where, text in everything(cloud):
        for trace, places in found.items():
            if trace in text.lower():
                places.add(where)
    return found


@pytest.fixture(scope="module")
def bo(cloud: LocalCloud) -> Person:
    """Somebody else, who lives alike."""
    return Person(cloud)


@pytest.fixture(scope="module")
def ana(cloud: LocalCloud, bo: Person) -> Person:
    ana = Person(cloud)
    for person in (ana, bo):
        person.live()
    ana.leave_what_failed(bo)
    for person in (ana, bo):
        cloud.wait_for(person.id, 3)  # two confirmations, and a welcome
        wait_until(person.is_known, "all identifiers")
    return ana


def test_staff_find_a_person_by_whatever_they_are_known(ana: Person) -> None:
    found = [ana.ask(reference).json() for reference in ana.references]

    assert [person["id"] for person in found] == [ana.id] * 5
    assert found[0]["traits"]["firstName"] == NAME
    assert f"This is {NAME}" in found[0]["what_to_know"]["text"]
    assert {(one["kind"], one["value"]) for one in found[0]["identifiers"]} >= {
        ("anonymous", ana.visitor), ("email", ana.email), ("loyalty", ana.card), ("phone", ana.phone),
    }  # fmt: skip
    assert found[0]["joined"] == [f"anon:{ana.visitor}"]
    assert "regulars" in {segment["name"] for segment in found[0]["segments"]}


def test_staff_see_what_happened_and_what_was_sent_and_why(ana: Person) -> None:
    timeline = ana.ask(ana.id, "/timeline?limit=100").json()
    messages = ana.ask(f"email:{ana.email}", "/messages").json()

    assert {event.get("event") for event in timeline["events"]} >= {"Product Viewed", "Signed Up", "Order Completed"}
    assert sorted(message["message"] for message in messages["messages"]) == [
        "order_confirmation", "order_confirmation", "welcome",
    ]  # fmt: skip
    for message in messages["messages"]:
        assert message["status"] in {"sent", "delivered"}
        assert [attempt["outcome"] for attempt in message["trace"]][-1] == "accepted"


def test_an_export_holds_all_of_it(ana: Person) -> None:
    document = ana.ask(f"loyalty:{ana.card}", "/export").json()

    assert document["profile"]["id"] == ana.id
    assert {record["record"] for record in document["records"]} == {"consent", "coupon", "identifier", "merge"}
    assert len(document["messages"]) == 3
    assert "Product Viewed" in {event.get("event") for event in document["timeline"]}


def test_the_commands_tell_the_same(cloud: LocalCloud, ana: Person, tmp_path: Path) -> None:
    file = tmp_path / "ana.json"
    commands = (
        ("person", f"anonymous:{ana.visitor}"),
        ("export", ana.id, "-o", str(file)),
        ("consent", f"email:{ana.email}", "--json"),
    )
    with ThreadPoolExecutor() as users:
        person, _, consent = users.map(lambda words: carillon(cloud, *words), commands)

    assert person.splitlines()[0] == ana.id
    assert json.loads(file.read_bytes())["profile"]["id"] == ana.id
    [said] = [json.loads(line) for line in consent.splitlines()]
    assert (said["profile"], said["state"], said["topic"], said["source"]) == (ana.id, "subscribed", "news", "till")
    assert set(said["evidence"]) == {"ip", "userAgent"}


@dataclass(frozen=True)
class Erased:
    """Who was erased, by the command; ``told`` is what it printed, and ``before`` where which of their traces was."""

    person: Person
    before: dict[str, set[str]]
    told: str
    receipt: dict[str, Any]


@pytest.fixture(scope="module")
def erased(cloud: LocalCloud, ana: Person) -> Erased:
    before = traces(cloud, ana)
    erasures(cloud)
    told = carillon(cloud, "erase", f"loyalty:{ana.card}", "--yes")
    found = re.search("the receipt is ([0-9a-f]{32})", told)
    assert found is not None, told
    receipt = read_receipt(cloud, found[1])
    assert receipt["status"] == "accepted"
    hurry(cloud, receipt["id"], f"loyalty:{ana.card}")
    wait_until(lambda: read_receipt(cloud, receipt["id"])["status"] == "done", "the second sweep")
    return Erased(ana, before, told, read_receipt(cloud, receipt["id"]))


def read_receipt(cloud: LocalCloud, id_: str) -> dict[str, Any]:
    url = f"{cloud.ingest_url}/v1/erasures/{id_}"
    receipt: dict[str, Any] = httpx.get(url, auth=(cloud.secret_key, ""), timeout=30).json()
    return receipt


def erasures(cloud: LocalCloud) -> str:
    """The queue of requests, empty: what other tests asked for is nothing to wait for."""
    sqs = cloud.client("sqs")
    url: str = sqs.get_queue_url(QueueName="carillon-local-erasures")["QueueUrl"]
    sqs.purge_queue(QueueUrl=url)
    return url


def hurry(cloud: LocalCloud, receipt: str, reference: str) -> None:
    """The second sweep at once: a queue delays by the wall's clock, and a quarter of an hour is too long for a test."""
    order = next_sweep(RightsOrder(kind=RightsKind.ERASE, receipt=receipt, references=(reference,)))
    cloud.client("sqs").send_message(QueueUrl=erasures(cloud), MessageBody=json.dumps(order_to_dict(order)))


def test_a_request_has_a_receipt_that_tells_of_nobody_and_ends_as_done(erased: Erased) -> None:
    assert all(erased.before[value.lstrip("+")] for value in erased.person.known.values())  # or nothing is proved
    assert f"This erases {erased.person.id} in local" in erased.told
    removed = erased.receipt["removed"]
    assert {"profiles", "identifiers", "records", "messages", "memberships", "files", "dead_letters"} <= {*removed}
    assert f"{removed['messages']} messages" in erased.told
    assert erased.receipt["requested_at"] < erased.receipt["done_at"]
    assert not [trace for trace in erased.person.traces if trace in json.dumps(erased.receipt).lower()]


def test_nobody_is_known_by_that_any_more(erased: Erased) -> None:
    ana = erased.person
    for reference in ana.references:
        assert ana.ask(reference).status_code == 404, reference
    assert {ana.ask(ana.id, rest).status_code for rest in ("/timeline", "/messages", "/export")} == {404}


def test_nothing_is_left_of_who_was_erased_and_of_others_all(cloud: LocalCloud, bo: Person, erased: Erased) -> None:
    """Nor does what comes late, from a phone that was without a network, bring any of it back."""
    ana = erased.person
    late = identify(ana.id, phone=ana.phone, firstName=NAME) | {"anonymousId": ana.visitor}
    cloud.send(late | {"timestamp": (datetime.now(UTC) - timedelta(days=30)).isoformat()})
    wait_until(lambda: cloud.has_decided(ana.id), "the late event")

    assert {trace: places for trace, places in traces(cloud, ana).items() if places} == {}
    left = traces(cloud, bo)
    assert all(left[value.lstrip("+")] for value in bo.known.values())


def test_the_address_stays_on_the_list_and_the_receipt_can_be_asked_for(cloud: LocalCloud, erased: Erased) -> None:
    ana, receipt = erased.person, erased.receipt
    commands = (
        ("suppressions", "show", ana.email),
        ("erase", receipt["id"], "--receipt"),
    )
    with ThreadPoolExecutor() as users:
        suppressed, told = users.map(lambda words: carillon(cloud, *words), commands)

    assert suppressed.startswith("email  erased  since ")
    assert f"done at {receipt['done_at']}" in told


def test_an_id_that_nobody_has_is_taken_too(cloud: LocalCloud, ana: Person) -> None:
    """Quarantine may hold what never became a person."""
    answer = ana.ask(f"shopify:{uuid.uuid4().int}", method="DELETE")

    assert (answer.status_code, answer.json()["status"]) == (202, "accepted")
    assert answer.headers["location"] == f"/v1/erasures/{answer.json()['id']}"
    assert read_receipt(cloud, answer.json()["id"])["id"] == answer.json()["id"]
