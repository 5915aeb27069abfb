"""Coupons in DynamoDB: an item a code, one beside the person who was given it, and one for each free code of a pool.

What leads from the person to the code is written before the code is, or with it: an erasure finds every code that
tells of somebody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, cast

from botocore.exceptions import ClientError

from shared.adapters.aws_errors import AWS_ERRORS, error_code, translate
from shared.adapters.dynamodb.items import put_items, query_pages, read_item, read_items
from shared.domain.shop.coupon_codes import canonical
from shared.domain.shop.coupons import Coupon, CouponStatus
from shared.domain.timing import DAY, SECOND, Duration, Instant
from shared.errors import ThrottledError
from shared.ports.shop import Drawn
from shared.tables import EXPIRY, PARTITION_KEY, SORT_KEY, coupon_key, given_coupon_key, pool_key, pool_partition

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEPT_AFTER: Final[Duration] = 400 * DAY
"""How long a coupon that is over, or redeemed, can be asked about."""

WINDOW: Final = 25
"""Free codes among which a message takes its own: so many may be drawn at once without getting in each other's way."""

ATTEMPTS: Final = 5

OF_POOL: Final = "of_pool"
"""Marks, beside the person, a code that came out of a pool: an erasure leaves the code, without the person."""

TEXTS: Final = {
    "offer": "coupon",
    "profile_id": "profile",
    "message_id": "message_id",
    "message": "message",
    "journey": "journey",
}

_REFUSED: Final = "ConditionalCheckFailedException"
_UNMET: Final = "ConditionalCheckFailed"
_LOST: Final = frozenset({"TransactionCanceledException", "TransactionConflictException"})


