"""What every ``Timeline`` does: keeps what happened, once however often it is told."""

import random
from collections.abc import Callable
from dataclasses import replace

import boto3
import pytest

from shared.adapters.dynamodb.timeline import MAX_PAGE, DynamoTimeline, read_page
from shared.domain.events import Event, Trust
from shared.domain.own_events import DECIDED
from shared.domain.timing import DAY
from shared.errors import PermanentError
from shared.ports.people import Timeline
from tests.builders import NOON, an_event
from tests.fakes.people import FakeTimeline

Read = Callable[[str], list[Event]]


@pytest.fixture(params=["fake", "dynamodb"])
def timeline_and_reader(request: pytest.FixtureRequest) -> tuple[Timeline, Read]:
    if request.param == "fake":
        fake = FakeTimeline()
        return fake, lambda profile_id: list(fake.events.get(profile_id, {}).values())
    table_name = request.getfixturevalue("table_name")
    timeline = DynamoTimeline(boto3.client("dynamodb"), table=table_name)
    return timeline, lambda profile_id: [event for _, page in pages(table_name, profile_id) for event in page]


def pages(table_name: str, profile_id: str) -> list[tuple[str, list[Event]]]:
    """Sort key and events of each of the person's pages, in the order of the sort key."""
    items = boto3.client("dynamodb").query(
        TableName=table_name,
        KeyConditionExpression="pk = :pk AND begins_with(sk, :events)",
        ExpressionAttributeValues={":pk": {"S": f"PROFILE#{profile_id}"}, ":events": {"S": "EVENTS#"}},
    )["Items"]
    return [(item["sk"]["S"], read_page(profile_id, item["events"]["B"])) for item in items]


def test_the_events_of_a_batch_are_kept_whole_and_in_order(timeline_and_reader: tuple[Timeline, Read]) -> None:
    timeline, read = timeline_and_reader
    events = [
        an_event(id="m2", at=NOON, properties={"price": 20.5, "products": [{"sku": "a"}]}, traits={"x": None}),
        an_event(id="m1", at=NOON - DAY, received_at=NOON + 5, user_id=None, anonymous_id="a1", context={"ip": "::1"}),
    ]

    timeline.append("u1", events)

    assert read("u1") == events


def test_the_same_batch_again_changes_nothing(timeline_and_reader: tuple[Timeline, Read]) -> None:
    timeline, read = timeline_and_reader
    events = [an_event(id="m1"), an_event(id="m2")]

    timeline.append("u1", events)
    timeline.append("u1", events)

    assert read("u1") == events


def test_no_events_leave_no_trace(timeline_and_reader: tuple[Timeline, Read]) -> None:
    timeline, read = timeline_and_reader

    timeline.append("u1", [])

    assert read("u1") == []


def test_another_attempt_that_noticed_something_else_takes_the_place_of_the_first(
    timeline_and_reader: tuple[Timeline, Read],
) -> None:
    timeline, read = timeline_and_reader
    happened = an_event(id="m1")
    noticed = an_event("Journey Entered", id="x", trust=Trust.SYSTEM, source=DECIDED)

    timeline.append("u1", [happened, noticed])
    timeline.append("u1", [happened])

    assert read("u1") == [happened]


def test_what_was_noticed_though_nothing_happened_has_a_page_of_its_own(
    timeline_and_reader: tuple[Timeline, Read],
) -> None:
    timeline, read = timeline_and_reader
    noticed = [an_event(name, id=name, trust=Trust.SYSTEM, source=DECIDED) for name in ("Segment Left", "Goal Reached")]

    for event in noticed:
        timeline.append("u1", [event])

    assert sorted(event.name for event in read("u1")) == ["Goal Reached", "Segment Left"]


def test_pages_come_back_the_latest_first(timeline_and_reader: tuple[Timeline, Read]) -> None:
    timeline, _ = timeline_and_reader
    early, late = an_event(id="m1", at=NOON), an_event(id="m2", at=NOON + DAY)
    overdue = an_event(id="m3", at=NOON - DAY, received_at=NOON + 2 * DAY)
    for number, events in enumerate(([late, early], [overdue], [an_event(id="m4", at=NOON)])):
        timeline.append("u1", events)
        timeline.append("u10", [an_event(id=f"other{number}", profile_id="u10")])

    assert list(timeline.pages("u1")) == [
        (NOON + 2 * DAY, [overdue]),
        (NOON + DAY, [late, early]),
        (NOON, [an_event(id="m4", at=NOON)]),
    ]


