"""How far a back-fill has come, kept in the table: whoever starts it again, wherever, goes on from there."""

import json
from dataclasses import asdict, dataclass, replace

from infra.backfill.people import Page, Place
from infra.operations.cloud import Cloud
from shared.domain.timing import Instant
from shared.tables import PARTITION_KEY, SORT_KEY, backfill_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """One back-fill.

    Attributes:
        generation: for which people are to be whole.
        everybody: whether those are asked, too, who are.
        began_at: the system's time; names the events, so that one asked twice within minutes is asked once.
        asked, scanned: people, and items of any kind, so far.
        place: where it goes on; ``None`` at the beginning, and at the end, which ``is_done`` tells.
    """

    generation: int
    everybody: bool
    began_at: Instant
    asked: int = 0
    scanned: int = 0
    place: Place | None = None
    is_done: bool = False

    @property
    def event_id(self) -> str:
        return f"backfill:{self.generation}.{self.began_at}"

    def after(self, page: Page) -> "Position":
        return replace(
            self,
            asked=self.asked + len(page.people),
            scanned=self.scanned + page.scanned,
            place=page.follows,
            is_done=page.follows is None,
        )


def load_position(cloud: Cloud, *, generation: int, everybody: bool) -> Position | None:
    """Where a back-fill of this kind was broken off, if one was."""
    pk, sk = backfill_key()
    key = {PARTITION_KEY: {"S": pk}, SORT_KEY: {"S": sk}}
    item = cloud.dynamodb.get_item(TableName=cloud.table, Key=key, ConsistentRead=True).get("Item")
    if item is None:
        return None
    position = Position(**json.loads(item["position"]["S"]))
    is_of_this_kind = (position.generation, position.everybody) == (generation, everybody)
    return position if is_of_this_kind and not position.is_done else None


def save_position(cloud: Cloud, position: Position) -> None:
    pk, sk = backfill_key()
    item = {PARTITION_KEY: {"S": pk}, SORT_KEY: {"S": sk}, "position": {"S": json.dumps(asdict(position))}}
    cloud.dynamodb.put_item(TableName=cloud.table, Item=item)
