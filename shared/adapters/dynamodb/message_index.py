"""The messages of a person in DynamoDB: an item each in the person's own partition, which leads to the ledger's."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from shared.adapters.aws_errors import AWS_ERRORS, translate
from shared.adapters.dynamodb.items import put_items
from shared.adapters.dynamodb.ledger import KEPT_FOR
from shared.domain.consent.words import Purpose
from shared.domain.messages import Message
from shared.domain.timing import SECOND, Instant, parse_instant
from shared.ports.clock import Clock
from shared.ports.sending import Ordered
from shared.tables import EXPIRY, PARTITION_KEY, SORT_KEY, ordered_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, QueryInputTypeDef


class DynamoMessageIndex:
    """Implements ``ports.sending.MessageIndex``. Items are the same however often written, but for the expiry."""

    def __init__(self, client: "DynamoDBClient", *, table: str, clock: Clock) -> None:
        self._client = client
        self._table = table
        self._clock = clock

    def note(self, messages: Sequence[Message]) -> None:
        expiry = (self._clock.wall() + KEPT_FOR) // SECOND
        # A call may not name one item twice, and a batch of orders may hold a message twice.
        put_items(self._client, self._table, list({_key(one): _item(one, expiry) for one in messages}.values()))

    def of(self, profile_id: str, *, limit: int, before: tuple[Instant, str] | None = None) -> Sequence[Ordered]:
        pk, first = f"PROFILE#{profile_id}", "MESSAGE#"
        last = ordered_key(profile_id, *before)[1] if before else "MESSAGE$"
        request: QueryInputTypeDef = {
            "TableName": self._table,
            "KeyConditionExpression": f"{PARTITION_KEY} = :pk AND {SORT_KEY} BETWEEN :first AND :last",
            "ExpressionAttributeValues": {":pk": {"S": pk}, ":first": {"S": first}, ":last": {"S": last}},
            "ScanIndexForward": False,
            "ConsistentRead": True,
            "Limit": limit + 1,  # the one that ``before`` names is among them
        }
        try:
            items = self._client.query(**request)["Items"]
        except AWS_ERRORS as error:
            raise translate(error) from error
        found = [_read(profile_id, item) for item in items if item[SORT_KEY]["S"] != last]
        return found[:limit]


def _key(message: Message) -> tuple[str, str]:
    return ordered_key(message.profile_id, message.decided_at, message.id)


def _item(message: Message, expiry: int) -> "Mapping[str, AttributeValueTypeDef]":
    pk, sk = _key(message)
    facts = {"journey": message.journey, "name": message.name, "purpose": message.purpose.value}
    item = {PARTITION_KEY: pk, SORT_KEY: sk, **facts}
    plain: dict[str, AttributeValueTypeDef] = {name: {"S": value} for name, value in item.items()}
    return plain | {EXPIRY: {"N": str(expiry)}}


def _read(profile_id: str, item: Any) -> Ordered:
    _, decided_at, message_id = item[SORT_KEY]["S"].split("#", 2)
    return Ordered(
        id=message_id,
        profile_id=profile_id,
        decided_at=parse_instant(decided_at),
        journey=item["journey"]["S"],
        name=item["name"]["S"],
        purpose=Purpose(item["purpose"]["S"]),
    )
