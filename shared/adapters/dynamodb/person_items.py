"""What the table holds of a person, removed: item by item, found by keys alone."""

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from shared.adapters.aws_errors import AWS_ERRORS, error_code, translate
from shared.adapters.dynamodb.coupons import OF_POOL, nobodys_item
from shared.adapters.dynamodb.items import query_pages
from shared.domain.channels.short_links import token_of
from shared.domain.timing import Instant, parse_instant
from shared.errors import ThrottledError
from shared.tables import (
    PARTITION_KEY,
    SORT_KEY,
    alias_key,
    coupon_key,
    coupons_partition,
    link_key,
    member_key,
    message_key,
    profile_key,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, QueryInputTypeDef

MAX_WRITES: Final = 25
"""How many DynamoDB takes in one call."""

ATTEMPTS: Final = 5
"""How often what it left out is asked for again."""


class DynamoPersonItems:
    """Implements ``ports.rights.PersonItems``."""

    def __init__(self, client: "DynamoDBClient", *, table: str) -> None:
        self._client = client
        self._table = table

    def remove_profile(self, profile_id: str) -> int:
        return self._delete(profile_key(profile_id))

    def remove_records(self, profile_id: str, *, until: Instant | None = None) -> int:
        keys = (key for key in self._keys(profile_id) if until is None or _is_dated_until(key[1], until))
        return self._delete_all(keys)

    def remove_coupons(self, profile_id: str, *, until: Instant | None = None) -> int:
        """The codes first: they are found by what leads to them alone. A pool's stay, or they would be given again."""
        request: QueryInputTypeDef = {
            "TableName": self._table,
            "KeyConditionExpression": f"{PARTITION_KEY} = :pk",
            "ExpressionAttributeValues": {":pk": {"S": coupons_partition(profile_id)}},
            "ConsistentRead": True,
        }
        count = 0
        for answer in query_pages(self._client, request):
            theirs = [
                item
                for item in answer["Items"]
                if until is None or parse_instant(item[SORT_KEY]["S"].partition("#")[0]) <= until
            ]
            count += sum(self._make_nobodys(item["code"]["S"], profile_id) for item in theirs if OF_POOL in item)
            generated = {coupon_key(item["code"]["S"]): None for item in theirs if OF_POOL not in item}
            count += self._delete_all(iter(generated))
            self._delete_all((item[PARTITION_KEY]["S"], item[SORT_KEY]["S"]) for item in theirs)
        return count

    def release(self, kind: str, value: str, profile_ids: Collection[str]) -> int:
        owners = {f":p{number}": profile_id for number, profile_id in enumerate(sorted(profile_ids))}
        held: list[str] = list(owners)
        for start in range(0, len(held), 100):  # IN takes a hundred
            names = held[start : start + 100]
            values: dict[str, AttributeValueTypeDef] = {name: {"S": owners[name]} for name in names}
            if self._delete(alias_key(kind, value), f"profile IN ({', '.join(names)})", values):
                return 1
        return 0

    def forget_messages(self, message_ids: Collection[str]) -> int:
        keys = (key for id_ in sorted(message_ids) for key in (message_key(id_), link_key(token_of(id_))))
        return self._delete_all(keys) // 2

    def unlist(self, segments: Collection[str], profile_id: str) -> int:
        return sum(self._delete(member_key(segment, profile_id)) for segment in sorted(segments))

    def _keys(self, profile_id: str) -> Iterator[tuple[str, str]]:
        request: QueryInputTypeDef = {
            "TableName": self._table,
            "KeyConditionExpression": f"{PARTITION_KEY} = :pk",
            "ExpressionAttributeValues": {":pk": {"S": f"PROFILE#{profile_id}"}},
            "ProjectionExpression": f"{PARTITION_KEY}, {SORT_KEY}",
            "ConsistentRead": True,
        }
        for answer in query_pages(self._client, request):
            found = ((item[PARTITION_KEY]["S"], item[SORT_KEY]["S"]) for item in answer["Items"])
            yield from (key for key in found if key != profile_key(profile_id))

    def _make_nobodys(self, code: str, profile_id: str) -> int:
        """Unless it was taken back meanwhile, and is free, or another's."""
        try:
            self._client.put_item(
                TableName=self._table,
                Item=nobodys_item(code),
                ConditionExpression="profile = :profile",
                ExpressionAttributeValues={":profile": {"S": profile_id}},
            )
        except AWS_ERRORS as error:
            if error_code(error) == "ConditionalCheckFailedException":
                return 0
            raise translate(error) from error
        return 1

    def _delete(
        self,
        key: tuple[str, str],
        condition: str = f"attribute_exists({PARTITION_KEY})",
        values: "dict[str, AttributeValueTypeDef] | None" = None,
    ) -> int:
        request: Any = {"TableName": self._table, "Key": _key(key), "ConditionExpression": condition}
        if values:
            request["ExpressionAttributeValues"] = values
        try:
            self._client.delete_item(**request)
        except AWS_ERRORS as error:
            if error_code(error) == "ConditionalCheckFailedException":
                return 0
            raise translate(error) from error
        return 1

    def _delete_all(self, keys: Iterator[tuple[str, str]]) -> int:
        count = 0
        batch: list[tuple[str, str]] = []
        for key in keys:
            batch.append(key)
            if len(batch) == MAX_WRITES:
                count += self._delete_batch(batch)
                batch = []
        return count + self._delete_batch(batch)

    def _delete_batch(self, keys: Sequence[tuple[str, str]]) -> int:
        wanted: Any = {self._table: [{"DeleteRequest": {"Key": _key(key)}} for key in keys]}
        for _ in range(ATTEMPTS if keys else 0):
            try:
                answer = self._client.batch_write_item(RequestItems=wanted)
            except AWS_ERRORS as error:
                raise translate(error) from error
            wanted = answer.get("UnprocessedItems")
            if not wanted:
                return len(keys)
        if keys:
            raise ThrottledError("the table writes too little at once", unwritten=len(wanted[self._table]))
        return 0


def _is_dated_until(sort_key: str, until: Instant) -> bool:
    """Whether the key holds an instant, as pages, statements, messages and merges do, that is not a later one."""
    _, _, rest = sort_key.partition("#")
    try:
        return parse_instant(rest.partition("#")[0]) <= until
    except ValueError:
        return False


def _key(key: tuple[str, str]) -> "dict[str, AttributeValueTypeDef]":
    return {PARTITION_KEY: {"S": key[0]}, SORT_KEY: {"S": key[1]}}
