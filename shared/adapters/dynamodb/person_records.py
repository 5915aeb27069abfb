"""What stands in a person's partition beside profile and timeline, read whatever it is: for export."""

from base64 import b64encode
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from shared.adapters.dynamodb.items import query_pages
from shared.adapters.dynamodb.packing import unpack
from shared.ports.people import PersonRecord
from shared.tables import PARTITION_KEY, SORT_KEY, coupons_partition

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import QueryInputTypeDef

ELSEWHERE: Final = frozenset({"PROFILE", "EVENTS"})
"""Kinds that have ports of their own."""


COUPON: Final = "COUPON"
"""The kind of what stands in a partition of its own: the codes that a person was given."""


class DynamoPersonRecords:
    """Implements ``ports.people.PersonRecords``: every kind, also one that this module has never heard of."""

    def __init__(self, client: "DynamoDBClient", *, table: str) -> None:
        self._client = client
        self._table = table

    def of(self, profile_id: str) -> Iterator[PersonRecord]:
        pk = f"PROFILE#{profile_id}"
        yield from self._coupons(profile_id)
        # Before the events' pages, and after them: years of a timeline are not read to be passed over.
        for condition, names in (("< :sk", "EVENTS#"), ("> :sk", "EVENTS$")):
            request: QueryInputTypeDef = {
                "TableName": self._table,
                "KeyConditionExpression": f"{PARTITION_KEY} = :pk AND {SORT_KEY} {condition}",
                "ExpressionAttributeValues": {":pk": {"S": pk}, ":sk": {"S": names}},
                "ConsistentRead": True,
            }
            for answer in query_pages(self._client, request):
                for item in answer["Items"]:
                    kind, _, key = item[SORT_KEY]["S"].partition("#")
                    if kind not in ELSEWHERE:
                        facts = {name: plain(value) for name, value in item.items() if name not in _KEYS}
                        yield PersonRecord(kind, key, facts)

    def _coupons(self, profile_id: str) -> Iterator[PersonRecord]:
        request: QueryInputTypeDef = {
            "TableName": self._table,
            "KeyConditionExpression": f"{PARTITION_KEY} = :pk",
            "ExpressionAttributeValues": {":pk": {"S": coupons_partition(profile_id)}},
            "ConsistentRead": True,
        }
        for answer in query_pages(self._client, request):
            for item in answer["Items"]:
                facts = {name: plain(value) for name, value in item.items() if name not in _KEYS}
                yield PersonRecord(COUPON, item[SORT_KEY]["S"], facts)


_KEYS: Final = frozenset({PARTITION_KEY, SORT_KEY})


def plain(attribute: Any) -> Any:
    """An attribute's value as JSON has it; packed state unpacked, other bytes in base64."""
    [(kind, value)] = attribute.items()
    match kind:
        case "S" | "BOOL":
            return value
        case "N":
            number = Decimal(value)
            return int(number) if number == number.to_integral_value() else str(number)
        case "NULL":
            return None
        case "L":
            return [plain(item) for item in value]
        case "M":
            return {name: plain(item) for name, item in value.items()}
        case "SS":
            return sorted(value)
        case "B":
            return _unpacked(value)
        case _:
            return str(value)


def _unpacked(value: bytes) -> Any:
    try:
        return unpack(value)
    except ValueError:
        return b64encode(value).decode()
