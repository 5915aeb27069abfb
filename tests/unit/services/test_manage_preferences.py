"""The desk that takes preferences: what each choice states, and that an undo is no new consent."""

from typing import Any

import pytest

from shared.domain.consent.words import Channel, address_digest
from shared.domain.intake.segment_spec import SYSTEM_ID
from shared.errors import ExpiredLinkError, InvalidLinkError, RetryableError
from shared.services.links import LIFETIME, read_preferences_token, unsubscribe_url
from shared.services.manage_preferences import Choice, PreferenceDesk
from tests.builders import NOON
from tests.fakes.clock import FakeClock
from tests.fakes.queues import FakeEventQueue
from tests.fakes.secrets import FakeSigningSecrets


def a_desk(at: int = NOON) -> tuple[PreferenceDesk, FakeEventQueue]:
    queue = FakeEventQueue()
    return PreferenceDesk(events=queue, secrets=FakeSigningSecrets(), clock=FakeClock(at)), queue


def a_token(topic: str | None = "news", channel: Channel = Channel.EMAIL) -> str:
    secret = FakeSigningSecrets().signing()
    url = unsubscribe_url(
        "https://x.example", secret, profile_id="u1", channel=channel, topic=topic, message_id="m1", now=NOON
    )
    return url.rpartition("/")[2]


@pytest.mark.parametrize(
    ("choice", "topic", "scopes"),
    [
        (Choice.ONE_CLICK, "news", [{"channel": "email"}, {"topic": "news"}]),
        (Choice.ONE_CLICK, None, [{"channel": "email"}]),
        (Choice.TOPIC, "news", [{"topic": "news"}]),
        (Choice.TOPIC, None, [{"channel": "email"}]),
        (Choice.CHANNEL, "news", [{"channel": "email"}]),
        (Choice.UNDO, "news", [{"channel": "email", "topic": "news"}]),
        (Choice.UNDO, None, [{"channel": "email"}]),
    ],
)
def test_a_choice_states_so_much_and_no_more(choice: Choice, topic: str | None, scopes: list[dict[str, str]]) -> None:
    desk, queue = a_desk()
    desk.take(a_token(topic), choice)

    assert [
        {key: value for key, value in event.properties.items() if key in {"channel", "topic"}} for event in queue.events
    ] == scopes
    assert all(SYSTEM_ID.match(event.id) for event in queue.events)
    assert {event.name for event in queue.events} == {"Subscribed" if choice is Choice.UNDO else "Unsubscribed"}


def test_every_choice_is_known() -> None:
    desk, _ = a_desk()
    for choice in Choice:
        assert desk.take(a_token(), choice).profile_id == "u1"


def test_statements_of_one_moment_are_told_apart() -> None:
    desk, queue = a_desk()
    for choice in (Choice.ONE_CLICK, Choice.TOPIC, Choice.CHANNEL, Choice.UNDO):
        desk.take(a_token(), choice)
    desk.take(a_token(channel=Channel.SMS), Choice.TOPIC)

    assert len(queue.events) == 6


def test_reading_puts_nothing() -> None:
    desk, queue = a_desk()

    assert desk.read(a_token()).topic == "news"
    assert queue.events == []


@pytest.mark.parametrize("choice", Choice)
def test_a_link_that_is_none_puts_nothing(choice: Choice) -> None:
    desk, queue = a_desk()
    with pytest.raises(InvalidLinkError):
        desk.take("forged", choice)
    late, late_queue = a_desk(NOON + LIFETIME)
    with pytest.raises(ExpiredLinkError):
        late.take(a_token(), choice)

    assert queue.events == late_queue.events == []


def test_a_queue_that_fails_is_not_hidden() -> None:
    class Broken(FakeEventQueue):
        def put(self, events: object) -> None:
            raise RetryableError(f"not now: {type(events).__name__}")

    desk = PreferenceDesk(events=Broken(), secrets=FakeSigningSecrets(), clock=FakeClock(NOON))
    with pytest.raises(RetryableError):
        desk.take(a_token(), Choice.ONE_CLICK)


@pytest.mark.parametrize("choice", Choice)
def test_what_is_said_tells_where_the_link_was_sent(choice: Choice) -> None:
    desk, queue = a_desk()
    told: Any = {"profile_id": "u1", "channel": Channel.EMAIL, "topic": "news", "message_id": "m1", "now": NOON}
    url = unsubscribe_url("https://x.example", FakeSigningSecrets().signing(), address="ana@example.com", **told)

    link = desk.take(url.rpartition("/")[2], choice)
    desk.take(a_token(), choice)

    sent_to = [event.properties.get("sent_to") for event in queue.events]
    half = len(sent_to) // 2
    assert sent_to == [{"channel": "email", "address": "ana@example.com"}] * half + [None] * half
    onward = read_preferences_token(desk.way_to_preferences(link), FakeSigningSecrets().accepted(), NOON)
    assert onward.address == address_digest(Channel.EMAIL, "ana@example.com")
