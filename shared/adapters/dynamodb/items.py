"""One item of the table, as it is now."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from shared.adapters.aws_errors import AWS_ERRORS, translate
from shared.tables import PARTITION_KEY, SORT_KEY

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef


def read_item(
    client: "DynamoDBClient", table: str, key: tuple[str, str]
) -> "Mapping[str, AttributeValueTypeDef] | None":
    """The item with all that was written before, read consistently; ``None``: there is none."""
    pk, sk = key
    try:
        answer = client.get_item(
            TableName=table, Key={PARTITION_KEY: {"S": pk}, SORT_KEY: {"S": sk}}, ConsistentRead=True
        )
    except AWS_ERRORS as error:
        raise translate(error) from error
    return answer.get("Item")
