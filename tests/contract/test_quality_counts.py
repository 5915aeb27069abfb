"""Counts of what was wrong: they add up, over processes and days, and hold no more examples than they may."""

from collections.abc import Callable

import boto3
import pytest

from shared.adapters.dynamodb.quality_counts import DynamoQualityCounts
from shared.domain.intake.flaws import Flaw
from shared.domain.intake.tallies import MAX_PLACES, Tally
from shared.domain.timing import DAY, HOUR
from shared.errors import RetryableError
from shared.ports.intake import QualityCounts
from tests.builders import NOON
from tests.fakes.intake import FakeQualityCounts


@pytest.fixture(params=["fake", "dynamodb"])
def another(request: pytest.FixtureRequest) -> Callable[[], QualityCounts]:
    """Makes one process's way to the same counts."""
    if request.param == "fake":
        counts = FakeQualityCounts()
        return lambda: counts
    table = request.getfixturevalue("table_name")
    shards = iter(range(4))
    return lambda: DynamoQualityCounts(boto3.client("dynamodb"), table=table, shard=next(shards))


def a_tally(events: int = 1, *, flaw: Flaw | None = Flaw.NO_CURRENCY, at: int = NOON, place: str = "x") -> Tally:
    return Tally("http analytics.js", flaw, events, (place,) if flaw else (), at, at)


def test_what_processes_count_adds_up(another: Callable[[], QualityCounts]) -> None:
    one, other = another(), another()
    one.add(a_tally(2, at=NOON - HOUR, place="Order Completed: currency"))
    other.add(a_tally(3, place="Product Added: currency"))
    one.add(a_tally(10, flaw=None))

    assert sorted(one.read(NOON, NOON), key=lambda tally: tally.events) == [
        Tally(
            "http analytics.js",
            Flaw.NO_CURRENCY,
            5,
            ("Order Completed: currency", "Product Added: currency"),
            NOON - HOUR,
            NOON,
        ),
        Tally("http analytics.js", None, 10, (), NOON, NOON),
    ]


def test_days_outside_are_not_read(another: Callable[[], QualityCounts]) -> None:
    counts = another()
    for days_ago in (0, 1, 2, 3):
        counts.add(a_tally(10**days_ago, at=NOON - days_ago * DAY))

    (tally,) = counts.read(NOON - 2 * DAY - HOUR, NOON - DAY + HOUR)
    assert (tally.events, tally.first_at, tally.last_at) == (110, NOON - 2 * DAY, NOON - DAY)


def test_examples_are_no_more_than_they_may_be(another: Callable[[], QualityCounts]) -> None:
    counts = another()
    for number in range(3 * MAX_PLACES):
        counts.add(a_tally(place=f"place {number}"))

    (tally,) = counts.read(NOON, NOON)
    assert (tally.events, len(tally.places)) == (3 * MAX_PLACES, MAX_PLACES)


def test_items_expire(table_name: str) -> None:
    client = boto3.client("dynamodb")
    DynamoQualityCounts(client, table=table_name).add(a_tally())

    (item,) = client.scan(TableName=table_name)["Items"]
    assert int(item["expires_at"]["N"]) == (NOON + 90 * DAY) // 1_000


def test_a_failure_may_be_tried_again(aws: None) -> None:
    with pytest.raises(RetryableError):
        DynamoQualityCounts(boto3.client("dynamodb"), table="missing").add(a_tally())
