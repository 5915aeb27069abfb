"""What templates show in examples of what is made at the moment of sending: products, coupons, what goes with them."""

from collections.abc import Mapping, Sequence
from typing import Any

from infra.playbook.coupons import example_coupons
from shared.adapters.qr_codes import QR, QrCodes
from shared.domain.shop.companions import BEGIN, UNIT, Companions, Count
from shared.domain.shop.interests import Interests
from shared.domain.shop.offers import Offer
from shared.domain.shop.products import Product, read_product
from shared.domain.shop.recommendations import Reason, Recommendations
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
    shelf = _shelf(entry, products)
    made = {"coupon": example_coupons(offers), QR: QrCodes().address}
    return {**shelf.names, **_recommendations(shelf, entry, products).names, **made}


def bare_names() -> list[dict[str, Any]]:
    """The same, where everything lacks what it may lack; and where there is nothing to recommend at all."""
    names = {**_shelf({}, []).names, "coupon": example_coupons({}, may_end=False)}
    bare: dict[str, Any] = {"sku": "1", "in_stock": True, "in_catalogue": True}
    recommended: list[dict[str, Any]] = [{**bare, "reason": reason.value} for reason in Reason]
    for one in recommended:
        if one["reason"] != Reason.POPULAR:
            one["because"] = bare
    return [names | {"recommendations": lambda _count=0, some=some: some} for some in (recommended, [])]


def _recommendations(shelf: Shelf, entry: Mapping[str, Any], products: Sequence[Product]) -> Recommendations:
    """As if all the products but the last went with what the event tells of; the last is only bought often.

    Where it tells of none, with the first, which the person bought.
    """
    skus = [product.sku for product in products if not product.is_removed]
    bought = {} if shelf.told else dict.fromkeys(skus[:1], BEGIN)
    counts = {sku: Count((2 * len(skus) - place) * UNIT) for place, sku in enumerate(skus)}
    often = 2 * len(skus) * UNIT
    together = Companions(often, {sku: count for sku, count in counts.items() if sku != skus[-1]})
    return Recommendations(
        shelf,
        entry,
        Interests(bought=bought),
        BEGIN,
        find=lambda of: dict.fromkeys(of, together),
        popular=lambda: Companions(often, counts),
    )


def _shelf(entry: Mapping[str, Any], products: Sequence[Product]) -> Shelf:
    return Shelf(entry, lambda skus: {product.sku: product for product in products if product.sku in skus})
