"""Aliases in DynamoDB: which profile an identifier belongs to. The first claim stands."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

from botocore.exceptions import ClientError

from shared.adapters.aws_errors import AWS_ERRORS, error_code, translate
from shared.errors import ThrottledError
from shared.tables import PARTITION_KEY, SORT_KEY, alias_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PROFILE: Final = "profile"

MAX_KEYS: Final = 100
"""How many DynamoDB reads in one call."""

ATTEMPTS: Final = 3
"""How often what it left out is asked for again."""


class DynamoAliases:
    """Implements ``ports.Aliases``."""

    def __init__(self, client: "DynamoDBClient", *, table: str) -> None:
        self._client = client
        self._table = table

    def resolve(self, identifiers: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], str]:
        """Eventually consistent, at half the price: a claim of this very moment may be missed, as if it came later."""
        wanted = {alias_key(kind, value): (kind, value) for kind, value in identifiers}
        keys = list(wanted)
        return {
            wanted[item[PARTITION_KEY]["S"], item[SORT_KEY]["S"]]: item[PROFILE]["S"]
            for start in range(0, len(keys), MAX_KEYS)
            for item in self._read(keys[start : start + MAX_KEYS])
        }

    def _read(self, keys: Sequence[tuple[str, str]]) -> Iterator[Mapping[str, Any]]:
        wanted: Any = {self._table: {"Keys": [{PARTITION_KEY: {"S": pk}, SORT_KEY: {"S": sk}} for pk, sk in keys]}}
        for _ in range(ATTEMPTS):
            try:
                answer = self._client.batch_get_item(RequestItems=wanted)
            except AWS_ERRORS as error:
                raise translate(error) from error
            yield from answer["Responses"].get(self._table, ())
            wanted = answer.get("UnprocessedKeys")
            if not wanted:
                return
        raise ThrottledError("the table reads too little at once", unread=len(wanted[self._table]["Keys"]))

    def claim(self, kind: str, value: str, profile_id: str) -> str:
        pk, sk = alias_key(kind, value)
        try:
            self._client.put_item(
                TableName=self._table,
                Item={PARTITION_KEY: {"S": pk}, SORT_KEY: {"S": sk}, PROFILE: {"S": profile_id}},
                ConditionExpression=f"attribute_not_exists({PARTITION_KEY})",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except AWS_ERRORS as error:
            if error_code(error) == "ConditionalCheckFailedException":
                # The refusal brings the owner along: no read, and no moment between the two.
                return str(cast("ClientError", error).response["Item"][PROFILE]["S"])  # type: ignore[typeddict-item]
            raise translate(error) from error
        return profile_id
