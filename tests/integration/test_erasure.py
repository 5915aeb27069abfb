"""A person with everything is erased, while things of theirs are still in flight: nothing is left in any store.

Every item of the table, every queue, every object of every bucket, every schedule is looked through, packed state
unpacked, for any of the person's ids, addresses or traits.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import boto3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto.sqs.models import sqs_backends

from functions.erase_profiles.handler import lambda_handler, logger
from shared.adapters import dead_letters
from shared.adapters.clock import SystemClock
from shared.adapters.dynamodb.aliases import DynamoAliases
from shared.adapters.dynamodb.ledger import DynamoLedger
from shared.adapters.dynamodb.members import DynamoMembers
from shared.adapters.dynamodb.message_index import DynamoMessageIndex
from shared.adapters.dynamodb.person_records import plain
from shared.adapters.dynamodb.profiles import DynamoProfiles
from shared.adapters.dynamodb.timeline import DynamoTimeline
from shared.adapters.event_queue import event_body
from shared.bootstrap import people
from shared.bootstrap.erase_profiles import rights
from shared.domain.consent.words import Channel, Statement
from shared.domain.delivery import outcome_event
from shared.domain.events import Event, EventType, Trust
from shared.domain.identity.identifiers import Identifier, provisional_profile_id
from shared.domain.ledger import LedgerEntry, MessageStatus
from shared.domain.profiles import Device, Profile
from shared.domain.rights.erasure import RightsKind, RightsOrder, order_to_dict
from shared.domain.timing import HOUR
from shared.settings.erase_profiles import ErasureSettings
from shared.tables import person_group
from tests.aws import pretended_aws
from tests.builders import NOON, a_message, an_event
from tests.conftest import create_table
from tests.crashes import Accident, Calls, Killed, watched
from tests.integration import evaluating as evaluating_module
from tests.integration.evaluating import Evaluating
from tests.integration.lambda_events import FakeLambdaContext, failures, fifo_record, log_lines, sqs_event
from tests.integration.sending_end import CONTENT, sending_end

BUCKET: Final = "failures"
GROUP: Final = "carillon"
QUEUES: Final = ("events-dead-letters.fifo", "inbound-dead-letters", "erasures-dead-letters")

ANA: Final = Profile(
    id="u-ana-1",
    traits={"firstName": "Anastazja", "email": "Anastazja@example.com", "phone": "+353871234567"},
    claimed=(("anonymous", "cookie-4711"), ("loyalty", "LOYAL-99")),
    devices={"push-token-of-ana": Device("ios", NOON)},
    consent={("email", "*"): Statement(subscribed=True, at=NOON, source="page")},
    segments={"regulars": NOON},
)
BO: Final = Profile(id="u-bo-2", traits={"firstName": "Bo", "email": "bo@example.com"})
VISIT: Final = provisional_profile_id(Identifier("anonymous", "cookie-4711"))
TILL: Final = provisional_profile_id(Identifier("email", "anastazja@example.com"))

TRACES: Final = (
    "u-ana-1", "anastazja", "353871234567", "cookie-4711", "loyal-99", "push-token-of-ana", person_group("u-ana-1"),
    TILL,
)  # fmt: skip


@dataclass
class House:
    """Everything that holds people, with one in it; ``wall`` is the clock of all."""

    table: str
    evaluating: Evaluating
    queue_url: str
    letters: list[str]
    delays: list[int] = field(default_factory=list)

    def request(self, *references: str) -> str:
        order = RightsOrder(kind=RightsKind.ERASE, receipt="0" * 32, references=references)
        boto3.client("sqs").send_message(QueueUrl=self.queue_url, MessageBody=json.dumps(order_to_dict(order)))
        return order.receipt

    def pass_time(self) -> None:
        """Longer than a letter stays hidden that was looked at, as between two deliveries of a request."""
        for queue in queues().values():
            for message in queue._messages:
                message.visible_at = 0

    def sweep(self) -> bool:
        """Hand the function what stands in its queue, also what is to be delivered later; False: nothing does."""
        sqs = boto3.client("sqs")
        found = False
        while messages := self.delivered():
            found = True
            for message in messages:
                record = json.loads((Path(__file__).parents[1] / "events/sqs_from_eventbridge.json").read_text())
                [shape] = record["Records"]
                answer = lambda_handler(
                    {"Records": [{**shape, "messageId": "1", "body": message["Body"]}]},
                    FakeLambdaContext(remaining=300_000),
                )
                if not failures(answer):
                    sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])
        return found

    def delivered(self) -> list[Any]:
        for message in queues()["erasures"]._messages:
            message.delayed_until = 0
            message.visible_at = 0
        found: list[Any] = (
            boto3.client("sqs").receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=1).get("Messages", [])
        )
        return found

    def everything(self) -> Iterator[tuple[str, str]]:
        """Where, and what: all that is kept anywhere, as text."""
        for item in boto3.client("dynamodb").scan(TableName=self.table)["Items"]:
            yield f"table {item['pk']['S']} {item['sk']['S']}", json.dumps({n: plain(v) for n, v in item.items()})
        s3 = boto3.client("s3")
        for entry in s3.list_objects_v2(Bucket=BUCKET).get("Contents", []):
            body = s3.get_object(Bucket=BUCKET, Key=entry["Key"])["Body"].read().decode()
            yield f"bucket {entry['Key']}", f"{entry['Key']} {body}"
        scheduler = boto3.client("scheduler")
        for schedule in scheduler.list_schedules(GroupName=GROUP)["Schedules"]:
            yield "schedule", schedule["Name"]
        for name, queue in queues().items():
            if name.endswith((".fifo", "letters", "erasures")):
                for message in queue._messages:
                    yield f"queue {name}", message.body

    def traces(self) -> list[tuple[str, str]]:
        return [(where, trace) for where, text in self.everything() for trace in TRACES if trace in text.lower()]


def queues() -> Mapping[str, Any]:
    """Moto's own, by name: it has no other way to let time pass."""
    found: Mapping[str, Any] = sqs_backends["123456789012"]["eu-west-1"].queues
    return found


