"""The list of addresses that must not be written to, in DynamoDB: an item an address, under a digest of it.

An attribute for each reason that came and for each that was lifted, each with the latest instant: a write asks for an
older one, so that notes which come again, or in another order, end as the latest has it.
"""

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

from shared.adapters.aws_errors import AWS_ERRORS, error_code, translate
from shared.adapters.dynamodb.items import read_item
from shared.domain.consent.suppressions import Noted, Reasons, in_force
from shared.domain.consent.words import Channel, SuppressionReason
from shared.domain.profiles import suppression_key
from shared.domain.timing import Instant
from shared.tables import PARTITION_KEY, SORT_KEY, suppression_item_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LIFTED: str = "_lifted"


class DynamoSuppressions:
    """Implements ``ports.sending.Suppressions``; ``digest`` makes one of a kind and a value (``services.digests``)."""

    def __init__(self, client: "DynamoDBClient", *, table: str, digest: Callable[[str, str], str]) -> None:
        self._client = client
        self._table = table
        self._digest = digest

    def find(self, channel: Channel, address: str) -> Reasons:
        return in_force(*self.noted(channel, address))

    def noted(self, channel: Channel, address: str) -> Noted:
        item = read_item(self._client, self._table, self._key(channel, address)) or {}
        return Noted(_instants(item, ""), _instants(item, LIFTED))

    def suppress(self, channel: Channel, address: str, reason: SuppressionReason, at: Instant) -> None:
        self._note(channel, address, reason.value, at)

    def lift(self, channel: Channel, address: str, reasons: Collection[SuppressionReason], at: Instant) -> None:
        for reason in reasons:
            self._note(channel, address, reason.value + LIFTED, at)

    def _note(self, channel: Channel, address: str, name: str, at: Instant) -> None:
        pk, sk = self._key(channel, address)
        try:
            self._client.update_item(
                TableName=self._table,
                Key={PARTITION_KEY: {"S": pk}, SORT_KEY: {"S": sk}},
                UpdateExpression="SET #note = :at",
                ConditionExpression="attribute_not_exists(#note) OR #note < :at",
                ExpressionAttributeNames={"#note": name},
                ExpressionAttributeValues={":at": {"N": str(at)}},
            )
        except AWS_ERRORS as error:
            if error_code(error) != "ConditionalCheckFailedException":
                raise translate(error) from error

    def _key(self, channel: Channel, address: str) -> tuple[str, str]:
        kind, value = suppression_key(channel, address)
        return suppression_item_key(kind, self._digest(f"suppressed {kind}", value))


def _instants(item: Mapping[str, Any], ending: str) -> dict[SuppressionReason, Instant]:
    return {
        reason: int(item[reason.value + ending]["N"]) for reason in SuppressionReason if reason.value + ending in item
    }
