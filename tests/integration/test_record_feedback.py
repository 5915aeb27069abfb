"""``record_feedback`` with real deliveries: SES's events as EventBridge and SQS bring them."""

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from functions.record_feedback.handler import logger
from shared.domain.consent.words import Channel, SuppressionReason
from shared.domain.decide import decide
from shared.domain.ledger import MessageStatus
from shared.domain.messages import SuppressionChange
from shared.domain.profiles import Profile
from shared.services.record_feedback import PATIENCE
from tests.integration.lambda_events import EVENTS, a_text, log_lines
from tests.integration.sending_end import MARKETING, SendingEnd, sending_end
from tests.stories import a_journey, a_playbook

SES: dict[str, Any] = {
    event["detail"]["eventType"]: event for event in json.loads((EVENTS / "ses_feedback.json").read_text())
}


def from_ses(kind: str, *, message_id: str = MARKETING.id, **detail: Any) -> dict[str, Any]:
    envelope: dict[str, Any] = copy.deepcopy(SES[kind])
    envelope["detail"] |= detail
    envelope["detail"]["mail"]["tags"]["message"] = [message_id]
    return envelope


@pytest.fixture
def house(table_name: str) -> Iterator[SendingEnd]:
    """A message has been sent."""
    with sending_end(table_name) as house:
        house.dispatch(house.ordered(MARKETING))
        house.events()
        yield house


def status(house: SendingEnd) -> MessageStatus:
    entry = house.entry()
    assert entry is not None
    return entry.status


@pytest.mark.parametrize(
    ("kind", "expected", "told"),
    [
        ("Send", MessageStatus.SENT, ["Message Sent"]),
        ("Delivery", MessageStatus.DELIVERED, ["Message Delivered"]),
        ("DeliveryDelay", MessageStatus.SENT, []),
        ("Open", MessageStatus.OPENED, ["Message Opened"]),
        ("Click", MessageStatus.CLICKED, ["Message Clicked"]),
        ("Bounce", MessageStatus.BOUNCED, ["Message Bounced"]),
        ("Complaint", MessageStatus.COMPLAINED, ["Message Complained"]),
        ("Reject", MessageStatus.FAILED, ["Message Failed"]),
        ("Rendering Failure", MessageStatus.FAILED, ["Message Failed"]),
        ("Subscription", MessageStatus.SENT, ["Unsubscribed"]),
        ("Telepathy", MessageStatus.SENT, []),
    ],
)
def test_each_kind_reaches_ledger_and_stream(
    house: SendingEnd, kind: str, expected: MessageStatus, told: list[str]
) -> None:
    envelope = from_ses(kind) if kind in SES else from_ses("Delivery", eventType=kind)
    assert house.record_feedback(house.reported(envelope)) == []
    assert status(house) is expected
    assert [event.name for event in house.events()] == told


def test_that_a_mail_was_sent_is_told_under_the_id_that_the_dispatch_used(house: SendingEnd) -> None:
    house.record_feedback(house.reported(from_ses("Send")))
    assert [event.id for event in house.events()] == [f"sent:{MARKETING.id}"]


def test_a_hard_bounce_says_which_address_to_leave_alone(house: SendingEnd) -> None:
    house.record_feedback(house.reported(from_ses("Bounce")))
    [event] = house.events()
    assert event.properties == {
        "message": "cart_reminder",
        "message_id": MARKETING.id,
        "channel": "email",
        "journey": "cart_abandonment",
        "hard": True,
        "address": "ana@example.com",
        "reason": "Permanent/General",
    }


@pytest.mark.parametrize(
    ("kind", "facts", "told"),
    [
        ("Bounce", {"bounceType": "Permanent", "bounceSubType": "Suppressed"}, SuppressionReason.HARD_BOUNCE),
        (
            "Bounce",
            {"bounceType": "Permanent", "bounceSubType": "OnAccountSuppressionList"},
            SuppressionReason.HARD_BOUNCE,
        ),
        ("Complaint", {"complaintSubType": "OnAccountSuppressionList"}, SuppressionReason.COMPLAINT),
    ],
)
def test_what_ses_refuses_by_a_list_of_its_own_is_suppressed_by_ours(
    house: SendingEnd, kind: str, facts: dict[str, Any], told: SuppressionReason
) -> None:
    envelope = from_ses(kind)
    envelope["detail"][kind.lower()] = facts
    house.record_feedback(house.reported(envelope))

    [event] = house.events()
    decided = decide(a_playbook(j=a_journey()), Profile(id=event.profile_id), [event], event.received_at)
    [noted] = [effect for effect in decided.effects if isinstance(effect, SuppressionChange)]
    assert (noted.address, noted.reason, noted.is_lifted) == ("ana@example.com", told, False)


