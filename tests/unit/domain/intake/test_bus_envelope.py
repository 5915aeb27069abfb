"""EventBridge's envelope gives what the event in it leaves out."""

from typing import Any

import pytest

from shared.domain.intake.bus_envelope import read_envelope
from shared.errors import InvalidInputError


def an_envelope(**changes: Any) -> dict[str, Any]:
    return {
        "version": "0",
        "id": "e1",
        "source": "shop.till",
        "detail-type": "Order Completed",
        "time": "2026-11-02T12:00:00Z",
        "detail": {"properties": {"email": "ana@example.com"}},
    } | changes


def test_name_type_id_and_time_come_from_the_envelope() -> None:
    event = read_envelope(an_envelope())

    assert event.raw == {
        "type": "track",
        "event": "Order Completed",
        "messageId": "e1",
        "timestamp": "2026-11-02T12:00:00.000Z",
        "sentAt": None,
        "properties": {"email": "ana@example.com"},
    }
    assert not event.is_own


def test_what_the_event_says_itself_stands() -> None:
    detail = {"type": "identify", "event": "x", "messageId": "m1", "timestamp": "2026-11-02T11:00:00Z", "sentAt": "s"}

    assert read_envelope(an_envelope(detail=detail)).raw == detail


def test_our_own_announcements_are_known() -> None:
    assert read_envelope(an_envelope(source="carillon")).is_own


@pytest.mark.parametrize(
    ("envelope", "paths"),
    [
        (None, [""]),
        ([], [""]),
        ({}, ["id", "source", "detail-type", "time", "detail"]),
        (an_envelope(detail="{}"), ["detail"]),
        (an_envelope(source=1, detail=[]), ["source", "detail"]),
        (an_envelope(time="noon"), ["time"]),
    ],
)
def test_what_is_no_envelope_is_refused(envelope: object, paths: list[str]) -> None:
    with pytest.raises(InvalidInputError) as refused:
        read_envelope(envelope)

    assert [fault.path for fault in refused.value.faults] == paths
