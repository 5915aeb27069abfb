"""Items of the table: one as it is now, several by their keys, all that a query finds, and many written at once."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from shared.adapters.aws_errors import AWS_ERRORS, translate
from shared.errors import ThrottledError
from shared.tables import PARTITION_KEY, SORT_KEY

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, QueryInputTypeDef, QueryOutputTypeDef

MAX_WRITES: Final = 25
"""How many DynamoDB takes in one call."""

MAX_READS: Final = 100
"""How many it reads in one."""

ATTEMPTS: Final = 3
"""How often what it left out is offered again."""


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


def read_items(
    client: "DynamoDBClient", table: str, keys: Sequence[tuple[str, str]], *, consistently: bool = False
) -> "Iterator[Mapping[str, AttributeValueTypeDef]]":
    """Those of the items that are there, in any order. Eventually consistent, at half the price, unless asked.

    Raises:
        RetryableError: not all were read.
    """
    for start in range(0, len(keys), MAX_READS):
        some = [{PARTITION_KEY: {"S": pk}, SORT_KEY: {"S": sk}} for pk, sk in keys[start : start + MAX_READS]]
        wanted: Any = {table: {"Keys": some, **({"ConsistentRead": True} if consistently else {})}}
        for _ in range(ATTEMPTS):
            try:
                answer = client.batch_get_item(RequestItems=wanted)
            except AWS_ERRORS as error:
                raise translate(error) from error
            yield from answer["Responses"].get(table, ())
            wanted = answer.get("UnprocessedKeys")
            if not wanted:
                break
        else:
            raise ThrottledError("the table reads too little at once", unread=len(wanted[table]["Keys"]))


def query_pages(client: "DynamoDBClient", request: "QueryInputTypeDef") -> "Iterator[QueryOutputTypeDef]":
    """All that the query finds, an answer at a time; the next is asked for when it is wanted."""
    while True:
        try:
            answer = client.query(**request)
        except AWS_ERRORS as error:
            raise translate(error) from error
        yield answer
        if "LastEvaluatedKey" not in answer:
            return
        request = {**request, "ExclusiveStartKey": answer["LastEvaluatedKey"]}


def put_items(client: "DynamoDBClient", table: str, items: "Sequence[Mapping[str, AttributeValueTypeDef]]") -> None:
    """Write them over what is there; no two may have one key.

    Raises:
        RetryableError: some were written, or none.
    """
    _write(client, table, [{"PutRequest": {"Item": item}} for item in items])


def delete_items(client: "DynamoDBClient", table: str, keys: Sequence[tuple[str, str]]) -> None:
    """Delete them, if they are there; no two keys may be the same.

    Raises:
        RetryableError: some were deleted, or none.
    """
    found = ({PARTITION_KEY: {"S": pk}, SORT_KEY: {"S": sk}} for pk, sk in keys)
    _write(client, table, [{"DeleteRequest": {"Key": key}} for key in found])


def _write(client: "DynamoDBClient", table: str, requests: Sequence[Any]) -> None:
    for start in range(0, len(requests), MAX_WRITES):
        wanted: Any = {table: requests[start : start + MAX_WRITES]}
        for _ in range(ATTEMPTS):
            try:
                answer = client.batch_write_item(RequestItems=wanted)
            except AWS_ERRORS as error:
                raise translate(error) from error
            wanted = answer.get("UnprocessedItems")
            if not wanted:
                break
        else:
            raise ThrottledError("the table writes too little at once", unwritten=len(wanted[table]))
