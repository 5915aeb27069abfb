"""The main job through HTTP on the deployed stack: who is written to, about what, on which channel, and who is not.

A day and more of the system's time passes once, for all stories together.
"""

import json
import re
import uuid
from dataclasses import dataclass, field

import httpx
import pytest
from segment.analytics.client import Client  # type: ignore[import-untyped]

from tests.e2e.commands import carillon
from tests.e2e.conftest import LocalCloud, Message, wait_until
from tests.e2e.storefront import a_person, adds, buys, identify, signs_up, till_order, track

pytestmark = pytest.mark.e2e

REMINDER = ("cart_reminder", "email")
LAST_CALL = ("cart_last_call", "email")
CONFIRMATION = ("order_confirmation", "email")


STORIES = (
    "leaves a cart",
    "buys the cart",
    "is reported three times",
    "opts out",
    "looks at the unsubscribe page",
    "pays at the till",
    "has an app and a phone",
    "has an address that bounces",
    "uses the official client",
    "buys twice",
)


@dataclass
class Day:
    """What had happened by the end of it."""

    cloud: LocalCloud
    people: dict[str, str] = field(default_factory=lambda: {story: a_person() for story in STORIES})
    answers: dict[str, httpx.Response] = field(default_factory=dict)

    def messages(self, story: str) -> list[Message]:
        return self.cloud.messages(self.people[story])

    def names(self, story: str) -> list[tuple[str, str]]:
        return self.cloud.names(self.people[story])


PHONE = f"+3538{uuid.uuid4().int % 10**8:08d}"
TOKEN = f"token-{uuid.uuid4().hex}"


@pytest.fixture(scope="module")
def day(cloud: LocalCloud) -> Day:
    day = Day(cloud)
    _begin(day)
    for story in ("opts out", "looks at the unsubscribe page", "pays at the till"):
        (reminder,) = cloud.wait_for(day.people[story])
        _go_on(day, story, reminder)
    cloud.wait_for(day.people["pays at the till"], 2)
    cloud.pass_hours(25.5)
    for story in ("leaves a cart", "looks at the unsubscribe page", "has an app and a phone"):
        cloud.wait_for(day.people[story], 2)
    cloud.wait_for(day.people["buys twice"], 3)
    return day


def _begin(day: Day) -> None:
    cloud, people = day.cloud, day.people
    for story in ("leaves a cart", "opts out", "looks at the unsubscribe page", "pays at the till"):
        cloud.send(identify(people[story]), adds(people[story]))
    buyer = people["buys the cart"]
    cloud.send(identify(buyer), adds(buyer), buys(buyer))
    repeated = people["is reported three times"]
    batch = [identify(repeated), signs_up(repeated), buys(repeated, cart=None)]
    for _ in range(3):
        cloud.send(*batch)
    reachable = people["has an app and a phone"]
    yes = track(reachable, "Subscribed", channel="sms", source="checkout")
    cloud.send(identify(reachable, device=TOKEN, phone=PHONE), yes, adds(reachable))
    regular = people["buys twice"]
    cloud.send(identify(regular), *(buys(regular, cart=None, order=n) for n in (1, 2)), adds(regular))
    bouncing = people["has an address that bounces"]
    cloud.send(identify(bouncing, email=f"bounce+{bouncing}@simulator.amazonses.com"), adds(bouncing))
    _use_official_client(cloud, people["uses the official client"])


def _use_official_client(cloud: LocalCloud, person: str) -> None:
    failures: list[Exception] = []
    client = Client(
        cloud.secret_key, host=cloud.ingest_url, gzip=True, on_error=lambda error, _batch: failures.append(error)
    )
    client.identify(person, {"firstName": "Ana", "email": f"{person}@example.com"})
    client.track(person, "Signed Up", {"source": "website"})
    client.shutdown()
    assert failures == []