@contextmanager
def a_house(directory: Path, playbook: Path) -> Iterator[House]:
    table = create_table("carillon")
    sqs = boto3.client("sqs")
    letters = [
        sqs.create_queue(QueueName=name, Attributes={"FifoQueue": "true"} if name.endswith(".fifo") else {})["QueueUrl"]
        for name in QUEUES
    ]
    queue_url = sqs.create_queue(QueueName="erasures")["QueueUrl"]
    boto3.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    boto3.client("scheduler").create_schedule_group(Name=GROUP)
    boto3.client("events").create_event_bus(Name=GROUP)
    given_settings = ErasureSettings(
        table_name=table,
        failures_bucket=BUCKET,
        erasures_queue_url=queue_url,
        dead_letter_urls=" ".join(letters),
        schedule_group=GROUP,
        bus_name=GROUP,
        digest_secret=evaluating_module.digest_secret(),
    )
    with evaluating_module.deployed(table, directory) as evaluating, pytest.MonkeyPatch.context() as environment:
        environment.setattr(dead_letters, "WAIT", 0)
        for name, value in given_settings.to_env().items():
            environment.setenv(name, value)
        people.playbook.cache_clear()
        rights.cache_clear()
        yield House(table, evaluating, queue_url, letters)
        rights.cache_clear()
        people.playbook.cache_clear()


