"""What every ``Catalogue`` does: of one product the latest stands, in whatever order and however often it is told."""

from dataclasses import replace
from itertools import permutations

import boto3
import pytest

from shared.adapters.dynamodb.catalogue import REMOVED_FOR, DynamoCatalogue
from shared.domain.shop.products import Product
from shared.domain.timing import SECOND
from shared.ports.shop import Catalogue
from tests.builders import NOON
from tests.fakes.clock import FakeClock
from tests.fakes.shop import FakeCatalogue

MUG = Product(
    sku="KIL-MUG",
    updated_at=NOON,
    title="Kilkenny mug",
    price=34.5,
    currency="EUR",
    stock=0,
    url="https://shop.example/mug",
    image="https://shop.example/mug.jpg",
    categories=("mugs", "Küche"),
)
BARE = Product(sku="TOWEL", updated_at=NOON, price=29)


@pytest.fixture(params=["fake", "dynamodb"])
def catalogue(request: pytest.FixtureRequest) -> Catalogue:
    if request.param == "fake":
        return FakeCatalogue()
    table = request.getfixturevalue("table_name")
    return DynamoCatalogue(boto3.client("dynamodb"), table=table, clock=FakeClock(NOON))


def test_what_was_put_is_found_as_it_was_by_its_sku(catalogue: Catalogue) -> None:
    assert catalogue.put(MUG)
    assert catalogue.put(BARE)

    assert catalogue.find(["TOWEL", "KIL-MUG", "KIL-MUG", "nothing"]) == {"KIL-MUG": MUG, "TOWEL": BARE}
    assert catalogue.find([]) == {}


def test_in_any_order_and_twice_the_latest_stands(catalogue: Catalogue) -> None:
    versions = [replace(MUG, updated_at=NOON + after, stock=after) for after in (1, 2, 3)]
    for turn, order in enumerate(permutations(versions)):
        sku = f"sku{turn}"
        for version in (*order, order[0]):
            catalogue.put(replace(version, sku=sku))
        assert catalogue.find([sku]) == {sku: replace(versions[-1], sku=sku)}


def test_an_older_one_is_told_to_be_older(catalogue: Catalogue) -> None:
    assert catalogue.put(MUG)
    assert not catalogue.put(replace(MUG, updated_at=NOON - 1))
    assert catalogue.put(MUG), "the same again is no news, and no trouble"


def test_what_comes_late_does_not_bring_back_what_was_removed(catalogue: Catalogue) -> None:
    gone = replace(MUG, updated_at=NOON + 1, is_removed=True)
    assert catalogue.put(gone)
    assert not catalogue.put(MUG)

    assert catalogue.find(["KIL-MUG"]) == {"KIL-MUG": Product(sku="KIL-MUG", updated_at=NOON + 1, is_removed=True)}
    assert catalogue.put(replace(MUG, updated_at=NOON + 2))


def test_more_products_than_one_read_brings_are_found(catalogue: Catalogue) -> None:
    products = [replace(BARE, sku=f"sku{number}") for number in range(130)]
    for product in products:
        catalogue.put(product)

    assert len(catalogue.find([product.sku for product in products])) == 130


def test_that_it_was_removed_is_forgotten_in_time(aws: None, table_name: str) -> None:
    client = boto3.client("dynamodb")
    DynamoCatalogue(client, table=table_name, clock=FakeClock(NOON)).put(replace(MUG, is_removed=True))

    [item] = client.scan(TableName=table_name)["Items"]
    assert item["expires_at"] == {"N": str((NOON + REMOVED_FOR) // SECOND)}
    assert "title" not in item