def _go_on(day: Day, story: str, reminder: Message) -> None:
    cloud, person = day.cloud, day.people[story]
    match story:
        case "opts out":
            form = {"List-Unsubscribe": "One-Click"}
            day.answers[story] = httpx.post(unsubscribe_link(reminder), data=form, timeout=30)
            cloud.send(adds(person, cart="c2"))
        case "looks at the unsubscribe page":
            day.answers[story] = httpx.get(unsubscribe_link(reminder), timeout=30)
        case "pays at the till":
            entry = {
                "EventBusName": cloud.environment["BUS_NAME"],
                "Source": "shop.till",
                "DetailType": "Order Completed",
                "Detail": json.dumps(till_order(person, email=f" {person}@EXAMPLE.com")),
            }
            assert cloud.client("events").put_events(Entries=[entry])["FailedEntryCount"] == 0


def unsubscribe_link(message: Message) -> str:
    found = re.search(r"<(http[^>]+)>", message["headers"]["List-Unsubscribe"])
    assert found is not None
    return found[1]


def test_an_abandoned_cart_is_reminded_of_after_its_hour_and_once_more_a_day_later(day: Day) -> None:
    assert day.names("leaves a cart") == [REMINDER, LAST_CALL]


def test_a_reminder_says_what_it_is_about_and_how_to_get_no_more(day: Day) -> None:
    reminder, *_ = day.messages("leaves a cart")

    assert reminder["journey"] == "cart_abandonment"
    assert reminder["to"] == f"{day.people['leaves a cart']}@example.com"
    assert "Oak board" in reminder["html"]
    assert "Oak board" in reminder["text"]
    assert reminder["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert unsubscribe_link(reminder).startswith(f"{day.cloud.ingest_url}/v1/unsubscribe/")


def test_a_cart_that_was_bought_is_confirmed_and_not_reminded_of(day: Day) -> None:
    assert day.names("buys the cart") == [CONFIRMATION]


def test_the_same_batch_posted_three_times_sends_once(day: Day) -> None:
    assert sorted(day.names("is reported three times")) == [CONFIRMATION, ("welcome", "email")]


def test_who_opted_out_by_one_click_gets_nothing_more(day: Day) -> None:
    assert day.answers["opts out"].is_success
    assert day.names("opts out") == [REMINDER]


def test_opening_the_unsubscribe_page_changes_nothing(day: Day) -> None:
    page = day.answers["looks at the unsubscribe page"]

    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "<form" in page.text
    assert day.names("looks at the unsubscribe page") == [REMINDER, LAST_CALL]


def test_a_till_that_knows_only_an_email_stops_the_next_reminder(day: Day) -> None:
    assert day.names("pays at the till") == [REMINDER, CONFIRMATION]


def test_push_comes_before_mail_and_a_text_after_it(day: Day) -> None:
    push, text = day.messages("has an app and a phone")

    assert (push["message"], push["channel"], push["to"]) == ("cart_reminder", "push", TOKEN)
    assert push["subject"]
    assert (text["message"], text["channel"], text["to"]) == ("cart_last_call", "sms", PHONE)
    assert "Oak board" in text["text"]
    assert text["parts"] == 1
    wait_until(lambda: day.messages("has an app and a phone")[1]["feedback"] == ["sent", "delivered"], "the receipt")


def test_an_address_that_bounced_is_not_written_to_again(day: Day) -> None:
    assert day.names("has an address that bounces") == [REMINDER]
    wait_until(lambda: "bounced" in day.messages("has an address that bounces")[0]["feedback"], "the bounce")


def test_the_official_client_works_unchanged(day: Day) -> None:
    first, *_ = day.names("uses the official client")  # the next letter of welcome comes four days later
    assert first == ("welcome", "email")


def test_who_bought_twice_is_a_regular_and_gets_no_last_call(day: Day) -> None:
    assert sorted(day.names("buys twice")) == [REMINDER, CONFIRMATION, CONFIRMATION]


def test_the_people_of_a_segment_are_listed(day: Day) -> None:
    def regulars() -> list[str]:
        return carillon(day.cloud, "segments", "regulars").splitlines()

    wait_until(lambda: day.people["buys twice"] in regulars(), "a regular")
    assert day.people["buys the cart"] not in regulars()