def live(house: House) -> None:
    """Put both people everywhere."""
    dynamodb, clock = boto3.client("dynamodb"), SystemClock()
    profiles = DynamoProfiles(dynamodb, table=house.table)
    timeline = DynamoTimeline(dynamodb, table=house.table)
    index = DynamoMessageIndex(dynamodb, table=house.table, clock=clock)
    ledger = DynamoLedger(dynamodb, table=house.table, clock=clock)
    for person in (ANA, BO, Profile(id=VISIT), Profile(id=TILL)):
        profiles.save(person, ())
        timeline.append(
            person.id, [an_event(id=f"e-{person.id}", profile_id=person.id, traits=ANA.traits)][: person is not BO]
        )
        dynamodb.put_item(
            TableName=house.table,
            Item={
                "pk": {"S": f"PROFILE#{person.id}"},
                "sk": {"S": "CONSENT#2026-11-02T12:00:00.000Z#e1"},
                "email": {"S": str(person.traits.get("email"))},
            },
        )
    aliases = DynamoAliases(dynamodb, table=house.table)
    for kind, value in (("email", "anastazja@example.com"), ("phone", "+353871234567"), *ANA.claimed):
        aliases.claim(kind, value, ANA.id)
    aliases.claim("email", "bo@example.com", BO.id)
    members = DynamoMembers(dynamodb, table=house.table)
    for person in (ANA, BO):
        members.enter("regulars", person.id, NOON, version=1)
        message = a_message(id=f"message-of-{person.id[2:]}", profile_id=person.id)
        index.note([message])
        ledger.claim(message, NOON)
        schedule(f"{person_group(person.id)}-{NOON + HOUR}")
        letter(house.letters[0], event_body(an_event(id="dead", profile_id=person.id)), person_group(person.id))
        letter(house.letters[1], json.dumps({"detail": {"properties": {"email": person.traits["email"].upper()}}}))
    s3 = boto3.client("s3")
    batch = [{"userId": ANA.id, "event": 5}, {"userId": BO.id, "event": 6}, {"traits": {"phone": "087 123 4567"}}]
    reasons = [{"path": f"batch.{n}.event", "message": "must be text"} for n in range(3)]
    put_object(s3, "quarantine/2026/11/02/a.json", {"source": "http", "reasons": reasons, "raw": {"batch": batch}})
    put_object(s3, "quarantine/2026/11/02/b.json", {"source": "bus", "reasons": [], "raw": '{"userId": "u-ana-1", '})
    put_object(s3, "quarantine/2026/11/02/c.json", {"source": "bus", "reasons": [], "raw": {"userId": BO.id}})
    records = [
        {"dynamodb": {"Keys": {"pk": {"S": f"PROFILE#{id_}"}}, "NewImage": {"effects": {"S": "[]"}}}}
        for id_ in (ANA.id, BO.id)
    ]
    put_object(s3, "aws/lambda/given-up", {"version": "1.0", "payload": json.dumps({"Records": records})})
    name = rights().preparer._desk.export_name(ANA.id, "1")
    put_object(s3, f"exports/{name}", {"of": ANA.id})


def put_object(s3: Any, key: str, content: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key=key, Body=json.dumps(content).encode())


def letter(queue_url: str, body: str, group: str = "") -> None:
    more: Any = {"MessageGroupId": group, "MessageDeduplicationId": group + body[-20:]} if group else {}
    boto3.client("sqs").send_message(QueueUrl=queue_url, MessageBody=body, **more)


def schedule(name: str) -> None:
    boto3.client("scheduler").create_schedule(
        Name=name,
        GroupName=GROUP,
        ScheduleExpression="at(2030-01-01T00:00:00)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": "arn:aws:sqs:eu-west-1:123456789012:events.fifo", "RoleArn": "arn:aws:iam::123456789012:role/w"},
    )


@pytest.fixture
def house(aws: None, tmp_path: Path) -> Iterator[House]:
    with a_house(tmp_path, tmp_path) as found:
        live(found)
        yield found


def of_others(house: House) -> list[tuple[str, str]]:
    return sorted((where, text) for where, text in house.everything() if "bo@example" in text.lower() or BO.id in text)


