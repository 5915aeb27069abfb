"""What a provider says of a message: noted in the ledger, told to the person's stream."""

from typing import Any

import pytest

from shared.domain.behaviour.machines import Signal
from shared.domain.consent.words import Channel
from shared.domain.delivery import STATUSES, DeliveryEvent, DeliveryKind
from shared.domain.events import Event, EventType, Trust
from shared.domain.ledger import MessageStatus
from shared.errors import RetryableError
from shared.services.record_feedback import PATIENCE, Feedback, FeedbackRecorder
from tests.builders import NOON, a_message
from tests.fakes.clock import FakeClock
from tests.fakes.queues import FakeEventQueue
from tests.fakes.sending import FakeLedger

MESSAGE = a_message()


class House:
    """A recorder among fakes; the ledger has one message that was sent."""

    def __init__(self) -> None:
        self.clock = FakeClock(NOON + 60_000)
        self.ledger = FakeLedger(self.clock)
        self.events = FakeEventQueue()
        self.recorder = FeedbackRecorder(ledger=self.ledger, events=self.events, clock=self.clock)
        self.ledger.claim(MESSAGE, NOON)

    def record(self, delivery: DeliveryEvent, queued_at: int | None = None) -> Feedback:
        return self.recorder.record(delivery, queued_at=self.clock.at if queued_at is None else queued_at)

    @property
    def status(self) -> MessageStatus:
        return self.ledger.entries[MESSAGE.id].status


@pytest.fixture
def house() -> House:
    return House()


def test_what_a_machine_opened_has_arrived_and_is_told_as_a_machines_doing(house: House) -> None:
    assert house.record(a_delivery(DeliveryKind.OPENED, machine=Signal.PRIVACY_PROXY)) is Feedback.RECORDED
    assert house.status.value == "delivered"
    (event,) = house.events.events
    assert event.name == "Message Opened"
    assert {"machine": True, "signal": "privacy_proxy"}.items() <= event.properties.items()
    house.record(a_delivery(DeliveryKind.OPENED, at=NOON + 2_000))
    assert house.status.value == "opened"
    assert "machine" not in house.events.events[-1].properties


def test_a_report_that_is_no_complaint_is_counted_and_nothing_else(house: House) -> None:
    assert house.record(a_delivery(DeliveryKind.REPORTED, reason="not-spam")) is Feedback.NOTED
    assert house.events.events == []


def a_delivery(kind: DeliveryKind = DeliveryKind.DELIVERED, **changes: Any) -> DeliveryEvent:
    defaults: dict[str, Any] = {
        "kind": kind,
        "message_id": MESSAGE.id,
        "channel": Channel.EMAIL,
        "at": NOON + 1_000,
        "provider_id": "p1",
        "address": "ana@example.com",
    }
    return DeliveryEvent(**(defaults | changes))


COMMON = {
    "message": "cart_reminder",
    "message_id": MESSAGE.id,
    "channel": "email",
    "journey": "cart_abandonment",
}

OPENED_AT = NOON + 1_000


