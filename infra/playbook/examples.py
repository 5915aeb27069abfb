"""What templates show in examples of what is read at the moment of sending: products, coupons."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from shared.domain.shop.coupon_codes import generated_code
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


BARE_COUPON: Final[Mapping[str, str]] = {"code": generated_code("", "0" * 20), "title": "10 % off"}
COUPON: Final = {**BARE_COUPON, "expires_at": "2026-12-02T10:00:00.000Z"}


def live_names(entry: Mapping[str, Any], products: Sequence[Product]) -> dict[str, Any]:
    """The names of a template by which it asks for them, over these products alone."""
    return {**_shelf(entry, products).names, "coupon": lambda _: COUPON}


def bare_names() -> dict[str, Any]:
    """The same, where everything lacks what it may lack."""
    return {**_shelf({}, []).names, "coupon": lambda _: BARE_COUPON}


def _shelf(entry: Mapping[str, Any], products: Sequence[Product]) -> Shelf:
    return Shelf(entry, lambda skus: {product.sku: product for product in products if product.sku in skus})
