"""Who was erased, in DynamoDB: an item under the digest of the profile's id, which holds an instant and expires."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from shared.adapters.aws_errors import AWS_ERRORS, error_code, translate
from shared.adapters.dynamodb.items import read_item
from shared.domain.timing import DAY, SECOND, Duration, Instant
from shared.ports.clock import Clock
from shared.tables import EXPIRY, PARTITION_KEY, SORT_KEY, erased_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEPT_FOR: Final[Duration] = 400 * DAY
"""Longer than anything of the person can turn up: dead letters wait for 14 days and again for 14, files for 90."""

AT: Final = "at"


class DynamoErasedPeople:
    """Implements ``ports.rights.ErasedPeople``; ``digest`` makes one of an id (``services.digests``)."""

    def __init__(self, client: "DynamoDBClient", *, table: str, digest: Callable[[str], str], clock: Clock) -> None:
        self._client = client
        self._table = table
        self._digest = digest
        self._clock = clock

    def mark(self, profile_id: str, at: Instant) -> None:
        pk, sk = erased_key(self._digest(profile_id))
        try:
            self._client.update_item(
                TableName=self._table,
                Key={PARTITION_KEY: {"S": pk}, SORT_KEY: {"S": sk}},
                UpdateExpression=f"SET #at = :at, {EXPIRY} = :expiry",
                ConditionExpression="attribute_not_exists(#at) OR #at < :at",
                ExpressionAttributeNames={"#at": AT},
                ExpressionAttributeValues={
                    ":at": {"N": str(at)},
                    ":expiry": {"N": str((self._clock.wall() + KEPT_FOR) // SECOND)},
                },
            )
        except AWS_ERRORS as error:
            if error_code(error) != "ConditionalCheckFailedException":
                raise translate(error) from error

    def erased_at(self, profile_id: str) -> Instant | None:
        item = read_item(self._client, self._table, erased_key(self._digest(profile_id)))
        return None if item is None else int(item[AT]["N"])