@pytest.mark.parametrize(
    "reference", [ANA.id, "email:anastazja@example.com", "phone:+353871234567", "loyalty:LOYAL-99"]
)
def test_nothing_is_left_of_who_was_erased_by_whatever_they_are_known(house: House, reference: str) -> None:
    assert {trace for _, trace in house.traces()} == set(TRACES)
    others = of_others(house)
    receipt = house.request(reference)

    assert house.sweep()

    assert house.traces() == []
    assert rights().eraser._erasures.find(receipt).status == "done"  # type: ignore[union-attr]
    kept = of_others(house)
    assert [where for where, _ in kept] == [where for where, _ in others]
    assert [text for where, text in kept if not where.startswith("bucket")] == [
        text for where, text in others if not where.startswith("bucket")
    ]


def test_other_peoples_events_stay_in_the_objects_that_held_both(house: House) -> None:
    house.request(ANA.id)
    house.sweep()

    s3 = boto3.client("s3")
    batch = json.loads(s3.get_object(Bucket=BUCKET, Key="quarantine/2026/11/02/a.json")["Body"].read())
    assert batch["raw"]["batch"] == [{"userId": BO.id, "event": 6}]
    assert batch["reasons"] == [{"path": "batch.0.event", "message": "must be text"}]
    report = json.loads(s3.get_object(Bucket=BUCKET, Key="aws/lambda/given-up")["Body"].read())
    [record] = json.loads(report["payload"])["Records"]
    assert record["dynamodb"]["Keys"]["pk"]["S"] == f"PROFILE#{BO.id}"


def test_only_digests_are_kept_and_the_addresses_are_suppressed(house: House) -> None:
    house.request(ANA.id)
    house.sweep()

    addresses = [(Channel.EMAIL, "anastazja@example.com"), (Channel.SMS, "+353871234567")]
    for channel, address in addresses:
        assert rights().eraser._suppressions.find(channel, address)  # type: ignore[attr-defined]
    assert not rights().eraser._suppressions.find(Channel.EMAIL, "bo@example.com")  # type: ignore[attr-defined]


def test_somebody_who_comes_back_is_a_new_person_whom_the_second_sweep_leaves_alone(house: House) -> None:
    receipt = house.request(ANA.id)
    [message] = house.delivered()
    rights().eraser.erase(
        RightsOrder(kind=RightsKind.ERASE, receipt=receipt, references=(ANA.id,)), may_go_on=lambda: True
    )
    later = SystemClock().now() + HOUR
    house.evaluating.handle(sqs_event(fifo_record(an_event(id="new", profile_id=ANA.id, at=later))))
    assert message

    house.sweep()

    assert house.evaluating.profile(ANA.id).version == 1
    assert (ANA.id, "new") in house.evaluating.timeline()
    assert not house.evaluating.profile(ANA.id).traits


def test_what_was_ordered_for_the_erased_is_not_sent_to_who_comes_back(house: House) -> None:
    house.request(ANA.id)
    house.sweep()
    later = SystemClock().now() + HOUR
    for profile_id in (ANA.id, BO.id):
        new = an_event(
            "User Identified",
            id="new",
            type=EventType.IDENTIFY,
            profile_id=profile_id,
            at=later,
            traits={"email": "new@example.com"},
            anonymous_id="cookie-4711" if profile_id == BO.id else None,
        )
        house.evaluating.handle(sqs_event(fifo_record(new)))
    orders = {
        "ana": a_message(id="a" * 32, profile_id=ANA.id, decided_at=NOON, entry=CONTENT),
        "visit": a_message(id="b" * 32, profile_id=VISIT, decided_at=NOON, entry=CONTENT),
        "bo": a_message(id="c" * 32, profile_id=BO.id, decided_at=NOON, entry=CONTENT),
        "back": a_message(id="d" * 32, profile_id=ANA.id, decided_at=later, entry=CONTENT),
    }

    with sending_end(house.table) as end:
        for message in orders.values():
            end.dispatch(end.ordered(message))
        ends = {name: entry and entry.status for name, entry in ((n, end.entry(m.id)) for n, m in orders.items())}

    assert house.evaluating.profile(VISIT).merged_into == BO.id
    assert ends == {"ana": None, "visit": None, "bo": MessageStatus.SENT, "back": MessageStatus.SENT}


