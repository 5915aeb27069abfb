"""What is bought together, in DynamoDB: an item a product and shard, written with the order's mark or not at all.

The mark makes an order count once, however often it is told and by however many functions at once. An order of n
products is 1 read of 2 + n items and 1 transaction that writes as many. Items that nobody buys any more expire.
"""

import secrets
import time
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from botocore.exceptions import BotoCoreError, ClientError

from shared.adapters.aws_errors import AWS_ERRORS, error_code, translate
from shared.adapters.dynamodb.items import read_items
from shared.adapters.dynamodb.packing import pack, unpack
from shared.domain.messages import Purchase
from shared.domain.shop.companions import (
    MOST_COMPANIONS,
    MOST_POPULAR,
    NOBODY,
    Companions,
    Count,
    added_up,
    weight_at,
    with_order,
)
from shared.domain.timing import DAY, MINUTE, SECOND, Duration, Instant
from shared.errors import PermanentError, ThrottledError
from shared.ports.clock import Clock
from shared.tables import (
    EXPIRY,
    PARTITION_KEY,
    POPULAR_SHARDS,
    PURCHASE_SHARDS,
    SORT_KEY,
    VERSION,
    companions_key,
    counted_key,
    popular_key,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, TransactWriteItemTypeDef

    Item = Mapping[str, AttributeValueTypeDef]

COUNTS: Final = "counts"

KEPT_FOR: Final[Duration] = 400 * DAY
"""After the last order of it; by then that one counts less than a twentieth. An order's mark is kept as long."""

FRESH_FOR: Final[Duration] = 5 * MINUTE
"""How long a process goes by what it read of the whole shop."""

ATTEMPTS: Final = 6
"""How often an order is counted anew because another one of the same products was first."""

PAUSE: Final[Duration] = 20
"""Below how many milliseconds the pause before the second of them is; before each further one, below twice as many."""

_CONFLICTS: Final = frozenset({"None", "ConditionalCheckFailed", "TransactionConflict"})


def rest(at_most: Duration) -> None:
    """For a random while, so that those who were in each other's way come apart."""
    time.sleep(secrets.randbelow(at_most) / SECOND)


class DynamoPurchases:
    """Implements ``ports.shop.Purchases``. ``rest`` passes the time between two attempts."""

    def __init__(
        self,
        client: "DynamoDBClient",
        *,
        table: str,
        clock: Clock,
        fresh_for: Duration = FRESH_FOR,
        rest: Callable[[Duration], None] = rest,
    ) -> None:
        self._client = client
        self._table = table
        self._clock = clock
        self._fresh_for = fresh_for
        self._rest = rest
        self._popular = NOBODY
        self._popular_at: Instant | None = None

    def count(self, purchase: Purchase) -> bool:
        weight = weight_at(purchase.at)
        if not weight:
            return False
        mark = counted_key(purchase.id)
        shard = int(purchase.id[:8], 16)
        kept = [popular_key(shard % POPULAR_SHARDS)]
        kept += (companions_key(sku, shard % PURCHASE_SHARDS) for sku in purchase.skus)
        for attempt in range(ATTEMPTS):
            if attempt:
                self._rest(PAUSE << (attempt - 1))
            items = {
                _key(item): item for item in read_items(self._client, self._table, [mark, *kept], consistently=True)
            }
            if mark in items:
                return False
            every = frozenset(purchase.skus)
            others = [every, *(every - {sku} for sku in purchase.skus)]
            writes = [self._mark(mark)]
            for key, bought in zip(kept, others, strict=True):
                most = MOST_POPULAR if key is kept[0] else MOST_COMPANIONS
                held = items.get(key)
                counted = with_order(NOBODY if held is None else _companions(held), bought, weight, most)
                writes.append(self._write(key, counted, over=held))
            try:
                self._client.transact_write_items(TransactItems=writes)
            except AWS_ERRORS as error:
                if not _is_conflict(error):
                    raise translate(error) from error
            else:
                return True
        raise ThrottledError("too many orders of the same products are counted at once", purchase=purchase.id)

    def companions(self, skus: Collection[str]) -> Mapping[str, Companions]:
        keys = {companions_key(sku, shard): sku for sku in skus for shard in range(PURCHASE_SHARDS)}
        parts: dict[str, list[tuple[tuple[str, str], Companions]]] = {}
        for item in read_items(self._client, self._table, [*keys]):
            parts.setdefault(keys[_key(item)], []).append((_key(item), _companions(item)))
        return {sku: added_up(part for _, part in sorted(of_sku)) for sku, of_sku in parts.items()}

    def popular(self) -> Companions:
        now = self._clock.wall()
        if self._popular_at is None or now - self._popular_at >= self._fresh_for:
            keys = [popular_key(shard) for shard in range(POPULAR_SHARDS)]
            self._popular = added_up(map(_companions, read_items(self._client, self._table, keys)))
            self._popular_at = now
        return self._popular

    def _mark(self, key: tuple[str, str]) -> "TransactWriteItemTypeDef":
        return self._put(key, {}, {"ConditionExpression": f"attribute_not_exists({PARTITION_KEY})"})

    def _write(self, key: tuple[str, str], counted: Companions, *, over: "Item | None") -> "TransactWriteItemTypeDef":
        version = 0 if over is None else int(over[VERSION]["N"])
        item: Item = {VERSION: {"N": str(version + 1)}, COUNTS: {"B": pack(_plain(counted))}}
        if over is None:
            return self._put(key, item, {"ConditionExpression": f"attribute_not_exists({PARTITION_KEY})"})
        condition = {
            "ConditionExpression": f"{VERSION} = :read",
            "ExpressionAttributeValues": {":read": {"N": str(version)}},
        }
        return self._put(key, item, condition)

    def _put(self, key: tuple[str, str], item: "Item", condition: Any) -> "TransactWriteItemTypeDef":
        pk, sk = key
        expiry = {"N": str((self._clock.wall() + KEPT_FOR) // SECOND)}
        whole: Any = {PARTITION_KEY: {"S": pk}, SORT_KEY: {"S": sk}, EXPIRY: expiry, **item}
        put: Any = {"TableName": self._table, "Item": whole, **condition}
        return {"Put": put}


def _key(item: "Item") -> tuple[str, str]:
    return item[PARTITION_KEY]["S"], item[SORT_KEY]["S"]


def _plain(held: Companions) -> list[Any]:
    counts = {sku: [*count] if count.doubt else count.weight for sku, count in held.counts.items()}
    return [held.total, held.floor, counts]


def _companions(item: "Item") -> Companions:
    try:
        total, floor, counts = unpack(item[COUNTS]["B"])
        read = {sku: Count(*one) if isinstance(one, list) else Count(one) for sku, one in counts.items()}
        return Companions(total, read, floor)
    except (KeyError, TypeError, ValueError) as error:
        raise PermanentError("what was bought together cannot be read", item=item[PARTITION_KEY]["S"]) from error


def _is_conflict(error: BotoCoreError | ClientError) -> bool:
    if error_code(error) != "TransactionCanceledException":
        return False
    reasons: Any = cast("ClientError", error).response.get("CancellationReasons", [])
    return bool(reasons) and {reason.get("Code", "None") for reason in reasons} <= _CONFLICTS
