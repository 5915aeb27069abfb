"""The shop's catalogue in DynamoDB: an item a product, in attributes that people can read in the console too."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from shared.adapters.aws_errors import AWS_ERRORS, error_code, translate
from shared.adapters.dynamodb.items import read_items
from shared.domain.shop.products import Product
from shared.domain.timing import DAY, SECOND, Duration
from shared.ports.clock import Clock
from shared.tables import EXPIRY, PARTITION_KEY, SORT_KEY, product_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

REMOVED_FOR: Final[Duration] = 30 * DAY
"""How long it is remembered that a product went: an update that comes later than that brings it back."""

TEXTS: Final = ("title", "currency", "url", "image")


class DynamoCatalogue:
    """Implements ``ports.shop.Catalogue``."""

    def __init__(self, client: "DynamoDBClient", *, table: str, clock: Clock) -> None:
        self._client = client
        self._table = table
        self._clock = clock

    def put(self, product: Product) -> bool:
        try:
            self._client.put_item(
                TableName=self._table,
                Item=self._item(product),
                ConditionExpression="attribute_not_exists(updated_at) OR updated_at <= :at",
                ExpressionAttributeValues={":at": {"N": str(product.updated_at)}},
            )
        except AWS_ERRORS as error:
            if error_code(error) == "ConditionalCheckFailedException":
                return False
            raise translate(error) from error
        return True

    def find(self, skus: Collection[str]) -> Mapping[str, Product]:
        keys = [product_key(sku) for sku in dict.fromkeys(skus)]
        return {product.sku: product for product in map(_product, read_items(self._client, self._table, keys))}

    def _item(self, product: Product) -> dict[str, Any]:
        pk, sk = product_key(product.sku)
        item: dict[str, Any] = {
            PARTITION_KEY: {"S": pk},
            SORT_KEY: {"S": sk},
            "sku": {"S": product.sku},
            "updated_at": {"N": str(product.updated_at)},
        }
        if product.is_removed:
            ends_at = (self._clock.wall() + REMOVED_FOR) // SECOND
            return item | {"removed": {"BOOL": True}, EXPIRY: {"N": str(ends_at)}}
        item |= {name: {"S": text} for name in TEXTS if (text := getattr(product, name))}
        if product.price is not None:
            item["price"] = {"N": str(Decimal(str(product.price)))}
        if product.stock is not None:
            item["stock"] = {"N": str(product.stock)}
        if product.categories:
            item["categories"] = {"L": [{"S": one} for one in product.categories]}
        return item


def _product(item: Mapping[str, Any]) -> Product:
    return Product(
        sku=item["sku"]["S"],
        updated_at=int(item["updated_at"]["N"]),
        price=_number(item["price"]["N"]) if "price" in item else None,
        stock=int(item["stock"]["N"]) if "stock" in item else None,
        categories=tuple(one["S"] for one in item.get("categories", {}).get("L", ())),
        is_removed="removed" in item,
        **{name: item.get(name, {}).get("S", "") for name in TEXTS},
    )


def _number(text: str) -> int | float:
    number = Decimal(text)
    return int(number) if number == number.to_integral_value() else float(number)
