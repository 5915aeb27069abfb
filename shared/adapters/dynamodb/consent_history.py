"""The consent history in DynamoDB: one item a statement, in the person's partition, without an end."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from shared.adapters.dynamodb.items import delete_items, put_items, query_pages
from shared.domain.messages import ConsentRecorded, consent_from_dict, consent_to_dict
from shared.tables import PARTITION_KEY, SORT_KEY, consent_key, consent_range

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, QueryInputTypeDef

STATEMENT: Final = "statement"
"""The attribute that holds it, as JSON that a person can read."""


class DynamoConsentHistory:
    """Implements ``ports.people.ConsentHistory``: the same statement again is written over itself."""

    def __init__(self, client: "DynamoDBClient", *, table: str) -> None:
        self._client = client
        self._table = table

    def keep(self, profile_id: str, statements: Sequence[ConsentRecorded]) -> None:
        # A call may not name one item twice, and a batch of orders may hold a statement twice.
        items = {(one.at, one.id): _item(profile_id, one) for one in statements}
        put_items(self._client, self._table, list(items.values()))

    def of(self, profile_id: str) -> Iterator[ConsentRecorded]:
        first, last = consent_range(profile_id)
        request: QueryInputTypeDef = {
            "TableName": self._table,
            "KeyConditionExpression": f"{PARTITION_KEY} = :pk AND {SORT_KEY} BETWEEN :first AND :last",
            "ExpressionAttributeValues": {":pk": {"S": first[0]}, ":first": {"S": first[1]}, ":last": {"S": last[1]}},
            "ProjectionExpression": STATEMENT,
            "ConsistentRead": True,
        }
        for answer in query_pages(self._client, request):
            for item in answer["Items"]:
                yield consent_from_dict(json.loads(item[STATEMENT]["S"]))

    def remove(self, profile_id: str, statements: Sequence[ConsentRecorded]) -> None:
        keys = dict.fromkeys(consent_key(profile_id, one.at, one.id) for one in statements)
        delete_items(self._client, self._table, list(keys))


def _item(profile_id: str, statement: ConsentRecorded) -> "Mapping[str, AttributeValueTypeDef]":
    pk, sk = consent_key(profile_id, statement.at, statement.id)
    text = json.dumps(consent_to_dict(statement), ensure_ascii=False, separators=(",", ":"))
    return {PARTITION_KEY: {"S": pk}, SORT_KEY: {"S": sk}, STATEMENT: {"S": text}}
