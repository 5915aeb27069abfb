"""Versions of journeys in DynamoDB: an item a version, written once and never changed."""

from typing import TYPE_CHECKING, Any, Final

from shared.adapters.aws_errors import AWS_ERRORS, error_code, translate
from shared.adapters.dynamodb.items import read_item
from shared.adapters.dynamodb.packing import pack, unpack
from shared.errors import PermanentError
from shared.tables import PARTITION_KEY, SORT_KEY, journey_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SOURCE: Final = "source"


class DynamoJourneyVersions:
    """Implements ``ports.playbook.JourneyVersions``."""

    def __init__(self, client: "DynamoDBClient", *, table: str) -> None:
        self._client = client
        self._table = table

    def keep(self, journey: str, version: str, source: Any) -> None:
        pk, sk = journey_key(journey, version)
        try:
            self._client.put_item(
                TableName=self._table,
                Item={PARTITION_KEY: {"S": pk}, SORT_KEY: {"S": sk}, SOURCE: {"B": pack(source)}},
                ConditionExpression=f"attribute_not_exists({PARTITION_KEY})",
            )
        except AWS_ERRORS as error:
            if error_code(error) != "ConditionalCheckFailedException":
                raise translate(error) from error

    def load(self, journey: str, version: str) -> Any:
        item = read_item(self._client, self._table, journey_key(journey, version))
        if item is None:
            return None
        try:
            return unpack(item[SOURCE]["B"])
        except (KeyError, TypeError, ValueError) as error:
            raise PermanentError("a version of a journey cannot be read", journey=journey, version=version) from error
