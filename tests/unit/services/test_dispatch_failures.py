"""When templates and providers fail, nobody knows what became of a message, or it is handed over again."""

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.consent.words import Channel
from shared.domain.events import SystemEvent, Trust
from shared.domain.ledger import Attempt, AttemptOutcome, MessageStatus, Receipt
from shared.domain.messages import Message
from shared.errors import (
    AmbiguousError,
    CarillonError,
    DeadAddressError,
    PermanentError,
    RetryableError,
    ThrottledError,
)
from shared.services.dispatch_message import Dispatched
from tests.builders import NOON, a_message
from tests.fakes.secrets import FakeSigningSecrets
from tests.unit.services.dispatching import ANA, EMAIL, MARKETING, PUSH, TRANSACTIONAL, House

# Refusals


def test_a_refusal_passes_the_message_to_the_next_channel(house: House) -> None:
    house.senders[PUSH].failures = [PermanentError("no", code="BadRequestException")]
    house.dispatch(a_message(channels=(PUSH, EMAIL)))
    assert house.entry().status is MessageStatus.SENT
    assert [(a.channel, a.outcome, a.detail) for a in house.entry().attempts] == [
        (PUSH, AttemptOutcome.REFUSED, "BadRequestException"),
        (EMAIL, AttemptOutcome.ACCEPTED, ""),
    ]


@pytest.mark.parametrize(
    ("code", "reason"), [("MessageRejected", "MessageRejected"), ("", "refused")], ids=["with code", "without"]
)
def test_a_message_that_every_provider_refuses_has_failed(house: House, code: str, reason: str) -> None:
    house.senders[EMAIL].failures = [PermanentError("no", code=code)]
    house.know(replace(ANA, devices={}))
    house.dispatch(a_message(channels=(EMAIL, PUSH)))
    assert (house.entry().status, house.entry().reason) == (MessageStatus.FAILED, reason)
    assert house.told == [(f"failed:{MARKETING.id}", "Message Failed")]
    assert house.events.events[0].properties["outcome"] == "failed"


