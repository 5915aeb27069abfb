"""What keeps a message at the last moment: consent, channels that cannot carry it, runs left, conditions."""

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.behaviour.engagement import MARK_LENGTH
from shared.domain.consent.words import ANY, Channel, Purpose, SuppressionReason
from shared.domain.ledger import AttemptOutcome, DropReason, MessageStatus
from shared.domain.messages import Message
from shared.domain.profiles import COMPLETED, EXIT_EVENT, Run, Suppression, Touch
from tests.builders import NOON, a_message
from tests.unit.services.dispatching import (
    ANA,
    EMAIL,
    MARKETING,
    PUSH,
    REFUSES_ALL,
    SMS,
    TRANSACTIONAL,
    WHATSAPP,
    House,
    said,
)

SUPPRESSED = {("email", "ana@example.com"): Suppression(SuppressionReason.HARD_BOUNCE, NOON)}


@pytest.mark.parametrize(
    ("purpose", "changes", "topics", "goes"),
    [
        (Purpose.MARKETING, {}, {"cart_reminders": True}, True),
        (Purpose.MARKETING, {}, {"cart_reminders": False}, False),
        (Purpose.MARKETING, {}, {}, False),
        (Purpose.MARKETING, {"consent": said(True)}, {}, True),
        (Purpose.MARKETING, {"consent": said(True, "email")}, {}, True),
        (Purpose.MARKETING, {"consent": said(True, "sms")}, {}, False),
        (Purpose.MARKETING, {"consent": said(True, ANY, "cart_reminders")}, {}, True),
        (Purpose.MARKETING, {"consent": said(True, ANY, "news")}, {}, False),
        (Purpose.MARKETING, {"consent": said(False, "email", "cart_reminders")}, {"cart_reminders": True}, False),
        (Purpose.MARKETING, REFUSES_ALL, {"cart_reminders": True}, False),
        (Purpose.TRANSACTIONAL, REFUSES_ALL, {}, True),
        (Purpose.TRANSACTIONAL, {"suppressed": SUPPRESSED}, {}, False),
        (Purpose.MARKETING, {"suppressed": SUPPRESSED, "consent": said(True)}, {"cart_reminders": True}, False),
    ],
)
def test_consent_and_suppression_of_this_moment_decide(
    house: House, purpose: Purpose, changes: dict[str, Any], topics: dict[str, bool], goes: bool
) -> None:
    house.know(replace(ANA, **changes))
    house.topics = topics
    house.dispatch(a_message(purpose=purpose))
    assert bool(house.sent) is goes
    assert house.entry().status is (MessageStatus.SENT if goes else MessageStatus.DROPPED)


def test_marketing_without_a_topic_needs_a_word_of_the_person(house: House) -> None:
    house.dispatch(a_message(topic=None))
    assert house.entry().reason == DropReason.NO_CONSENT


NO_EMAIL = {"phone": "+353871234567"}


@pytest.mark.parametrize(
    ("channels", "changes", "reason", "skipped"),
    [
        ((EMAIL,), {"traits": NO_EMAIL}, DropReason.NO_ADDRESS, ["no_address"]),
        ((EMAIL,), {"traits": {"email": "not an address"}}, DropReason.NO_ADDRESS, ["no_address"]),
        ((EMAIL,), {"suppressed": SUPPRESSED}, DropReason.SUPPRESSED, ["suppressed"]),
        ((EMAIL,), REFUSES_ALL, DropReason.NO_CONSENT, ["no_consent"]),
        ((WHATSAPP,), {}, DropReason.NO_CONTENT, ["no_content"]),
        ((EMAIL, PUSH), {"suppressed": SUPPRESSED, "devices": {}}, DropReason.SUPPRESSED, ["suppressed", "no_address"]),
        ((PUSH, EMAIL), {"suppressed": SUPPRESSED, "devices": {}}, DropReason.SUPPRESSED, ["no_address", "suppressed"]),
        ((PUSH, EMAIL), {"devices": {}, **REFUSES_ALL}, DropReason.NO_CONSENT, ["no_address", "no_consent"]),
        ((EMAIL, PUSH), {"suppressed": SUPPRESSED, **REFUSES_ALL}, DropReason.NO_CONSENT, ["suppressed", "no_consent"]),
        ((WHATSAPP, EMAIL), {"traits": NO_EMAIL}, DropReason.NO_ADDRESS, ["no_content", "no_address"]),
    ],
)
def test_what_no_channel_may_carry_is_dropped_with_the_most_telling_reason(
    house: House, channels: tuple[Channel, ...], changes: dict[str, Any], reason: DropReason, skipped: list[str]
) -> None:
    house.know(replace(ANA, **changes))
    house.dispatch(a_message(channels=channels))
    entry = house.entry()
    assert (entry.status, entry.reason, entry.channel, entry.sent_at) == (MessageStatus.DROPPED, reason, None, None)
    assert [attempt.detail for attempt in entry.attempts] == skipped
    assert {attempt.outcome for attempt in entry.attempts} == {AttemptOutcome.SKIPPED}
    assert house.sent == []
    assert house.told == [(f"failed:{MARKETING.id}", "Message Failed")]
    assert house.events.events[0].properties == {
        "message": "cart_reminder",
        "message_id": MARKETING.id,
        "journey": "cart_abandonment",
        "reason": reason,
        "outcome": "dropped",
    }


