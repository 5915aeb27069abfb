"""Aliases in DynamoDB: which profile an identifier belongs to. The first claim stands."""

from typing import TYPE_CHECKING, Final, cast

from botocore.exceptions import ClientError

from shared.adapters.aws_errors import AWS_ERRORS, error_code, translate
from shared.tables import PARTITION_KEY, SORT_KEY, alias_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PROFILE: Final = "profile"


class DynamoAliases:
    """Implements ``ports.Aliases``."""

    def __init__(self, client: "DynamoDBClient", *, table: str) -> None:
        self._client = client
        self._table = table

    def resolve(self, kind: str, value: str) -> str | None:
        """Eventually consistent, at half the price: a claim of this very moment may be missed, as if it came later."""
        pk, sk = alias_key(kind, value)
        try:
            answer = self._client.get_item(TableName=self._table, Key={PARTITION_KEY: {"S": pk}, SORT_KEY: {"S": sk}})
        except AWS_ERRORS as error:
            raise translate(error) from error
        item = answer.get("Item")
        return None if item is None else item[PROFILE]["S"]

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