def test_a_template_that_fails_passes_the_message_to_the_next_channel(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    render = house.renderer.render

    def broken(name: str, channel: Channel, context: Any) -> Any:
        if channel is PUSH:
            raise PermanentError("push.title asks for entry.properties.name", code="missing_variable")
        return render(name, channel, context)

    monkeypatch.setattr(house.renderer, "render", broken)
    house.dispatch(a_message(channels=(PUSH, EMAIL)))
    assert [channel for channel, _ in house.sent] == [EMAIL]
    assert house.entry().attempts[0].detail == "missing_variable"


def test_tokens_that_reach_nobody_are_told_though_the_message_went_elsewhere(house: House) -> None:
    house.senders[PUSH].failures = [DeadAddressError("gone", addresses=["token1", "token2"], code="PERMANENT_FAILURE")]
    house.dispatch(a_message(channels=(PUSH, EMAIL)))
    sent, *bounces = house.events.events
    assert (sent.name, sent.properties["channel"]) == (SystemEvent.MESSAGE_SENT, "email")
    assert [
        (event.name, event.properties["hard"], event.properties["channel"], event.properties["address"])
        for event in bounces
    ] == [(SystemEvent.MESSAGE_BOUNCED, True, "push", token) for token in ("token1", "token2")]
    assert len({event.id for event in bounces}) == 2


def test_a_token_that_the_provider_renewed_takes_the_old_ones_place(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipt = Receipt("p1", dead_addresses=("token2",), new_addresses={"token2": "token3"})
    monkeypatch.setattr(house.senders[PUSH], "send", lambda _: receipt)
    house.dispatch(a_message(channels=(PUSH,)))
    _, bounce = house.events.events
    assert (bounce.name, bounce.trust, bounce.properties["address"]) == ("Message Bounced", Trust.SYSTEM, "token2")
    assert bounce.context == {"device": {"token": "token3", "type": "android"}}


def test_no_event_of_ours_looks_like_something_that_the_person_did(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A journey that begins with ``User Identified`` must not begin because a token was renewed."""
    receipt = Receipt("p1", dead_addresses=("token1", "token2"), new_addresses={"token2": "token3"})
    monkeypatch.setattr(house.senders[PUSH], "send", lambda _: receipt)
    house.dispatch(a_message(channels=(PUSH,)))
    assert {event.name for event in house.events.events} <= set(SystemEvent)


# What may work later


@pytest.mark.parametrize("message", [MARKETING, TRANSACTIONAL], ids=lambda message: message.purpose)
@pytest.mark.parametrize("error", [ThrottledError("slower"), RetryableError("later")], ids=lambda e: type(e).__name__)
def test_what_was_not_sent_is_given_back_and_sent_by_the_next_attempt(
    house: House, message: Message, error: CarillonError
) -> None:
    house.senders[EMAIL].failures = [error]
    with pytest.raises(type(error)):
        house.dispatch(message)
    assert (house.entry().status, house.entry().attempts) == (MessageStatus.WAITING, ())
    assert house.told == []
    house.dispatch(message)
    assert len(house.sent) == 1


@pytest.mark.parametrize("port", ["profiles.load", "renderer.channels", "renderer.render", "secrets.signing"])
@pytest.mark.parametrize("error", [RetryableError("later"), AmbiguousError("timeout"), KeyError("a bug")], ids=repr)
def test_whatever_fails_before_the_provider_is_asked_gives_the_message_back(
    house: House, monkeypatch: pytest.MonkeyPatch, port: str, error: Exception
) -> None:
    def fail(*_: Any) -> None:
        raise error

    where, method = port.split(".")
    monkeypatch.setattr(FakeSigningSecrets if where == "secrets" else getattr(house, where), method, fail)
    with pytest.raises(type(error)):
        house.dispatch()
    monkeypatch.undo()
    house.dispatch()
    assert len(house.sent) == 1


def test_a_message_that_another_attempt_holds_is_left_alone(house: House) -> None:
    house.ledger.claim(MARKETING, NOON)
    with pytest.raises(RetryableError):
        house.dispatch()
    assert house.sent == []


# Doubt


TIMEOUT = AmbiguousError("no answer from AWS", code="ReadTimeoutError")


def test_marketing_in_doubt_is_recorded_as_unknown_and_not_repeated(house: House) -> None:
    house.senders[EMAIL].failures = [TIMEOUT]
    message = a_message(channels=(EMAIL, PUSH))
    dispatched = house.dispatch(message)
    assert (dispatched.entry.status, dispatched.entry.channel) == (MessageStatus.UNKNOWN, EMAIL)
    assert house.entry().attempts == (Attempt(EMAIL, NOON, AttemptOutcome.UNKNOWN, "ReadTimeoutError"),)
    assert house.events.events[0].properties["outcome"] == "unknown"
    assert house.dispatch(message).is_repeated
    assert house.sent == []


def test_a_transactional_message_in_doubt_is_sent_again_and_the_doubt_stays_visible(house: House) -> None:
    house.senders[EMAIL].failures = [TIMEOUT]
    with pytest.raises(AmbiguousError):
        house.dispatch(TRANSACTIONAL)
    house.dispatch(TRANSACTIONAL)
    assert len(house.sent) == 1
    assert [a.outcome for a in house.entry().attempts] == [AttemptOutcome.UNKNOWN, AttemptOutcome.ACCEPTED]
    assert house.told == [(f"sent:{MARKETING.id}", "Message Sent")]


@pytest.mark.parametrize(
    ("message", "sent", "outcomes", "told"),
    [
        (MARKETING, 0, [AttemptOutcome.UNKNOWN], "failed"),
        (TRANSACTIONAL, 1, [AttemptOutcome.UNKNOWN, AttemptOutcome.ACCEPTED], "sent"),
    ],
    ids=["marketing", "transactional"],
)
def test_an_attempt_that_vanished_leaves_a_doubt_once_its_lease_is_over(
    house: House, message: Message, sent: int, outcomes: list[AttemptOutcome], told: str
) -> None:
    house.ledger.claim(message, NOON)
    house.clock.at += house.ledger.lease
    house.dispatch(message)
    assert len(house.sent) == sent
    assert [attempt.outcome for attempt in house.entry().attempts] == outcomes
    assert [event_id for event_id, _ in house.told] == [f"{told}:{message.id}"]


# Redelivery


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (MessageStatus.SENT, "sent"),
        (MessageStatus.DELIVERED, "sent"),
        (MessageStatus.BOUNCED, "sent"),
        (MessageStatus.DROPPED, "failed"),
        (MessageStatus.FAILED, "failed"),
        (MessageStatus.UNKNOWN, "failed"),
    ],
)
def test_a_redelivery_tells_the_stream_again_and_sends_nothing(house: House, status: MessageStatus, told: str) -> None:
    house.ledger.claim(MARKETING, NOON)
    entry = replace(house.entry(), status=status, sent_at=NOON if told == "sent" else None)
    house.ledger.record(entry)
    house.clock.at += 60_000
    assert house.dispatch() == Dispatched(entry, is_repeated=True)
    assert house.sent == []
    [event] = house.events.events
    assert (event.id, event.at, event.received_at) == (f"{told}:{MARKETING.id}", NOON, NOON + 60_000)


def test_an_entry_that_expires_under_our_hands_is_tried_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.dispatch()
    monkeypatch.setattr(house.ledger, "find", lambda _: None)
    with pytest.raises(RetryableError):
        house.dispatch()
