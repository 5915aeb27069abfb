"""The bus's way in: the good goes on, the bad is kept with its reasons, our own words do not come back."""

import json
from typing import Any

import pytest

from shared.domain.timing import HOUR, parse_instant
from shared.ports.clock import Clock
from shared.services.normalize_events import BusOutcome, EventNormalizer
from tests.doors import a_quality_watch, an_intake
from tests.fakes.clock import FakeClock
from tests.fakes.intake import FakeQuarantine
from tests.fakes.queues import FakeEventQueue

QUEUED_AT = parse_instant("2026-11-02T12:00:01Z")


class Bus:
    def __init__(self, clock: Clock | None = None) -> None:
        clock = clock or FakeClock(QUEUED_AT)
        self.queue, self.quarantine = FakeEventQueue(), FakeQuarantine()
        self.normalizer = EventNormalizer(
            intake=an_intake(queue=self.queue, quarantine=self.quarantine, clock=clock),
            quarantine=self.quarantine,
            quality=a_quality_watch(),
        )

    def deliver(self, envelope: Any) -> BusOutcome:
        text = envelope if isinstance(envelope, str) else json.dumps(envelope)
        return self.normalizer.normalize(text, received_at=QUEUED_AT)


def an_envelope(**changes: Any) -> dict[str, Any]:
    return {
        "id": "e1",
        "source": "shop.till",
        "detail-type": "Order Completed",
        "time": "2026-11-02T12:00:00Z",
        "detail": {"userId": "u1"},
    } | changes


def test_an_event_goes_on_as_its_envelope_names_it() -> None:
    bus = Bus()

    assert bus.deliver(an_envelope()) is BusOutcome.ACCEPTED
    (event,) = bus.queue.events
    assert (event.id, event.name, event.source, event.at) == (
        "e1",
        "Order Completed",
        "bus:shop.till",
        parse_instant("2026-11-02T12:00:00Z"),
    )


def test_where_the_clock_runs_ahead_the_envelopes_date_does_too() -> None:
    class Ahead(FakeClock):
        def now(self) -> int:
            return self.at + HOUR

    bus = Bus(Ahead(QUEUED_AT))
    bus.deliver(an_envelope())

    assert bus.queue.events[0].at == parse_instant("2026-11-02T13:00:00Z")


@pytest.mark.parametrize(
    ("delivered", "path", "message"),
    [
        ("{", "", "is not JSON: Expecting property name enclosed in double quotes at line 1, column 2"),
        ({"detail": {}}, "id", "must be a string"),
        (an_envelope(detail=[]), "detail", "must be a JSON object: the event"),
        (
            an_envelope(detail={}),
            "detail.userId",
            (
                "is required, or anonymousId, or a valid email or phone among traits or properties, or one of "
                "context.externalIds"
            ),
        ),
        (an_envelope(detail={"userId": 5.5}), "detail.userId", "must be a string"),
        (
            an_envelope(detail={"userId": "u", "x": "x" * 40_000}),
            "detail",
            "must have at most 32768 bytes, with what it inherits",
        ),
        (an_envelope(**{"detail-type": "Message Sent"}), "detail.event", "is reserved for the system's own events"),
    ],
)
def test_what_cannot_be_understood_is_kept_with_its_reasons(delivered: Any, path: str, message: str) -> None:
    bus = Bus()

    assert bus.deliver(delivered) is BusOutcome.QUARANTINED
    (kept,) = bus.quarantine.kept
    assert (kept.source, kept.raw, kept.received_at) == ("bus", delivered, QUEUED_AT)
    assert (kept.faults[0].path, kept.faults[0].message) == (path, message)
    assert not bus.queue.events


def test_our_own_announcements_do_not_come_back() -> None:
    bus = Bus()

    assert bus.deliver(an_envelope(source="carillon")) is BusOutcome.OWN
    assert not bus.queue.events
    assert not bus.quarantine.kept
