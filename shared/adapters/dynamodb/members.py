"""The people of segments in DynamoDB: an item for each person in each segment, over several partitions.

Each write carries the version of the profile that ordered it, and asks for an older one: changes that come again, or
in another order, end as the latest has it. That holds for a leave only if it leaves something to compare with: who left
keeps an item without ``since``, until nothing older can come any more. The stream alone would not need it, since it
tells of a person in order, and again from the first record that failed; but what was given up is handed over by hand,
months later perhaps.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from shared.adapters.aws_errors import AWS_ERRORS, error_code, translate
from shared.adapters.dynamodb.items import query_pages
from shared.domain.timing import DAY, SECOND, Duration, Instant
from shared.ports.people import Member
from shared.tables import EXPIRY, PARTITION_KEY, SORT_KEY, VERSION, member_key, member_partitions

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, QueryOutputTypeDef

SINCE: Final = "since"
"""Milliseconds; absent of whoever left."""

PROFILE: Final = "profile"
"""The id, where it is too long for the key."""

LEFT_KEPT_FOR: Final[Duration] = 150 * DAY
"""Longer than an effect may wait to be carried out: 14 days as an event among dead letters, which keep it as old as it
was, and 90 in the bucket of what was given up."""


class DynamoMembers:
    """Implements ``ports.people.Members``."""

    def __init__(self, client: "DynamoDBClient", *, table: str) -> None:
        self._client = client
        self._table = table

    def enter(self, segment: str, profile_id: str, at: Instant, *, version: int) -> None:
        self._put(segment, profile_id, version, {SINCE: {"N": str(at)}})

    def leave(self, segment: str, profile_id: str, at: Instant, *, version: int) -> None:
        self._put(segment, profile_id, version, {EXPIRY: {"N": str((at + LEFT_KEPT_FOR) // SECOND)}})

    def people(self, segment: str) -> Iterator[Member]:
        """Eventually consistent, at half the price: the list is about a second behind the people anyway."""
        for answer in self._answers(segment, {"ProjectionExpression": f"{SORT_KEY}, {PROFILE}, {SINCE}"}):
            for item in answer["Items"]:
                yield Member(item.get(PROFILE, item[SORT_KEY])["S"], int(item[SINCE]["N"]))

    def count(self, segment: str) -> int:
        return sum(answer["Count"] for answer in self._answers(segment, {"Select": "COUNT"}))

    def _put(self, segment: str, profile_id: str, version: int, state: "dict[str, AttributeValueTypeDef]") -> None:
        pk, sk = member_key(segment, profile_id)
        identity: dict[str, AttributeValueTypeDef] = {PARTITION_KEY: {"S": pk}, SORT_KEY: {"S": sk}}
        if sk != profile_id:
            identity[PROFILE] = {"S": profile_id}
        try:
            self._client.put_item(
                TableName=self._table,
                Item={**identity, VERSION: {"N": str(version)}, **state},
                ConditionExpression=f"attribute_not_exists({PARTITION_KEY}) OR {VERSION} < :version",
                ExpressionAttributeValues={":version": {"N": str(version)}},
            )
        except AWS_ERRORS as error:
            if error_code(error) != "ConditionalCheckFailedException":
                raise translate(error) from error

    def _answers(self, segment: str, what: Mapping[str, Any]) -> Iterator["QueryOutputTypeDef"]:
        for partition in member_partitions(segment):
            request: Any = {
                "TableName": self._table,
                "KeyConditionExpression": f"{PARTITION_KEY} = :pk",
                "ExpressionAttributeValues": {":pk": {"S": partition}},
                "FilterExpression": f"attribute_exists({SINCE})",
                **what,
            }
            yield from query_pages(self._client, request)