class DynamoCoupons:
    """Implements ``ports.shop.Coupons``."""

    def __init__(self, client: "DynamoDBClient", *, table: str) -> None:
        self._client = client
        self._table = table

    def reserve(self, coupon: Coupon) -> bool:
        self._write("put_item", Item=_given(coupon))
        held = self._try(
            "put_item",
            Item=_item(coupon),
            ConditionExpression=_FREE_OR_OURS,
            ExpressionAttributeNames=_STATUS,
            ExpressionAttributeValues={
                ":message": {"S": coupon.message_id},
                ":redeemed": {"S": CouponStatus.REDEEMED},
            },
        )
        return held is None or held.get("message_id", {}).get("S") == coupon.message_id

    def draw(self, coupon: Coupon) -> Drawn | None:
        first = int(sha256(coupon.message_id.encode()).hexdigest(), 16)
        for turn in range(ATTEMPTS):
            given = read_item(self._client, self._table, _given_key(coupon))
            if given is not None:
                return Drawn(given["code"]["S"], is_low=False)
            free = self._free(coupon.offer)
            if not free:
                return None
            code = free[(first + turn) % len(free)]
            refused = self._take(coupon, code)
            if refused is None:
                return Drawn(code, is_low=len(free) < WINDOW)
            if refused == _UNMET:
                self._discard(coupon, code)
        raise ThrottledError("too many messages draw from one pool at once", pool=coupon.offer)

    def release(self, coupon: Coupon, *, is_of_pool: bool) -> None:
        given = read_item(self._client, self._table, _given_key(coupon))
        if given is None:
            return
        code = given["code"]["S"]
        if not is_of_pool:
            released: dict[str, Any] = {":released": {"S": CouponStatus.RELEASED}, **_values(coupon)}
            self._try(
                "update_item",
                Key=_key(coupon_key(code)),
                UpdateExpression="SET #status = :released",
                ConditionExpression=_OURS,
                ExpressionAttributeNames=_STATUS,
                ExpressionAttributeValues=released,
            )
            return
        own = {
            "ConditionExpression": _OURS,
            "ExpressionAttributeNames": _STATUS,
            "ExpressionAttributeValues": _values(coupon),
        }
        refused = self._together(
            [
                {"Delete": {"TableName": self._table, "Key": _key(coupon_key(code)), **own}},
                {"Put": {"TableName": self._table, "Item": _free_item(coupon.offer, code)}},
                {"Delete": {"TableName": self._table, "Key": _key(_given_key(coupon))}},
            ]
        )
        if refused not in {None, _UNMET}:  # else it was redeemed meanwhile, or is free already
            raise ThrottledError("a coupon could not be taken back", pool=coupon.offer)

    def find(self, code: str) -> Coupon | None:
        item = read_item(self._client, self._table, coupon_key(code))
        return None if item is None else _coupon(item)

    def redeem(self, code: str, *, order_id: str, at: Instant) -> Coupon | None:
        values: dict[str, Any] = {
            ":redeemed": {"S": CouponStatus.REDEEMED},
            ":reserved": {"S": CouponStatus.RESERVED},
            ":at": {"N": str(at)},
            ":order": {"S": order_id},
        }
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=_key(coupon_key(code)),
                UpdateExpression="SET #status = :redeemed, redeemed_at = :at, order_id = :order",
                ConditionExpression="#status = :reserved AND (attribute_not_exists(ends_at) OR ends_at > :at)",
                ExpressionAttributeNames=_STATUS,
                ExpressionAttributeValues=values,
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except AWS_ERRORS as error:
            if error_code(error) != _REFUSED:
                raise translate(error) from error
            held: Any = cast("ClientError", error).response.get("Item")
            return _coupon(held) if held else None
        return _coupon(answer["Attributes"])

    def add(self, pool: str, codes: Sequence[str]) -> int:
        fresh = {canonical(code): code for code in codes}
        given = read_items(self._client, self._table, [*map(coupon_key, fresh)], consistently=True)
        known = {canonical(item["code"]["S"]) for item in given}
        put_items(
            self._client, self._table, [_free_item(pool, code) for key, code in fresh.items() if key not in known]
        )
        return len(fresh.keys() - known)

    def left(self, pool: str) -> int:
        request: Any = {**self._all_of(pool), "Select": "COUNT"}
        return sum(answer["Count"] for answer in query_pages(self._client, request))

    def _free(self, pool: str) -> list[str]:
        try:
            answer = self._client.query(**self._all_of(pool), Limit=WINDOW)
        except AWS_ERRORS as error:
            raise translate(error) from error
        return [item["code"]["S"] for item in answer["Items"]]

    def _all_of(self, pool: str) -> dict[str, Any]:
        return {
            "TableName": self._table,
            "KeyConditionExpression": f"{PARTITION_KEY} = :pk",
            "ExpressionAttributeValues": {":pk": {"S": pool_partition(pool)}},
            "ConsistentRead": True,
        }

    def _take(self, coupon: Coupon, code: str) -> str | None:
        taken = replace(coupon, code=code)
        unused = {"ConditionExpression": f"attribute_not_exists({PARTITION_KEY})"}
        return self._together(
            [
                {"Put": {"TableName": self._table, "Item": _item(taken), **unused}},
                {
                    "Delete": {
                        "TableName": self._table,
                        "Key": _key(pool_key(coupon.offer, code)),
                        "ConditionExpression": f"attribute_exists({PARTITION_KEY})",
                    }
                },
                {"Put": {"TableName": self._table, "Item": _given(taken) | {OF_POOL: {"BOOL": True}}, **unused}},
            ]
        )

    def _discard(self, coupon: Coupon, code: str) -> None:
        """What stands in the pool although somebody was given it, out of another pool or while it was added again."""
        another = {
            "ConditionExpression": _ANOTHERS,
            "ExpressionAttributeValues": {":message": {"S": coupon.message_id}, ":offer": {"S": coupon.offer}},
        }
        self._together(
            [
                {"ConditionCheck": {"TableName": self._table, "Key": _key(coupon_key(code)), **another}},
                {"Delete": {"TableName": self._table, "Key": _key(pool_key(coupon.offer, code))}},
            ]
        )

    def _together(self, writes: Sequence[Any]) -> str | None:
        """All of them, or none: then what AWS says of the first, the code's own, which need not be why."""
        try:
            self._client.transact_write_items(TransactItems=writes)
        except AWS_ERRORS as error:
            if error_code(error) not in _LOST:
                raise translate(error) from error
            reasons = cast("Any", error).response.get("CancellationReasons") or [{}]
            return str(reasons[0].get("Code", ""))
        return None

    def _write(self, operation: str, **request: Any) -> None:
        try:
            getattr(self._client, operation)(TableName=self._table, **request)
        except AWS_ERRORS as error:
            raise translate(error) from error

    def _try(self, operation: str, **request: Any) -> Mapping[str, Any] | None:
        """What is there instead, where the condition does not hold; ``None``: it was written."""
        try:
            getattr(self._client, operation)(
                TableName=self._table, ReturnValuesOnConditionCheckFailure="ALL_OLD", **request
            )
        except AWS_ERRORS as error:
            if error_code(error) != _REFUSED:
                raise translate(error) from error
            held: Any = cast("ClientError", error).response.get("Item")
            return held or {}
        return None


