"""What became of a text, from the topic of a configuration set to the ledger and the person's stream."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from shared.domain.consent.words import Channel
from shared.domain.ledger import MessageStatus
from tests.integration.lambda_events import a_receipt, a_whatsapp_text
from tests.integration.sending_end import MARKETING, SendingEnd, sending_end

TEXT = replace(MARKETING, id="by-text", name="cart_last_call", channels=(Channel.SMS,))


@pytest.fixture
def house(table_name: str) -> Iterator[SendingEnd]:
    """A text has been sent."""
    with sending_end(table_name) as house:
        house.dispatch(house.ordered(TEXT))
        house.events()
        yield house


@pytest.mark.parametrize(
    ("kind", "status", "told"),
    [
        ("TEXT_QUEUED", MessageStatus.SENT, "Message Sent"),
        ("TEXT_DELIVERED", MessageStatus.DELIVERED, "Message Delivered"),
        ("TEXT_CARRIER_UNREACHABLE", MessageStatus.BOUNCED, "Message Bounced"),
        ("TEXT_PROTECT_BLOCKED", MessageStatus.FAILED, "Message Failed"),
        ("TEXT_UNKNOWN", MessageStatus.SENT, None),
    ],
)
def test_each_kind_reaches_ledger_and_stream(
    house: SendingEnd, kind: str, status: MessageStatus, told: str | None
) -> None:
    assert house.record_feedback(house.reported(a_receipt(kind, TEXT.id))) == []
    entry = house.entry(TEXT.id)
    assert entry is not None
    assert entry.status is status
    assert [event.name for event in house.events()] == ([told] if told else [])


def test_the_receipt_says_what_the_text_cost(house: SendingEnd) -> None:
    before = house.entry(TEXT.id)
    house.record_feedback(house.reported(a_receipt("TEXT_DELIVERED", TEXT.id)))
    entry = house.entry(TEXT.id)
    assert before is not None
    assert entry is not None
    assert (before.parts, before.price) == (1, None)
    assert (entry.parts, entry.price) == (2, "0.0129")


@pytest.mark.parametrize(("kind", "hard"), [("TEXT_INVALID", True), ("TEXT_UNREACHABLE", False)])
def test_a_number_that_there_is_not_is_left_alone_from_now_on(house: SendingEnd, kind: str, hard: object) -> None:
    house.record_feedback(house.reported(a_receipt(kind, TEXT.id)))
    [event] = house.events()
    told: dict[str, Any] = {name: event.properties[name] for name in ("channel", "address", "hard", "reason")}
    assert told == {"channel": "sms", "address": "+353871234567", "hard": hard, "reason": kind}


def test_a_text_that_somebody_else_sent_is_passed_over(house: SendingEnd) -> None:
    receipt = a_receipt("TEXT_DELIVERED", TEXT.id, context={})
    assert house.record_feedback(house.reported(receipt)) == []
    assert house.events() == []


def test_what_a_person_writes_by_whatsapp_is_theirs_and_stop_stops_it(house: SendingEnd) -> None:
    assert house.record_feedback(house.reported(a_whatsapp_text("Is it blue?"), id_="1")) == []
    assert house.record_feedback(house.reported(a_whatsapp_text("Stop"), id_="2")) == []
    told = [(event.name, event.properties["channel"]) for event in house.events()]
    assert told == [("Message Received", "whatsapp"), ("Unsubscribed", "whatsapp"), ("Message Received", "whatsapp")]