@pytest.mark.parametrize(
    ("delivery", "name", "event_id", "properties"),
    [
        (a_delivery(DeliveryKind.SENT), "Message Sent", "sent:{id}", {}),
        (a_delivery(DeliveryKind.DELIVERED), "Message Delivered", "delivered:{id}", {}),
        (a_delivery(DeliveryKind.OPENED), "Message Opened", f"opened:{{id}}:{OPENED_AT}:e3b0c44298fc1c14", {}),
        (
            a_delivery(DeliveryKind.OPENED, flags={"isMachine": True}),
            "Message Opened",
            f"opened:{{id}}:{OPENED_AT}:e3b0c44298fc1c14",
            {"flags": {"isMachine": True}},
        ),
        (
            a_delivery(DeliveryKind.CLICKED, link="https://shop.example"),
            "Message Clicked",
            f"clicked:{{id}}:{OPENED_AT}:f617a4db4e7353d6",
            {"link": "https://shop.example"},
        ),
        (
            a_delivery(DeliveryKind.BOUNCED, is_hard=True, reason="Permanent/General"),
            "Message Bounced",
            "bounced:{id}:hard",
            {"hard": True, "address": "ana@example.com", "reason": "Permanent/General"},
        ),
        (
            a_delivery(DeliveryKind.BOUNCED),
            "Message Bounced",
            "bounced:{id}:soft",
            {"hard": False, "address": "ana@example.com"},
        ),
        (
            a_delivery(DeliveryKind.COMPLAINED, reason="abuse"),
            "Message Complained",
            "complained:{id}",
            {"address": "ana@example.com", "reason": "abuse"},
        ),
        (
            a_delivery(DeliveryKind.FAILED, reason="Bad content"),
            "Message Failed",
            "failed:{id}",
            {"reason": "Bad content", "outcome": "failed"},
        ),
    ],
    ids=lambda case: case.kind if isinstance(case, DeliveryEvent) else "",
)
def test_feedback_is_noted_and_told(
    house: House, delivery: DeliveryEvent, name: str, event_id: str, properties: dict[str, Any]
) -> None:
    assert house.record(delivery) is Feedback.RECORDED
    assert house.status is STATUSES[delivery.kind]
    assert house.events.events == [
        Event(
            id=event_id.format(id=MESSAGE.id),
            type=EventType.TRACK,
            name=name,
            at=NOON + 1_000,
            received_at=NOON + 60_000,
            profile_id="u1",
            properties=COMMON | properties,
            trust=Trust.SYSTEM,
            source="carillon",
        )
    ]


@pytest.mark.parametrize("kind", sorted(set(DeliveryKind) - set(STATUSES)))
def test_kinds_that_change_nothing_are_only_counted(house: House, kind: DeliveryKind) -> None:
    assert house.record(a_delivery(kind)) is Feedback.NOTED
    assert house.status is MessageStatus.CLAIMED
    assert house.events.events == []


def test_what_a_person_wants_no_more_is_told_of_each_topic_and_nothing_of_the_message(house: House) -> None:
    opted_out = a_delivery(DeliveryKind.PREFERENCE, opted_out=("*", "offers"))
    for _ in range(2):
        assert house.record(opted_out) is Feedback.RECORDED

    assert house.status is MessageStatus.CLAIMED
    stated = {"channel": "email", "source": "provider", "message_id": MESSAGE.id}
    assert [event.properties for event in house.events.events[:2]] == [stated, stated | {"topic": "offers"}]
    assert {(event.name, event.trust, event.at) for event in house.events.events} == {
        ("Unsubscribed", Trust.SYSTEM, NOON + 1_000)
    }
    assert len({event.id for event in house.events.events}) == 2


def test_the_same_feedback_again_is_told_under_the_same_id(house: House) -> None:
    house.record(a_delivery())
    house.clock.at += 5_000
    house.events.events.clear()
    house.record(a_delivery())
    assert [event.id for event in house.events.events] == [f"delivered:{MESSAGE.id}"]


def test_feedback_out_of_order_is_told_and_the_ledger_keeps_the_later_state(house: House) -> None:
    house.record(a_delivery(DeliveryKind.CLICKED))
    house.record(a_delivery(DeliveryKind.DELIVERED))
    assert house.status is MessageStatus.CLICKED
    assert [event.name for event in house.events.events] == ["Message Clicked", "Message Delivered"]


def test_two_clicks_are_two_events(house: House) -> None:
    house.record(a_delivery(DeliveryKind.CLICKED, link="a"))
    house.record(a_delivery(DeliveryKind.CLICKED, link="b"))
    house.record(a_delivery(DeliveryKind.CLICKED, link="b", at=NOON + 2_000))
    assert len(house.events.events) == 3


def test_a_clock_ahead_of_ours_never_dates_an_event_after_its_arrival(house: House) -> None:
    house.record(a_delivery(at=house.clock.at + 9_000))
    [event] = house.events.events
    assert event.at == event.received_at == house.clock.at


def test_feedback_for_a_message_unheard_of_waits_a_while_and_is_then_counted(house: House) -> None:
    queued_at = house.clock.at
    unknown = a_delivery(message_id="other")
    house.clock.at += PATIENCE - 1
    with pytest.raises(RetryableError):
        house.record(unknown, queued_at)
    house.clock.at += 1
    assert house.record(unknown, queued_at) is Feedback.UNMATCHED
    assert house.events.events == []