def test_erasing_nobody_is_done_too(house: House) -> None:
    before = house.traces()

    receipt = house.request("nobody-at-all")
    house.sweep()

    assert rights().eraser._erasures.find(receipt).status == "done"  # type: ignore[union-attr]
    assert len(house.traces()) == len(before)


def order_for(house: House, kind: RightsKind, *references: str) -> list[dict[str, Any]]:
    """Have it carried out, and the same again; what was put on the bus."""
    order = RightsOrder(kind=kind, receipt="1" * 32, references=references)
    told: list[dict[str, Any]] = []

    def publish(announcements: Any) -> None:
        told.extend({"name": one.name, "id": one.id, **one.properties} for _, one in announcements)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rights().preparer._bus, "publish", publish)
        for _ in range(2):
            boto3.client("sqs").send_message(QueueUrl=house.queue_url, MessageBody=json.dumps(order_to_dict(order)))
            house.sweep()
    return told


def test_a_copy_is_prepared_of_whom_the_order_leads_to_and_told_of_without_naming_anybody(house: House) -> None:
    told = order_for(house, RightsKind.EXPORT, "loyalty:LOYAL-99", "email:anastazja@example.com", "phone:+353871234567")

    assert told == [told[0]] * 2
    assert (told[0]["name"], told[0]["id"], told[0]["receipt"]) == ("Export Ready", f"export:{'1' * 32}", "1" * 32)
    [where] = told[0]["where"]
    key = where.removeprefix(f"s3://{BUCKET}/")
    document = json.loads(boto3.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read())
    assert document["profile"]["id"] == ANA.id
    assert not [trace for trace in TRACES if trace in json.dumps(told).lower()]


def test_of_somebody_whom_nobody_knows_no_copy_is_told(house: House) -> None:
    assert order_for(house, RightsKind.EXPORT, "shopify:4711")[0]["where"] == []


def test_a_shop_that_leaves_is_told_of_and_nothing_is_deleted(house: House) -> None:
    before = sorted(house.everything())

    told = order_for(house, RightsKind.SHOP, "tea.myshopify.com")

    assert told == [
        {
            "name": "Shop Redaction Requested",
            "id": f"shop:{'1' * 32}",
            "receipt": "1" * 32,
            "shops": ["tea.myshopify.com"],
        }
    ] * 2  # fmt: skip
    assert sorted(house.everything()) == before


def test_the_log_names_nobody(house: House, caplog: pytest.LogCaptureFixture) -> None:
    house.request("email:anastazja@example.com")
    house.sweep()

    lines = log_lines(logger, caplog)
    assert lines
    assert not [line for line in lines for trace in TRACES if trace in line.lower()]


@pytest.mark.filterwarnings("ignore:No application metrics")  # the dead count nothing
def test_what_is_cut_off_at_any_call_is_carried_to_its_end_by_the_next_attempt(tmp_path: Path) -> None:
    """A few calls, since each asks for a house of its own; ``test_erase_people`` has every step, among fakes."""
    with pretended_aws(), a_house(tmp_path, tmp_path) as house:
        live(house)
        house.request(ANA.id)
        with watched(Calls()) as calls:
            house.sweep()
        count = len(calls.made)
    for at in range(1, count, 37):
        for accident in (Accident.KILLED_AFTER, Accident.TIMED_OUT_BEFORE):
            with pretended_aws(), a_house(tmp_path, tmp_path) as house:
                live(house)
                house.request(ANA.id)
                with watched(Calls(at, accident)), suppress(Killed):
                    house.sweep()
                rights.cache_clear()
                house.pass_time()
                house.sweep()
                assert house.traces() == [], (at, accident, calls.made[at])


