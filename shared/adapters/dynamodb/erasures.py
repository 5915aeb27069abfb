"""Receipts of erasures in DynamoDB, without anything of anybody; and, while one is under way, what it has to find."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from shared.adapters.aws_errors import AWS_ERRORS, error_code, translate
from shared.adapters.dynamodb.items import read_item
from shared.adapters.dynamodb.packing import pack, unpack
from shared.domain.rights.erasure import Belongings, Erasure, ErasureStatus, belongings_from_dict, belongings_to_dict
from shared.domain.timing import DAY, SECOND, Duration, Instant
from shared.ports.clock import Clock
from shared.tables import EXPIRY, PARTITION_KEY, SORT_KEY, belongings_key, erasure_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

KEPT_FOR: Final[Duration] = 400 * DAY
"""A receipt: long enough to answer for it."""

UNDER_WAY: Final[Duration] = 30 * DAY
"""What is to be found, should nobody ever end the erasure: longer than its order can wait in queues."""

COUNT: Final = "count_"
CONTENT: Final = "content"


class DynamoErasures:
    """Implements ``ports.rights.Erasures``."""

    def __init__(self, client: "DynamoDBClient", *, table: str, clock: Clock) -> None:
        self._client = client
        self._table = table
        self._clock = clock

    def open(self, receipt: str, at: Instant) -> None:
        try:
            self._client.put_item(
                TableName=self._table,
                Item={
                    **_key(erasure_key(receipt)),
                    "status": {"S": ErasureStatus.ACCEPTED.value},
                    "requested_at": {"N": str(at)},
                    EXPIRY: self._expiry(KEPT_FOR),
                },
                ConditionExpression=f"attribute_not_exists({PARTITION_KEY})",
            )
        except AWS_ERRORS as error:
            if error_code(error) != "ConditionalCheckFailedException":
                raise translate(error) from error

    def find(self, receipt: str) -> Erasure | None:
        item = read_item(self._client, self._table, erasure_key(receipt))
        if item is None or "requested_at" not in item:
            return None
        return Erasure(
            receipt=receipt,
            status=ErasureStatus(item["status"]["S"]),
            requested_at=int(item["requested_at"]["N"]),
            done_at=int(item["done_at"]["N"]) if "done_at" in item else None,
            counts={
                name.removeprefix(COUNT): int(value["N"])
                for name, value in sorted(item.items())
                if name.startswith(COUNT)
            },
        )

    def add(self, receipt: str, counts: Mapping[str, int]) -> None:
        found = {name: count for name, count in counts.items() if count}
        if not found:
            return
        try:
            self._client.update_item(
                TableName=self._table,
                Key=_key(erasure_key(receipt)),
                UpdateExpression="ADD " + ", ".join(f"{COUNT}{name} :{name}" for name in found),
                ExpressionAttributeValues={f":{name}": {"N": str(count)} for name, count in found.items()},
            )
        except AWS_ERRORS as error:
            raise translate(error) from error

    def close(self, receipt: str, at: Instant) -> None:
        try:
            self._client.delete_item(TableName=self._table, Key=_key(belongings_key(receipt)))
            self._client.update_item(
                TableName=self._table,
                Key=_key(erasure_key(receipt)),
                UpdateExpression="SET #status = :done, done_at = if_not_exists(done_at, :at)",
                ExpressionAttributeNames={"#status": "status"},
                ExpressionAttributeValues={":done": {"S": ErasureStatus.DONE.value}, ":at": {"N": str(at)}},
            )
        except AWS_ERRORS as error:
            raise translate(error) from error

    def remember(self, receipt: str, belongings: Belongings) -> None:
        try:
            self._client.put_item(
                TableName=self._table,
                Item={
                    **_key(belongings_key(receipt)),
                    CONTENT: {"B": pack(belongings_to_dict(belongings))},
                    EXPIRY: self._expiry(UNDER_WAY),
                },
            )
        except AWS_ERRORS as error:
            raise translate(error) from error

    def recall(self, receipt: str) -> Belongings | None:
        item = read_item(self._client, self._table, belongings_key(receipt))
        return None if item is None else belongings_from_dict(unpack(item[CONTENT]["B"]))

    def _expiry(self, after: Duration) -> "AttributeValueTypeDef":
        return {"N": str((self._clock.wall() + after) // SECOND)}


def _key(key: tuple[str, str]) -> "dict[str, AttributeValueTypeDef]":
    return {PARTITION_KEY: {"S": key[0]}, SORT_KEY: {"S": key[1]}}
