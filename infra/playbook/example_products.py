"""The products of an example, as templates see the catalogue's."""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.domain.shop.products import Product, read_product
from shared.domain.shop.shelf import Shelf


def example_products(plain: object) -> tuple[list[Product], list[str]]:
    """What ``example.json`` has under ``products``, and what is wrong with it."""
    if not isinstance(plain, list):
        return [], ["products: expected a list of products, as POST /v1/products takes them"]
    products: list[Product] = []
    wrong: list[str] = []
    for place, one in enumerate(plain):
        product, faults = read_product(one, 0)
        wrong += [f"products.{place}.{fault.path}: {fault.message}" for fault in faults]
        if product is not None:
            products.append(product)
    return products, wrong


def product_names(entry: Mapping[str, Any], products: Sequence[Product]) -> dict[str, Any]:
    """The names of a template by which it shows products, over these alone."""
    return Shelf(entry, lambda skus: {product.sku: product for product in products if product.sku in skus}).names