def test_who_did_nothing_has_no_pages(timeline_and_reader: tuple[Timeline, Read]) -> None:
    timeline, _ = timeline_and_reader

    assert list(timeline.pages("nobody")) == []


def test_a_long_history_is_read_to_its_end(table_name: str) -> None:
    timeline = DynamoTimeline(boto3.client("dynamodb"), table=table_name)
    count = 20  # of 100 KB each: more than one answer of 1 MB holds
    for n in range(count):
        timeline.append("u1", [an_event(id=f"m{n}", at=NOON + n, properties={"noise": _noise(n, 200_000)})])

    assert [events[0].id for _, events in timeline.pages("u1")] == [f"m{n}" for n in reversed(range(count))]


def test_a_page_lies_under_its_latest_arrival(table_name: str) -> None:
    timeline = DynamoTimeline(boto3.client("dynamodb"), table=table_name)

    timeline.append("u1", [an_event(id="m1", at=NOON), an_event(id="m2", at=NOON - DAY, received_at=NOON + 1_500)])

    [(key, _)] = pages(table_name, "u1")
    assert key.startswith("EVENTS#2026-11-02T12:00:01.500Z#")


def test_batches_of_one_instant_do_not_overwrite_each_other(table_name: str) -> None:
    timeline = DynamoTimeline(boto3.client("dynamodb"), table=table_name)

    timeline.append("u1", [an_event(id="m1")])
    timeline.append("u1", [an_event(id="m2")])

    assert len(pages(table_name, "u1")) == 2


def test_pages_expire_when_they_are_told_to(table_name: str) -> None:
    timeline = DynamoTimeline(boto3.client("dynamodb"), table=table_name, kept_for=10 * DAY)

    timeline.append("u1", [an_event()])

    [item] = boto3.client("dynamodb").scan(TableName=table_name)["Items"]
    assert item["expires_at"] == {"N": str((NOON + 10 * DAY) // 1_000)}


def test_a_batch_too_large_for_an_item_takes_several_pages(table_name: str) -> None:
    timeline = DynamoTimeline(boto3.client("dynamodb"), table=table_name)
    events = [an_event(id=f"m{n}", properties={"noise": _noise(n, 90_000)}) for n in range(10)]

    timeline.append("u1", events)

    items = boto3.client("dynamodb").scan(TableName=table_name)["Items"]
    assert len(items) > 1
    assert all(len(item["events"]["B"]) <= MAX_PAGE for item in items)
    found = [event for _, page in pages(table_name, "u1") for event in page]
    assert sorted(found, key=lambda event: event.id) == events


def test_an_event_too_large_for_an_item_is_an_error_that_lasts(table_name: str) -> None:
    timeline = DynamoTimeline(boto3.client("dynamodb"), table=table_name)

    with pytest.raises(PermanentError):
        timeline.append("u1", [an_event(properties={"noise": _noise(1, 1_600_000)})])


def _noise(seed: int, length: int) -> str:
    """Text that does not compress well."""
    return random.Random(seed).randbytes(length // 2).hex()  # noqa: S311


def test_what_is_changed_takes_its_place_and_what_is_taken_out_goes(timeline_and_reader: tuple[Timeline, Read]) -> None:
    timeline, read = timeline_and_reader
    old, taken, changed, kept = (an_event(id=f"m{n}", at=NOON + n) for n in range(4))
    timeline.append("u1", [old])
    timeline.append("u1", [taken])
    timeline.append("u1", [an_event(id="taken too", at=NOON + 2), changed, kept])
    others = an_event(id="m1", profile_id="u2", at=NOON + 1)
    timeline.append("u2", [others])

    def change(event: Event) -> Event | None:
        if event.id in {"m0", "m1", "taken too"}:
            return None
        return replace(event, anonymous_id=None, name="Changed") if event.id == "m2" else event

    for _ in range(2):
        timeline.rewrite("u1", change, since=NOON + 1)

    assert read("u1") == [old, replace(changed, name="Changed"), kept]
    assert [latest for latest, _ in timeline.pages("u1")] == [NOON + 3, NOON]
    assert read("u2") == [others]