def test_who_unsubscribes_by_ses_s_own_button_has_said_so_to_us(house: SendingEnd) -> None:
    house.record_feedback(house.reported(from_ses("Subscription")))

    [event] = house.events()
    assert (event.profile_id, event.properties) == (
        MARKETING.profile_id,
        {"channel": "email", "source": "provider", "message_id": MARKETING.id},
    )


def test_a_whole_batch_out_of_order_ends_in_the_latest_state(house: SendingEnd) -> None:
    kinds = ["Click", "Open", "Delivery", "Send"]
    records = [house.reported(from_ses(kind), id_=str(number)) for number, kind in enumerate(kinds)]
    assert house.record_feedback(*records) == []
    assert status(house) is MessageStatus.CLICKED


def test_feedback_without_its_message_comes_again_and_is_then_let_go(house: SendingEnd) -> None:
    record = house.reported(from_ses("Delivery", message_id="another"))
    assert house.record_feedback(record) == ["1"]
    house.wall += PATIENCE
    assert house.record_feedback(record) == []
    assert house.entry("another") is None


def test_mail_of_other_programs_is_passed_over(house: SendingEnd) -> None:
    envelope = from_ses("Delivery")
    del envelope["detail"]["mail"]["tags"]["message"]
    assert house.record_feedback(house.reported(envelope)) == []
    assert house.events() == []


@pytest.mark.parametrize("body", ["", "{", "[]", "{}", "null", '{"detail": {}}'])
def test_what_is_no_feedback_is_left_to_the_dead_letter_queue(house: SendingEnd, body: str) -> None:
    good = house.reported(from_ses("Delivery"), id_="2")
    assert house.record_feedback(house.delivered("feedback", body), good) == ["1"]
    assert status(house) is MessageStatus.DELIVERED


def test_the_log_names_ids_and_no_address(house: SendingEnd, caplog: pytest.LogCaptureFixture) -> None:
    caplog.clear()
    envelope = from_ses("Bounce", message_id="another")
    house.record_feedback(house.reported(envelope, id_="1"), house.reported(from_ses("Delivery", eventType="X")))
    log = "".join(log_lines(logger, caplog))
    assert "another" in log
    assert "ana@" not in log


def test_each_kind_is_measured(house: SendingEnd, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    house.record_feedback(house.reported(from_ses("Bounce")), house.reported(from_ses("Delivery", eventType="X")))
    metrics = capsys.readouterr().out
    for name in ("FeedbackRecorded", "FeedbackNoted", "MessageBounced", "MessageUnknown"):
        assert f'"{name}":[1.0]' in metrics


def test_a_text_that_says_stop_stops_the_next_message_before_the_person_s_stream_knows(house: SendingEnd) -> None:
    assert house.record_feedback(house.reported(a_text("Stop."))) == []

    assert [event.name for event in house.events()] == ["Unsubscribed", "SMS Received"]
    by_text = replace(MARKETING, id="by-text", name="cart_last_call", channels=(Channel.SMS,))
    house.dispatch(house.ordered(by_text))
    entry = house.entry("by-text")
    assert entry is not None
    assert (entry.status, entry.reason) == (MessageStatus.DROPPED, "suppressed")


def test_the_same_text_twice_is_one(house: SendingEnd) -> None:
    for _ in range(2):
        house.record_feedback(house.reported(a_text("hello")))

    assert {event.id for event in house.events()} == {"received:cae173d2-66b9-564c-8309-21f858e9fb84"}


def test_a_text_from_no_number_is_passed_over(house: SendingEnd) -> None:
    assert house.record_feedback(house.reported(a_text("hello", originationNumber="SHOP"))) == []
    assert house.events() == []


@pytest.mark.parametrize(
    "changes",
    [{"Message": "STOP"}, {"Message": "[]"}, {"Message": "{}"}, {"Message": None}, {"Timestamp": "yesterday"}],
)
def test_what_is_no_text_is_left_to_the_dead_letter_queue(house: SendingEnd, changes: dict[str, Any]) -> None:
    assert house.record_feedback(house.reported(a_text("STOP") | changes)) == ["1"]


def test_texts_are_measured_and_not_logged(
    house: SendingEnd, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    capsys.readouterr()
    house.record_feedback(house.reported(a_text("Stop.")))
    metrics = capsys.readouterr().out
    for name in ("TextReceived", "TextStop"):
        assert f'"{name}":[1.0]' in metrics
    assert "+353" not in metrics + "".join(log_lines(logger, caplog))
