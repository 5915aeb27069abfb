"""Products as the shop's server sends them: what is taken, and how each fault is named."""

from typing import Any

import pytest

from shared.domain.shop.products import MAX_AT_ONCE, Product, product_to_dict, read_products
from shared.errors import Fault, InvalidInputError
from tests.builders import NOON

WHOLE = {
    "sku": "KIL-MUG",
    "title": " Kilkenny mug ",
    "price": "34,50 €",
    "currency": "eur",
    "stock": 3.0,
    "url": "https://shop.example/mug",
    "image": "https://shop.example/mug.jpg",
    "categories": ["mugs"],
    "updated_at": "2026-11-02T11:00:00Z",
}


def read(*products: Any) -> list[Product]:
    return read_products({"products": list(products)}, NOON)


def test_a_product_is_read_whole() -> None:
    [mug] = read(WHOLE)

    assert product_to_dict(mug) == WHOLE | {
        "title": "Kilkenny mug", "price": 34.5, "currency": "EUR", "stock": 3, "updated_at": "2026-11-02T11:00:00.000Z"
    }  # fmt: skip
    assert read(product_to_dict(mug)) == [mug]


@pytest.mark.parametrize("said", [None, "2026-11-02T12:00:01Z", "2030-01-01T00:00:00Z"])
def test_without_an_instant_or_with_one_to_come_it_is_as_of_now(said: str | None) -> None:
    assert read({"sku": 4711, "updated_at": said}) == [Product(sku="4711", updated_at=NOON)]


@pytest.mark.parametrize(
    ("stock", "removed", "is_sold"), [(None, None, True), (1, False, True), (0, None, False), (5, True, False)]
)
def test_what_nobody_counts_is_sold(stock: int | None, removed: bool | None, is_sold: bool) -> None:
    [product] = read({"sku": "A", "stock": stock, "removed": removed})

    assert product.is_sold is is_sold


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ({}, "products.0.sku"),
        ({"sku": ""}, "products.0.sku"),
        ({"sku": "x" * 257}, "products.0.sku"),
        ({"sku": "A", "prize": 1}, "products.0.prize"),
        ({"sku": "A", "price": -1}, "products.0.price"),
        ({"sku": "A", "price": "1,234"}, "products.0.price"),
        ({"sku": "A", "price": True}, "products.0.price"),
        ({"sku": "A", "currency": "$"}, "products.0.currency"),
        ({"sku": "A", "stock": 1.5}, "products.0.stock"),
        ({"sku": "A", "stock": "many"}, "products.0.stock"),
        ({"sku": "A", "url": "http://shop.example/"}, "products.0.url"),
        ({"sku": "A", "url": "https://[1/"}, "products.0.url"),
        ({"sku": "A", "image": "javascript:alert(1)"}, "products.0.image"),
        ({"sku": "A", "image": "https://a.example/" + "x" * 2_000}, "products.0.image"),
        ({"sku": "A", "title": "x" * 501}, "products.0.title"),
        ({"sku": "A", "title": "a\nb"}, "products.0.title"),
        ({"sku": "A", "categories": "mugs"}, "products.0.categories"),
        ({"sku": "A", "categories": ["mugs", 3]}, "products.0.categories.1"),
        ({"sku": "A", "categories": ["a"] * 21}, "products.0.categories"),
        ({"sku": "A", "updated_at": "yesterday"}, "products.0.updated_at"),
        ({"sku": "A", "removed": "perhaps"}, "products.0.removed"),
        ({"sku": "A", "price": 10**60}, "products.0.price"),
        ("A", "products.0"),
    ],
)
def test_each_fault_is_named_and_nothing_is_kept(raw: Any, path: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        read(raw, {"sku": "good"})

    assert [fault.path for fault in refused.value.faults] == [path]


@pytest.mark.parametrize("body", [None, [], {}, {"products": {}}, {"products": []}, {"products": [{}] * 101}], ids=str)
def test_a_request_has_a_list_of_bounded_length(body: Any) -> None:
    with pytest.raises(InvalidInputError) as refused:
        read_products(body, NOON)

    assert refused.value.faults == (Fault("products", f"must be a list of 1 to {MAX_AT_ONCE} products"),)


def test_one_product_stands_in_a_request_once() -> None:
    with pytest.raises(InvalidInputError) as refused:
        read({"sku": "A"}, {"sku": "A"})

    assert [fault.path for fault in refused.value.faults] == ["products.1.sku"]
