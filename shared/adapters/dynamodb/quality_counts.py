"""What was wrong with what came in, counted in DynamoDB: an item for each day, sender and kind, over a few partitions.

A process writes to one partition, so that a flood of faults, which every process sees, is spread; each writes at
most every few seconds, whatever comes. The items expire.
"""

import random
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from shared.adapters.aws_errors import AWS_ERRORS, translate
from shared.adapters.dynamodb.items import query_pages
from shared.domain.intake.flaws import Flaw
from shared.domain.intake.tallies import MAX_PLACES, Tally, summed_up
from shared.domain.timing import DAY, SECOND, Instant, format_instant
from shared.tables import EXPIRY, PARTITION_KEY, QUALITY_SHARDS, SORT_KEY, quality_key, quality_partitions

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEPT_FOR: Final = 90 * DAY
EVENTS: Final = "events"
PLACES: Final = "places"
FIRST: Final = "first_at"
LAST: Final = "last_at"


class DynamoQualityCounts:
    """Implements ``ports.intake.QualityCounts``."""

    def __init__(self, client: "DynamoDBClient", *, table: str, shard: int | None = None) -> None:
        self._client = client
        self._table = table
        self._shard = random.randrange(QUALITY_SHARDS) if shard is None else shard  # noqa: S311  # spreads load
        self._full: set[tuple[str, str]] = set()
        """The items that hold examples enough."""

    def add(self, tally: Tally) -> None:
        pk, sk = key = quality_key(_day(tally.last_at), self._shard, tally.source, tally.flaw or "")
        values: Any = {
            ":events": {"N": str(tally.events)},
            ":first": {"N": str(tally.first_at)},
            ":last": {"N": str(tally.last_at)},
            ":expiry": {"N": str((tally.last_at + KEPT_FOR) // SECOND)},
        }
        added = f"{EVENTS} :events"
        places = [place for place in tally.places if place]
        if places and key not in self._full:
            values[":places"] = {"SS": places[:MAX_PLACES]}
            added += f", {PLACES} :places"
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key={PARTITION_KEY: {"S": pk}, SORT_KEY: {"S": sk}},
                UpdateExpression=f"ADD {added} "
                f"SET {FIRST} = if_not_exists({FIRST}, :first), {LAST} = :last, {EXPIRY} = :expiry",
                ExpressionAttributeValues=values,
                ReturnValues="ALL_NEW",
            )
        except AWS_ERRORS as error:
            raise translate(error) from error
        if len(answer["Attributes"].get(PLACES, {}).get("SS", ())) >= MAX_PLACES:
            self._full = {one for one in self._full if one[0] == pk} | {key}

    def read(self, first: Instant, last: Instant) -> Sequence[Tally]:
        """Eventually consistent, at half the price."""
        days = dict.fromkeys(_day(at) for at in (*range(first, last, DAY), last))
        partitions = (partition for day in days for partition in quality_partitions(day))
        return summed_up(tally for partition in partitions for tally in self._read(partition))

    def _read(self, partition: str) -> Iterator[Tally]:
        request: Any = {
            "TableName": self._table,
            "KeyConditionExpression": f"{PARTITION_KEY} = :pk",
            "ExpressionAttributeValues": {":pk": {"S": partition}},
        }
        for answer in query_pages(self._client, request):
            yield from map(_tally, answer["Items"])


def _tally(item: Any) -> Tally:
    flaw, _, source = item[SORT_KEY]["S"].partition("#")
    return Tally(
        source=source,
        flaw=Flaw(flaw) if flaw else None,
        events=int(item[EVENTS]["N"]),
        places=tuple(sorted(item.get(PLACES, {}).get("SS", ()))),
        first_at=int(item[FIRST]["N"]),
        last_at=int(item[LAST]["N"]),
    )


def _day(at: Instant) -> str:
    return format_instant(at)[: len("2026-11-02")]