AN_ENTRY: Final = LedgerEntry(
    id="message-of-ana-1",
    profile_id=ANA.id,
    journey="cart_abandonment",
    name="cart_reminder",
    purpose=a_message().purpose,
    status=MessageStatus.SENT,
    at=NOON,
    sent_at=NOON,
)

IN_FLIGHT: Final[dict[str, Callable[[House], None]]] = {
    "an event": lambda house: _fold(house, an_event(id="x1", profile_id=ANA.id, at=NOON, traits=dict(ANA.traits))),
    "an event of a visit": lambda house: _fold(
        house, an_event(id="x2", profile_id=VISIT, user_id=None, anonymous_id="cookie-4711", at=NOON)
    ),
    "what became of a message": lambda house: _fold(house, outcome_event(AN_ENTRY, SystemClock().now())),
    "a wake-up": lambda house: _fold(
        house, an_event("Timer Due", id="t", type=EventType.TIMER, profile_id=ANA.id, at=SystemClock().now() + HOUR)
    ),
    "an identifier": lambda house: _quietly(
        lambda: DynamoAliases(boto3.client("dynamodb"), table=house.table).claim("loyalty", "LOYAL-99", ANA.id)
    ),
    "a message": lambda house: DynamoMessageIndex(
        boto3.client("dynamodb"), table=house.table, clock=SystemClock()
    ).note([a_message(id="late", profile_id=ANA.id)]),
    "a segment": lambda house: DynamoMembers(boto3.client("dynamodb"), table=house.table).enter(
        "regulars", ANA.id, NOON, version=9
    ),
    "a wake-up's schedule": lambda _: _quietly(lambda: schedule(f"{person_group(ANA.id)}-{NOON + 9 * HOUR}")),
    "the end of a message": lambda house: DynamoLedger(
        boto3.client("dynamodb"), table=house.table, clock=SystemClock()
    ).record(AN_ENTRY),
    "a dead letter": lambda house: letter(house.letters[1], json.dumps({"userId": ANA.id})),
}
"""What somebody else is just doing for the person while they are erased."""


def _fold(house: House, event: Any) -> None:
    house.evaluating.handle(sqs_event(fifo_record(event)))


def _quietly(action: Callable[[], object]) -> None:
    with suppress(Exception):  # it was there already
        action()


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 90), st.sampled_from(sorted(IN_FLIGHT))), max_size=5))
def test_nothing_is_left_whatever_is_in_flight_during_the_first_sweep(
    tmp_path: Path, flights: list[tuple[int, str]]
) -> None:
    with pretended_aws(), a_house(tmp_path, tmp_path) as house:
        live(house)
        receipt = house.request(ANA.id)
        with _between_calls(house, dict(flights)):
            rights().eraser.erase(
                RightsOrder(kind=RightsKind.ERASE, receipt=receipt, references=(ANA.id,)), may_go_on=lambda: True
            )

        house.sweep()

        assert house.traces() == []


