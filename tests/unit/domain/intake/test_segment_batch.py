"""Batches: good events are kept whatever stands beside them, within Segment's limits."""

from typing import Any

import pytest

from shared.domain.events import Trust
from shared.domain.intake.segment_batch import MAX_BATCH_EVENTS, MAX_EVENT_SIZE, Batch, read_batch, size_of
from shared.domain.intake.segment_spec import Reception
from shared.domain.timing import SECOND
from shared.errors import Fault, InvalidInputError
from tests.builders import NOON

BIG = MAX_EVENT_SIZE + 1


def a_call(**changes: Any) -> dict[str, Any]:
    return {"type": "track", "event": "Product Added", "userId": "u1"} | changes


def read(body: dict[str, Any], *, body_size: int = BIG) -> Batch:
    return read_batch(body, Reception(received_at=NOON, trust=Trust.PUBLIC, source="http"), body_size=body_size)


def test_good_events_keep_their_order_and_bad_ones_are_named_by_their_place() -> None:
    batch = read({"batch": [a_call(event="A"), a_call(event=None), a_call(event="B"), 7]})

    assert [event.name for event in batch.events] == ["A", "B"]
    assert [fault for rejection in batch.rejections for fault in rejection.placed_faults()] == [
        Fault("batch.1.event", "is required"),
        Fault("batch.3", "must be a JSON object"),
    ]


def test_equal_events_without_ids_are_told_apart_by_their_place() -> None:
    batch = read({"batch": [a_call(), a_call()]})

    assert len({event.id for event in batch.events}) == 2


def test_what_the_batch_says_goes_to_every_event() -> None:
    batch = read(
        {
            "batch": [a_call(timestamp="2020-01-01T00:00:00Z"), a_call(context={"ip": "::1"})],
            "context": {"ip": "::2", "locale": "fr"},
            "sentAt": "2020-01-01T00:00:05Z",
        }
    )

    assert [event.context for event in batch.events] == [{"ip": "::2", "locale": "fr"}, {"ip": "::1", "locale": "fr"}]
    assert [event.at for event in batch.events] == [NOON - 5 * SECOND, NOON]


def test_an_event_of_32_kilobytes_is_accepted_and_one_byte_more_is_not() -> None:
    event = a_call(properties={"x": "é"})
    event["properties"]["x"] += "x" * (MAX_EVENT_SIZE - size_of(event))
    larger = a_call(properties={"x": event["properties"]["x"] + "x"})

    batch = read({"batch": [event, larger]})

    assert [rejection.index for rejection in batch.rejections] == [1]
    assert batch.rejections[0].faults == (Fault("", "must have at most 32768 bytes, with what it inherits"),)


def test_what_an_event_inherits_counts_towards_its_size() -> None:
    half = "x" * (MAX_EVENT_SIZE // 2)

    batch = read({"batch": [a_call(properties={"x": half}), a_call()], "context": {"x": half}})

    assert [rejection.index for rejection in batch.rejections] == [0]


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ({}, ["batch"]),
        ({"batch": None}, ["batch"]),
        ({"batch": {}}, ["batch"]),
        ({"batch": [{}] * (MAX_BATCH_EVENTS + 1)}, ["batch"]),
        ({"batch": [], "context": 1, "integrations": [], "sentAt": "now"}, ["context", "integrations", "sentAt"]),
        ({"batch": [], "context": {"x": float("nan")}}, ["context.x"]),
        ({"batch": [{}] * 2_500, "context": {"x": "x" * 1_000}}, ["context"]),
    ],
)
def test_a_batch_that_cannot_be_read_is_refused_whole(body: dict[str, Any], paths: list[str]) -> None:
    with pytest.raises(InvalidInputError) as refused:
        read(body)

    assert [fault.path for fault in refused.value.faults] == paths


def test_an_empty_batch_is_none_the_worse() -> None:
    assert read({"batch": []}) == Batch([], [])
