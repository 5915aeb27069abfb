"""One person behind many traces, on the deployed stack: a browser, a phone, a till. Whoever bought is not reminded.

Told twice: in plain HTTP, and by Segment's own clients for browsers, Node and Python.
"""

import json
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page
from segment.analytics.client import Client  # type: ignore[import-untyped]

from shared.adapters.dynamodb.profiles import DynamoProfiles
from shared.domain.profiles import Profile
from tests.e2e.conftest import LocalCloud, wait_until
from tests.e2e.segment_clients import say_from_node, shop_page
from tests.e2e.storefront import a_person, adds, buys, till_order

pytestmark = pytest.mark.e2e

REMINDER = ("cart_reminder", "email")
CONFIRMATION = ("order_confirmation", "email")


@dataclass
class Walk:
    """Somebody's way through the shop: the visitor they were, and who they turned out to be."""

    cloud: LocalCloud
    person: str
    visitor: str

    def profile(self, profile_id: str) -> Profile:
        profiles = DynamoProfiles(self.cloud.client("dynamodb"), table=self.cloud.environment["TABLE_NAME"])
        return profiles.load(profile_id)

    def wait_for(self, is_so: Callable[[], bool], what: str) -> None:
        wait_until(is_so, f"{what} of {self.person}")

    def looks_around(self) -> None:
        self.wait_for(lambda: self.profile(f"anon:{self.visitor}").version > 0, "the visitor")

    def signed_up(self) -> None:
        self.wait_for(lambda: self.profile(f"anon:{self.visitor}").merged_into == self.person, "the sign-up")


def public(cloud: LocalCloud, *events: dict[str, object]) -> None:
    answer = cloud.post("/v1/batch", {"batch": list(events)}, key=cloud.write_key)
    assert answer.json() == {"success": True}, answer.text


def test_whoever_bought_at_the_till_is_one_person_and_not_reminded(cloud: LocalCloud, walks: list[Walk]) -> None:
    for walk in walks:
        assert cloud.names(walk.person) == [REMINDER, CONFIRMATION]
        assert cloud.messages(f"anon:{walk.visitor}") == []


def test_who_was_taken_for_another_is_split_again(cloud: LocalCloud, walks: list[Walk]) -> None:
    walk, *_ = walks
    carillon = str(Path(sys.executable).with_name("carillon"))
    options = [f"--port={urlsplit(cloud.ingest_url).port}"]

    def run(*arguments: str) -> str:
        command = [carillon, "split", *arguments, *options]
        ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=180)
        return ended.stdout + ended.stderr

    assert f"anon:{walk.visitor}  joined to {walk.person}" in run("--list", f"{walk.person}@example.com")
    assert "are two people again" in run(walk.visitor)
    assert walk.profile(f"anon:{walk.visitor}").merged_into is None
    assert "was not joined to anybody" in run(walk.visitor)


@pytest.fixture(scope="module")
def walks(cloud: LocalCloud, shop: Page) -> list[Walk]:
    """Both ways, until a day after."""
    walks = [by_http(cloud), by_segments_clients(cloud, shop)]
    for walk in walks:
        cloud.wait_for(walk.person, 2)
    cloud.pass_hours(25.5)
    return walks


def by_http(cloud: LocalCloud) -> Walk:
    walk = Walk(cloud, a_person(), f"v-{uuid.uuid4().hex[:12]}")
    seen = adds(walk.person) | {"event": "Product Viewed", "anonymousId": walk.visitor}
    public(cloud, {name: value for name, value in seen.items() if name != "userId"})
    walk.looks_around()
    traits = {"email": f"{walk.person}@example.com", "firstName": "Ana"}
    public(cloud, {"type": "identify", "userId": walk.person, "anonymousId": walk.visitor, "traits": traits})
    walk.signed_up()
    public(cloud, adds(walk.person))
    cloud.wait_for(walk.person)
    entry = {
        "EventBusName": cloud.environment["BUS_NAME"],
        "Source": "shop.till",
        "DetailType": "Order Completed",
        "Detail": json.dumps(till_order(walk.person, email=f" {walk.person}@EXAMPLE.com")),
    }
    assert cloud.client("events").put_events(Entries=[entry])["FailedEntryCount"] == 0
    return walk


def by_segments_clients(cloud: LocalCloud, shop: Page) -> Walk:
    address = urlsplit(cloud.ingest_url)
    visitor = shop.evaluate("([key, host]) => load(key, host)", [cloud.write_key, f"{address.netloc}/v1"])
    walk = Walk(cloud, a_person(), visitor)
    shop.evaluate("say('page', 'Boards')")
    shop.evaluate("say('track', 'Product Viewed', {product_id: 'p1'})")
    walk.looks_around()
    shop.evaluate("traits => say('identify', ...traits)", [walk.person, {"email": f"{walk.person}@example.com"}])
    walk.signed_up()
    card = {"type": "loyalty", "id": f"card-{walk.person}", "collection": "users", "encoding": "none"}
    _say_from_the_shops_server(cloud, walk.person, card)
    say_from_node(cloud.ingest_url, cloud.write_key, ("track", _from_the_phone(walk.person)))
    cloud.wait_for(walk.person)
    receipt = buys(walk.person, cart=None) | {"context": {"externalIds": [card]}}
    cloud.send({name: value for name, value in receipt.items() if name != "userId"})
    return walk


def _say_from_the_shops_server(cloud: LocalCloud, person: str, card: dict[str, str]) -> None:
    failures: list[Exception] = []
    client = Client(cloud.secret_key, host=cloud.ingest_url, on_error=lambda error, _batch: failures.append(error))
    client.identify(person, {"loyaltyTier": "oak"}, context={"externalIds": [card]})
    client.shutdown()
    assert failures == []


def _from_the_phone(person: str) -> dict[str, object]:
    added = adds(person)
    return {name: added[name] for name in ("userId", "event", "properties")}


@pytest.fixture(scope="module")
def shop(browser: Browser) -> Iterator[Page]:  # the fixture of that name
    with shop_page() as address:
        page = browser.new_page()
        page.goto(address)
        yield page
        page.close()