@contextmanager
def _between_calls(house: House, flights: dict[int, str]) -> Iterator[None]:
    """Let each happen just before the call of that number; those that come after the last one happen then."""
    from botocore.client import BaseClient

    carry_out = BaseClient._make_api_call  # type: ignore[attr-defined]
    number, inside = 0, False

    def call(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        nonlocal number, inside
        if not inside:
            inside = True
            if number in flights:
                IN_FLIGHT[flights.pop(number)](house)
            number, inside = number + 1, False
        return carry_out(client, operation, parameters)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", call)
        yield
    for name in flights.values():
        IN_FLIGHT[name](house)


EVE: Final = "anon:cookie-of-eve"
FLO: Final = "u-flo-4"
PARTED: Final = (EVE, "eve@example.com", "cart-of-eve", "cart-since-then", "cookie-of-eve", "card-of-eve")
OF_FLO: Final = (FLO, "flo@example.com", "cart-of-flo")


def part(house: House) -> None:
    """Eve is taken for Flo, whose browser and card she seems to have, acts, and is parted from her."""
    at = SystemClock().now() - HOUR
    card = {"externalIds": [{"id": "card-of-eve", "type": "loyalty"}]}

    def of_eve(number: int, name: str, profile_id: str = EVE, **said: Any) -> Event:
        event = an_event(name, id=f"p{number}", at=at + number, profile_id=profile_id, trust=Trust.PUBLIC, **said)
        return replace(event, user_id=None, anonymous_id="cookie-of-eve")

    def of_flo(number: int, name: str, **said: Any) -> Event:
        return an_event(name, id=f"p{number}", at=at + number, profile_id=FLO, user_id=FLO, **said)

    identify, alias = {"type": EventType.IDENTIFY}, {"type": EventType.ALIAS, "trust": Trust.PUBLIC}
    split = {"type": EventType.SPLIT, "trust": Trust.SYSTEM}
    for event in (
        of_eve(0, "Product Added", properties={"cart_id": "cart-of-eve"}),
        of_eve(1, "User Identified", traits={"email": "eve@example.com"}, context=card, **identify),
        of_flo(2, "User Identified", traits={"email": "flo@example.com"}, **identify),
        of_flo(3, "Product Added", properties={"cart_id": "cart-of-flo"}),
        of_flo(4, "User Identified", anonymous_id="cookie-of-eve", **identify),
        of_eve(5, "Product Added", FLO, properties={"cart_id": "cart-since-then"}),
        of_flo(6, "Alias Created", properties={"previousId": "cookie-of-eve"}, **alias),
        of_flo(7, "Product Viewed", anonymous_id="cookie-of-eve", context=card),
        of_flo(8, "Split Asked", properties={"absorbed": EVE}, **split),
    ):
        _fold(house, event)
    aliases = DynamoAliases(boto3.client("dynamodb"), table=house.table)
    for kind, value in (("anonymous", "cookie-of-eve"), ("email", "eve@example.com"), ("loyalty", "card-of-eve")):
        aliases.claim(kind, value, EVE, over=(FLO,))


def left(house: House, traces: tuple[str, ...]) -> set[tuple[str, str]]:
    return {(where, trace) for where, text in house.everything() for trace in traces if trace in text.lower()}


@pytest.mark.parametrize(
    ("reference", "gone", "stays"),
    [("anonymous:cookie-of-eve", PARTED, OF_FLO), (FLO, OF_FLO, PARTED)],
    ids=["parted", "survivor"],
)
def test_after_a_split_each_is_erased_alone_and_to_the_last_trace(
    house: House, reference: str, gone: tuple[str, ...], stays: tuple[str, ...]
) -> None:
    part(house)
    assert house.evaluating.profile(EVE).apart == (FLO,)
    assert {trace for _, trace in left(house, (*gone, *stays))} == {*gone, *stays}

    house.request(reference)
    house.sweep()

    assert left(house, gone) == set()
    assert {trace for _, trace in left(house, stays)} == set(stays)


@pytest.mark.parametrize(
    ("reference", "inside", "outside"),
    [("anonymous:cookie-of-eve", PARTED, OF_FLO), (FLO, OF_FLO, PARTED)],
    ids=["parted", "survivor"],
)
def test_after_a_split_a_copy_holds_what_each_did_and_nothing_that_the_other_did(
    house: House, reference: str, inside: tuple[str, ...], outside: tuple[str, ...]
) -> None:
    part(house)

    [where] = order_for(house, RightsKind.EXPORT, reference)[0]["where"]

    key = where.removeprefix(f"s3://{BUCKET}/")
    document = boto3.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()
    assert not [trace for trace in inside if trace not in document]
    did = [trace for trace in outside if "cart" in trace or "@" in trace]
    assert not [trace for trace in did if trace in document]
