"""The timeline in DynamoDB: one item, a page, holds the events of one batch, and expires."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from shared.adapters.aws_errors import AWS_ERRORS, translate
from shared.adapters.dynamodb.items import delete_items, put_items, query_pages
from shared.adapters.dynamodb.packing import pack, unpack
from shared.domain.events import Event, event_from_dict, event_to_dict
from shared.domain.own_events import DECIDED
from shared.domain.timing import DAY, SECOND, Duration, Instant
from shared.tables import (
    EXPIRY,
    PARTITION_KEY,
    SORT_KEY,
    timeline_end,
    timeline_instant,
    timeline_key,
    timeline_range,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, QueryInputTypeDef

EVENTS: Final = "events"

MAX_PAGE: Final = 350_000
"""Bytes, below DynamoDB's 400 KB an item."""


class DynamoTimeline:
    """Implements ``ports.people.Timeline``.

    A page is named after its events and filed under its latest arrival, so that every event since T lies in the pages
    since T. A batch that is delivered again in another cut repeats events in another page: readers go by event id.
    """

    def __init__(self, client: "DynamoDBClient", *, table: str, kept_for: Duration = 730 * DAY) -> None:
        self._client = client
        self._table = table
        self._kept_for = kept_for

    def append(self, profile_id: str, events: Sequence[Event]) -> None:
        for page, packed in _pages(events):
            latest = max(event.received_at for event in page)
            pk, sk = timeline_key(profile_id, latest, _page_id(page))
            try:
                self._client.put_item(
                    TableName=self._table,
                    Item={
                        PARTITION_KEY: {"S": pk},
                        SORT_KEY: {"S": sk},
                        EVENTS: {"B": packed},
                        EXPIRY: {"N": str((latest + self._kept_for) // SECOND)},
                    },
                )
            except AWS_ERRORS as error:
                raise translate(error) from error

    def pages(self, profile_id: str, *, until: Instant | None = None) -> Iterator[tuple[Instant, Sequence[Event]]]:
        first, (_, end) = timeline_range(profile_id)
        last = end if until is None else timeline_end(until)
        request: QueryInputTypeDef = {
            "TableName": self._table,
            "KeyConditionExpression": f"{PARTITION_KEY} = :pk AND {SORT_KEY} BETWEEN :first AND :last",
            "ExpressionAttributeValues": {":pk": {"S": first[0]}, ":first": {"S": first[1]}, ":last": {"S": last}},
            "ProjectionExpression": f"{SORT_KEY}, {EVENTS}",
            "ScanIndexForward": False,
            "ConsistentRead": True,
        }
        for answer in query_pages(self._client, request):
            for item in answer["Items"]:
                yield timeline_instant(item[SORT_KEY]["S"]), read_page(profile_id, item[EVENTS]["B"])

    def rewrite(self, profile_id: str, change: Callable[[Event], Event | None], *, since: Instant) -> None:
        """A page keeps its name: the batch that it was filed for may be delivered once more."""
        pk = f"PROFILE#{profile_id}"
        request: QueryInputTypeDef = {
            "TableName": self._table,
            "KeyConditionExpression": f"{PARTITION_KEY} = :pk AND {SORT_KEY} BETWEEN :first AND :last",
            "ExpressionAttributeValues": {
                ":pk": {"S": pk},
                ":first": {"S": timeline_key(profile_id, since, "")[1]},
                ":last": {"S": timeline_range(profile_id)[1][1]},
            },
            "ConsistentRead": True,
        }
        for answer in query_pages(self._client, request):
            emptied: list[tuple[str, str]] = []
            left: list[Mapping[str, AttributeValueTypeDef]] = []
            for item in answer["Items"]:
                events = read_page(profile_id, item[EVENTS]["B"])
                staying = [made for event in events if (made := change(event)) is not None]
                if not staying:
                    emptied.append((pk, item[SORT_KEY]["S"]))
                elif staying != events:
                    left.append({**item, EVENTS: {"B": pack([*map(_plain, staying)])}})
            put_items(self._client, self._table, left)
            delete_items(self._client, self._table, emptied)


def read_page(profile_id: str, packed: bytes) -> list[Event]:
    """The events of a page's ``events`` attribute, in the order of their arrival."""
    return [event_from_dict({**plain, "profileId": profile_id}) for plain in unpack(packed)]


def _pages(events: Sequence[Event]) -> Iterator[tuple[Sequence[Event], bytes]]:
    if not events:
        return
    packed = pack([*map(_plain, events)])
    if len(packed) <= MAX_PAGE or len(events) == 1:
        yield events, packed
        return
    middle = len(events) // 2
    yield from _pages(events[:middle])
    yield from _pages(events[middle:])


def _plain(event: Event) -> dict[str, Any]:
    """The canonical event without what the page's key says."""
    plain = event_to_dict(event)
    del plain["profileId"]
    return plain


def _page_id(events: Sequence[Event]) -> str:
    """The same for the same events, whatever was noticed because of them: another attempt may decide otherwise."""
    named = [event.known_as for event in events if event.source != DECIDED] or [event.id for event in events]
    return hashlib.sha256(json.dumps(named).encode()).hexdigest()[:16]