def test_a_stage_without_a_provider_for_the_channel_drops(house: House) -> None:
    del house.senders[PUSH]
    house.dispatch(a_message(channels=(PUSH,)))
    assert house.entry().reason == DropReason.NO_PROVIDER


def test_the_first_channel_that_may_be_used_is(house: House) -> None:
    house.know(replace(ANA, devices={}))
    house.dispatch(a_message(channels=(PUSH, SMS, EMAIL)))
    assert [channel for channel, _ in house.sent] == [SMS]
    assert [(a.channel, a.outcome, a.detail) for a in house.entry().attempts] == [
        (PUSH, AttemptOutcome.SKIPPED, "no_address"),
        (SMS, AttemptOutcome.ACCEPTED, ""),
    ]


# The run


def a_run(**changes: Any) -> Run:
    return Run(id="run1", journey="cart_abandonment", key=None, version="v1", entered_at=NOON, **changes)


@pytest.mark.parametrize(
    ("runs", "goes"),
    [
        ({}, True),
        ({"run1": a_run()}, True),
        ({"run1": a_run(ended_at=NOON, ended_reason=COMPLETED)}, True),
        ({"run1": a_run(ended_at=NOON, ended_reason=EXIT_EVENT)}, False),
    ],
    ids=["forgotten", "live", "completed", "exited"],
)
@pytest.mark.parametrize("message", [MARKETING, TRANSACTIONAL], ids=lambda message: message.purpose)
def test_a_run_that_was_left_sends_nothing_more(
    house: House, message: Message, runs: dict[str, Run], goes: bool
) -> None:
    house.know(replace(ANA, runs=runs))
    house.dispatch(message)
    assert bool(house.sent) is goes
    assert house.entry().reason == (None if goes else DropReason.RUN_ENDED)


# What was answered while it waited


INSTEAD = replace(MARKETING, instead_of="e" * 32)


@pytest.mark.parametrize(
    ("status", "goes"),
    [
        (MessageStatus.SENT, True),
        (MessageStatus.DELIVERED, True),
        (MessageStatus.BOUNCED, True),
        (MessageStatus.OPENED, False),
        (MessageStatus.CLICKED, False),
    ],
)
@pytest.mark.parametrize("between", ["", "d" * 32], ids=["at once", "by another channel"])
def test_what_goes_instead_of_another_is_dropped_where_that_was_answered(
    house: House, status: MessageStatus, between: str, goes: bool
) -> None:
    house.dispatch(replace(MARKETING, id="e" * 32))
    house.ledger.entries["e" * 32] = replace(house.ledger.entries["e" * 32], status=status)
    if between:
        house.ledger.entries[between] = replace(house.ledger.entries["e" * 32], status=MessageStatus.SENT)
        house.ledger.entries[between] = replace(house.ledger.entries[between], id=between, instead_of="e" * 32)
    house.dispatch(replace(INSTEAD, instead_of=between or INSTEAD.instead_of))

    assert len(house.sent) == 1 + goes
    assert house.entry().reason == (None if goes else DropReason.ANSWERED)


@pytest.mark.parametrize("is_answered", [True, False])
def test_of_a_tap_the_profile_tells_and_of_what_the_ledger_forgot_it_goes(house: House, is_answered: bool) -> None:
    touch = Touch(PUSH, "marketing", NOON, "hello", mark="e" * MARK_LENGTH, is_answered=is_answered)
    house.know(replace(ANA, touches=(touch,)))
    house.dispatch(INSTEAD)

    assert bool(house.sent) is not is_answered


# The message's own condition


CONDITIONAL = a_message(condition={"traits.firstName": "Ana"})


@pytest.mark.parametrize("holds", [True, False])
def test_a_condition_is_looked_at_again_with_the_person_of_this_moment(house: House, holds: bool) -> None:
    house.holds = holds
    house.clock.at += 60_000
    house.dispatch(CONDITIONAL)
    assert house.looks == [(replace(ANA, version=1), CONDITIONAL, NOON + 60_000)]
    assert (len(house.sent), house.entry().reason) == ((1, None) if holds else (0, "condition"))
    if not holds:
        assert (house.entry().status, house.entry().attempts) == (MessageStatus.DROPPED, ())
        [event] = house.events.events
        assert (event.name, event.properties["reason"], event.properties["outcome"]) == (
            "Message Failed",
            "condition",
            "dropped",
        )


def test_a_message_without_a_condition_costs_no_second_look(house: House) -> None:
    house.dispatch()
    assert house.looks == []


def test_a_look_that_fails_gives_the_message_back(house: House) -> None:
    house.holds = ValueError("the message's condition cannot be read")
    with pytest.raises(ValueError, match="condition"):
        house.dispatch(CONDITIONAL)
    house.holds = True
    house.dispatch(CONDITIONAL)
    assert len(house.sent) == 1
