"""Our own links over HTTP: who follows one is led on, whatever fails; the click ends on the person's stream."""

import copy
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import boto3
import pytest

from functions.follow_links.handler import lambda_handler
from shared.adapters.clock import SystemClock
from shared.adapters.dynamodb.sent_links import DynamoSentLinks
from shared.bootstrap import follow_links
from shared.domain.channels.short_links import SentLinks
from shared.domain.consent.words import Channel
from shared.domain.events import Event
from shared.domain.ledger import MessageStatus
from shared.domain.timing import MINUTE
from shared.settings.follow_links import FollowSettings
from tests.builders import NOON
from tests.crashes import Accident, Call, Calls, Killed, watched
from tests.http_requests import SHAPE
from tests.integration.lambda_events import FakeLambdaContext
from tests.integration.sending_end import MARKETING, SendingEnd, sending_end

BROWSER: Final = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/130 Mobile Safari/537.36"
TARGET: Final = "https://alderandoat.example/cart?id=7"
LINKS: Final = SentLinks(message_id=MARKETING.id, channel=Channel.SMS, targets=(TARGET,), at=NOON)
DOOR: Final = "https://alderandoat.example/"
PLACE: Final = f"{LINKS.token}0"

CALLS: Final[list[Call]] = [("dynamodb", "GetItem"), ("sqs", "SendMessage")]
"""What a click asks of AWS."""


@pytest.fixture
def house(table_name: str) -> Iterator[SendingEnd]:
    with sending_end(table_name) as house, pytest.MonkeyPatch.context() as environment:
        settings = FollowSettings(table_name=table_name, feedback_queue_url=house.queue_urls["feedback"])
        for name, value in settings.to_env().items():
            environment.setenv(name, value)
        forget()
        house.dispatch(house.ordered(MARKETING))
        house.events()
        DynamoSentLinks(boto3.client("dynamodb"), table=table_name, clock=SystemClock()).keep(LINKS)
        house.wall = NOON + MINUTE
        yield house
        forget()


def forget() -> None:
    follow_links.follower.cache_clear()
    follow_links.front_door.cache_clear()


def ask(place: str = PLACE, *, method: str = "GET", **headers: str) -> Mapping[str, Any]:
    shape: dict[str, Any] = copy.deepcopy(SHAPE)
    shape["rawPath"] = shape["requestContext"]["http"]["path"] = f"/l/{place}"
    shape["requestContext"]["http"]["method"] = method
    shape["headers"] = {"user-agent": BROWSER} | {name.replace("_", "-"): value for name, value in headers.items()}
    answer: Mapping[str, Any] = lambda_handler(shape, FakeLambdaContext())
    return answer


def test_a_header_has_ascii_alone(house: SendingEnd, table_name: str) -> None:
    target = "https://alderandoat.example/größe?a=%C3%A9&b=x y"
    links = SentLinks(message_id="m-size", channel=Channel.SMS, targets=(target,), at=NOON)
    DynamoSentLinks(boto3.client("dynamodb"), table=table_name, clock=SystemClock()).keep(links)

    location = ask(f"{links.token}0")["headers"]["Location"]
    assert location == "https://alderandoat.example/gr%C3%B6%C3%9Fe?a=%C3%A9&b=x%20y"


def heard(house: SendingEnd) -> list[Event]:
    """What the person's stream is told once the feedback is taken."""
    sqs, queue = boto3.client("sqs"), house.queue_urls["feedback"]
    bodies = [one["Body"] for one in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", ())]
    for number, body in enumerate(bodies):
        house.record_feedback(house.reported(json.loads(body), id_=str(number)))
    return house.events()


def test_a_click_leads_on_and_is_heard_as_any_providers(house: SendingEnd) -> None:
    answer = ask()

    assert (answer["statusCode"], answer["headers"]["Location"], answer["body"]) == (302, TARGET, "")
    assert answer["headers"]["Cache-Control"] == "no-store"
    [event] = heard(house)
    assert (event.name, event.at, event.profile_id) == ("Message Clicked", NOON + MINUTE, "u1")
    assert event.properties == {
        "message": MARKETING.name,
        "message_id": MARKETING.id,
        "channel": "sms",
        "journey": MARKETING.journey,
        "link": TARGET,
    }
    entry = house.entry()
    assert entry is not None
    assert entry.status is MessageStatus.CLICKED


def test_a_click_that_is_told_twice_is_one_event(house: SendingEnd) -> None:
    ask()
    ask()

    assert len({event.id for event in heard(house)}) == 1


def test_a_machine_is_led_on_and_the_message_has_only_arrived(house: SendingEnd) -> None:
    assert ask(sec_purpose="prefetch;prerender")["statusCode"] == 302
    [event] = heard(house)
    assert (event.properties["machine"], event.properties["signal"]) == (True, "prefetch")
    entry = house.entry()
    assert entry is not None
    assert entry.status is MessageStatus.DELIVERED


def test_who_only_looks_is_told_where_and_nothing_is_heard(house: SendingEnd) -> None:
    answer = ask(method="HEAD")

    assert (answer["statusCode"], answer["headers"]["Location"]) == (302, TARGET)
    assert heard(house) == []


@pytest.mark.parametrize("place", ["nobody-knows", "https:%2F%2Fevil.example", f"{LINKS.token}7", "x" * 3_000])
def test_what_no_message_held_leads_to_the_shops_own_door(house: SendingEnd, place: str) -> None:
    answer = ask(place)

    assert (answer["statusCode"], answer["headers"]["Location"]) == (302, DOOR)
    assert heard(house) == []


def test_without_a_door_there_is_nothing(house: SendingEnd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("functions.follow_links.handler.front_door", lambda: "")

    assert ask("nobody-knows")["statusCode"] == 404


def test_a_click_asks_aws_for_little(house: SendingEnd) -> None:
    with watched(Calls()) as calls:
        ask()

    assert calls.made == CALLS


@pytest.mark.parametrize("accident", [Accident.TIMED_OUT_BEFORE, Accident.TIMED_OUT_AFTER])
@pytest.mark.parametrize("at", range(len(CALLS)), ids=[operation for _, operation in CALLS])
def test_whatever_fails_whoever_clicked_is_led_on(house: SendingEnd, at: int, accident: Accident) -> None:
    with watched(Calls(at, accident)):
        answer = ask()

    assert (answer["statusCode"], answer["headers"]["Location"]) == (302, TARGET if at else DOOR)
    assert len(heard(house)) == (at == 1 and accident.is_carried_out)


@pytest.mark.filterwarnings("ignore:No application metrics")  # the dead count nothing
@pytest.mark.parametrize("accident", [Accident.KILLED_BEFORE, Accident.KILLED_AFTER])
@pytest.mark.parametrize("at", range(len(CALLS)), ids=[operation for _, operation in CALLS])
def test_who_is_killed_answers_nothing_and_a_second_try_is_answered(
    house: SendingEnd, at: int, accident: Accident
) -> None:
    with watched(Calls(at, accident)), pytest.raises(Killed):
        ask()
    forget()

    assert ask()["headers"]["Location"] == TARGET
    assert len({event.id for event in heard(house)}) == 1
