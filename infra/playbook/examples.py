"""What templates show in examples of what is read at the moment of sending: products, coupons."""

from collections.abc import Mapping, Sequence
from typing import Any

from infra.playbook.coupons import example_coupons
from shared.domain.shop.offers import Offer
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


def live_names(entry: Mapping[str, Any], products: Sequence[Product], offers: Mapping[str, Offer]) -> dict[str, Any]:
    """The names of a template by which it asks for them, over these products and offers alone."""
    return {**_shelf(entry, products).names, "coupon": example_coupons(offers)}


def bare_names() -> dict[str, Any]:
    """The same, where everything lacks what it may lack."""
    return {**_shelf({}, []).names, "coupon": example_coupons({}, may_end=False)}


def _shelf(entry: Mapping[str, Any], products: Sequence[Product]) -> Shelf:
    return Shelf(entry, lambda skus: {product.sku: product for product in products if product.sku in skus})
