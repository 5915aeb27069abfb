"""What templates see of products: the catalogue's word before the event's, and never a fault for who is missing."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.shop.products import Product
from shared.domain.shop.shelf import MOST, SHOWN, Shelf
from tests.builders import NOON
from tests.fakes.shop import FakeCatalogue

MUG = Product(
    sku="MUG", updated_at=NOON, title="Mug", price=30, currency="EUR", stock=2, url="https://shop.example/mug"
)
TOLD = {
    "sku": "MUG",
    "name": "A mug",
    "price": 34.5,
    "quantity": 2,
    "variant": "oat",
    "image_url": "https://i.example/m",
}


def shelf(catalogue: Any = None, **properties: Any) -> Shelf:
    return Shelf({"properties": properties}, (catalogue or FakeCatalogue({"MUG": MUG})).find)


def test_the_price_of_this_moment_comes_before_that_of_the_event() -> None:
    shown = shelf(currency="USD", **TOLD)["MUG"]

    assert shown == {
        "sku": "MUG", "title": "Mug", "price": 30, "currency": "EUR", "told_price": 34.5, "stock": 2, "quantity": 2,
        "variant": "oat", "url": "https://shop.example/mug", "image": "https://i.example/m", "in_stock": True,
        "in_catalogue": True,
    }  # fmt: skip
    assert shown.keys() <= set(SHOWN)


def test_a_price_of_the_catalogue_is_never_shown_in_the_currency_of_the_event() -> None:
    nameless = FakeCatalogue({"MUG": Product(sku="MUG", updated_at=NOON, price=30)})

    assert "currency" not in shelf(nameless, currency="USD", **TOLD)["MUG"]


def test_of_a_product_that_the_catalogue_lacks_the_event_is_shown() -> None:
    assert shelf(FakeCatalogue(), currency="USD", **TOLD)["MUG"] == {
        "sku": "MUG", "title": "A mug", "price": 34.5, "currency": "USD", "quantity": 2, "variant": "oat",
        "image": "https://i.example/m", "in_stock": True, "in_catalogue": False,
    }  # fmt: skip


def test_what_the_shop_sells_no_more_is_out_of_stock() -> None:
    gone = FakeCatalogue({"MUG": Product(sku="MUG", updated_at=NOON, is_removed=True)})

    shown = shelf(gone, **TOLD)["MUG"]
    assert (shown["title"], shown["in_stock"], shown["in_catalogue"]) == ("A mug", False, False)


def test_the_lines_of_a_cart_are_shown_as_they_are_now_each_with_its_own_quantity() -> None:
    lines = [TOLD, {"product_id": "MUG", "quantity": 1}, {"name": "Gift wrap", "price": 3}, "nonsense"]

    shown = shelf(currency="GBP", products=lines).lines(lines)

    assert [(line.get("title"), line["price"], line["currency"], line.get("quantity")) for line in shown] == [
        ("Mug", 30, "EUR", 2),
        ("Mug", 30, "EUR", 1),
        ("Gift wrap", 3, "GBP", None),
    ]


def test_an_event_of_one_product_is_one_line() -> None:
    [line] = shelf(currency="USD", **TOLD).lines({"product_id": "MUG", "name": "A mug"})

    assert (line["title"], line["price"]) == ("Mug", 30)


@pytest.mark.parametrize("told", [None, "text", 5, [], [1, None]])
def test_of_what_is_no_list_of_lines_there_are_none(told: Any) -> None:
    assert shelf().lines(told) == []


def test_all_that_the_event_names_is_read_at_once_and_nothing_before_it_is_asked_for() -> None:
    catalogue = FakeCatalogue({"MUG": MUG})
    cart = [{"sku": "TOWEL"}, {"sku": "MUG", "product_id": "p1"}]
    asked = shelf(catalogue, sku="BOWL", products=cart)

    assert catalogue.asked == []
    asked["MUG"], asked.lines(cart), asked["BOWL"], asked["MUG"]
    assert catalogue.asked == [["MUG", "BOWL", "TOWEL", "p1"]]
    asked["ELSE"], asked["ELSE"]
    assert catalogue.asked[1:] == [["ELSE"]]


def test_no_message_reads_more_than_one_read_brings() -> None:
    catalogue = FakeCatalogue()
    cart = [{"sku": f"sku{number}"} for number in range(150)]
    asked = shelf(catalogue, products=cart)

    assert len(asked.lines(cart)) == 150
    asked["ELSE"]
    assert sum(map(len, catalogue.asked)) == MOST


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.sampled_from(["MUG", "A"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["sku", "name", "price"]), inner),
    max_leaves=8,
)


@given(properties=st.dictionaries(st.sampled_from([*TOLD, "products"]), ANYTHING), sku=ANYTHING)
@settings(max_examples=100, deadline=None)
def test_whatever_an_event_holds_every_product_can_be_asked_for(properties: dict[str, Any], sku: Any) -> None:
    asked = shelf(**properties)

    for shown in (asked[sku], *asked.lines(properties.get("products"))):
        assert shown.keys() <= set(SHOWN)
        assert None not in shown.values()