_STATUS: Final = {"#status": "status"}
_FREE_OR_OURS: Final = f"attribute_not_exists({PARTITION_KEY}) OR (message_id = :message AND #status <> :redeemed)"
_ANOTHERS: Final = (
    f"attribute_exists({PARTITION_KEY}) AND "
    "(attribute_not_exists(message_id) OR message_id <> :message OR coupon <> :offer)"
)
_OURS: Final = "message_id = :message AND #status = :reserved"


def _values(coupon: Coupon) -> dict[str, Any]:
    return {":message": {"S": coupon.message_id}, ":reserved": {"S": CouponStatus.RESERVED}}


def _key(key: tuple[str, str]) -> dict[str, Any]:
    return {PARTITION_KEY: {"S": key[0]}, SORT_KEY: {"S": key[1]}}


def _given_key(coupon: Coupon) -> tuple[str, str]:
    return given_coupon_key(coupon.profile_id, coupon.reserved_at, coupon.message_id, coupon.offer)


def _expiry(coupon: Coupon) -> dict[str, Any]:
    """By the instants of the system's own clock, which runs with the wall's but in the local cloud."""
    if coupon.ends_at is None:
        return {}
    return {EXPIRY: {"N": str((coupon.ends_at + KEPT_AFTER) // SECOND)}}


def _item(coupon: Coupon) -> dict[str, Any]:
    item = {
        **_key(coupon_key(coupon.code)),
        "code": {"S": coupon.code},
        "status": {"S": coupon.status.value},
        "reserved_at": {"N": str(coupon.reserved_at)},
        **{name: {"S": getattr(coupon, field)} for field, name in TEXTS.items()},
        **_expiry(coupon),
    }
    return item if coupon.ends_at is None else item | {"ends_at": {"N": str(coupon.ends_at)}}


def _given(coupon: Coupon) -> dict[str, Any]:
    return {
        **_key(_given_key(coupon)),
        "code": {"S": coupon.code},
        "coupon": {"S": coupon.offer},
        "message": {"S": coupon.message},
        **_expiry(coupon),
    }


def nobodys_item(code: str) -> dict[str, Any]:
    """Of a code that somebody was given who is forgotten: never found, redeemed or given again."""
    return {**_key(coupon_key(code)), "code": {"S": code}}


def _free_item(pool: str, code: str) -> dict[str, Any]:
    return {**_key(pool_key(pool, code)), "code": {"S": code}}


def _coupon(item: Mapping[str, Any]) -> Coupon | None:
    if "profile" not in item:  # ``nobodys_item``
        return None
    return Coupon(
        code=item["code"]["S"],
        status=CouponStatus(item["status"]["S"]),
        reserved_at=int(item["reserved_at"]["N"]),
        ends_at=int(item["ends_at"]["N"]) if "ends_at" in item else None,
        redeemed_at=int(item["redeemed_at"]["N"]) if "redeemed_at" in item else None,
        order_id=item.get("order_id", {}).get("S", ""),
        **{field: item[name]["S"] for field, name in TEXTS.items()},
    )
