"""What is counted of everybody, in DynamoDB: one item, written only when a deployment changes it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from shared.adapters.aws_errors import AWS_ERRORS, error_code, translate
from shared.adapters.dynamodb.items import read_item
from shared.adapters.dynamodb.packing import pack, unpack
from shared.domain.behaviour.counting import NOTHING_COUNTED, Begun, Counting, Need
from shared.errors import ConflictError, PermanentError
from shared.tables import PARTITION_KEY, SORT_KEY, counting_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, PutItemInputTypeDef

GENERATION: Final = "generation"
PLAYBOOK: Final = "playbook"
BEGUN: Final = "begun"


class DynamoCountings:
    """Implements ``ports.playbook.Countings``."""

    def __init__(self, client: "DynamoDBClient", *, table: str) -> None:
        self._client = client
        self._table = table

    def load(self) -> Counting:
        item = read_item(self._client, self._table, counting_key())
        if item is None:
            return NOTHING_COUNTED
        try:
            return _read(item)
        except (KeyError, TypeError, ValueError) as error:
            raise PermanentError("what is counted cannot be read") from error

    def save(self, counting: Counting, *, over: Counting) -> None:
        pk, sk = counting_key()
        request: PutItemInputTypeDef = {
            "TableName": self._table,
            "Item": {
                PARTITION_KEY: {"S": pk},
                SORT_KEY: {"S": sk},
                GENERATION: {"N": str(counting.generation)},
                PLAYBOOK: {"S": counting.playbook},
                BEGUN: {"B": pack(_write(counting))},
            },
        }
        if over == NOTHING_COUNTED:
            request["ConditionExpression"] = f"attribute_not_exists({PARTITION_KEY})"
        else:
            request["ConditionExpression"] = f"{GENERATION} = :generation AND {PLAYBOOK} = :playbook"
            request["ExpressionAttributeValues"] = {
                ":generation": {"N": str(over.generation)},
                ":playbook": {"S": over.playbook},
            }
        try:
            self._client.put_item(**request)
        except AWS_ERRORS as error:
            if error_code(error) == "ConditionalCheckFailedException":
                raise ConflictError("another deployment agreed first on what is counted") from error
            raise translate(error) from error


def _write(counting: Counting) -> dict[str, list[Any]]:
    return {id_: [begun.generation, begun.since, *begun.need] for id_, begun in counting.begun.items()}


def _read(item: Mapping[str, "AttributeValueTypeDef"]) -> Counting:
    plain: dict[str, list[Any]] = unpack(item[BEGUN]["B"])
    return Counting(
        generation=int(item[GENERATION]["N"]),
        playbook=item[PLAYBOOK]["S"],
        begun={
            id_: Begun(generation, since, Need(keep, within))
            for id_, (generation, since, keep, within) in plain.items()
        },
    )
