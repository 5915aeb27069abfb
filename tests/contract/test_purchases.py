"""What every ``Purchases`` does: an order counts once, whoever tells of it and whenever, and fades."""

from dataclasses import replace
from typing import Any, Final

import boto3
import pytest

from shared.adapters.dynamodb.purchases import ATTEMPTS, KEPT_FOR, PAUSE, DynamoPurchases
from shared.domain.messages import Purchase
from shared.domain.shop.companions import HALF_LIFE, NOBODY, Companions, Count, weight_at
from shared.domain.timing import MINUTE, SECOND
from shared.errors import PermanentError, ThrottledError
from shared.ports.shop import Purchases
from shared.tables import POPULAR_SHARDS, companions_key
from tests.aws import own_client
from tests.builders import NOON
from tests.fakes.clock import FakeClock
from tests.fakes.shop import FakePurchases

WEIGHT: Final = weight_at(NOON)


def an_order(number: int, *skus: str, at: int = NOON) -> Purchase:
    return Purchase(f"{number:08x}{'0' * 24}", skus, at)


@pytest.fixture
def stored(aws: None, table_name: str) -> DynamoPurchases:
    return DynamoPurchases(boto3.client("dynamodb"), table=table_name, clock=FakeClock(NOON), fresh_for=0)


@pytest.fixture(params=["fake", "dynamodb"])
def purchases(request: pytest.FixtureRequest) -> Purchases:
    if request.param == "fake":
        return FakePurchases()
    stored: DynamoPurchases = request.getfixturevalue("stored")
    return stored


def test_what_is_bought_together_is_counted_of_each_and_of_all(purchases: Purchases) -> None:
    for number, skus in enumerate([("POT", "MUG"), ("POT", "MUG", "BOWL"), ("POT",), ("BOWL",)] * 5):
        assert purchases.count(an_order(number, *skus))

    assert purchases.companions(["POT", "BOWL", "nothing"]) == {
        "POT": Companions(15 * WEIGHT, {"BOWL": Count(5 * WEIGHT), "MUG": Count(10 * WEIGHT)}),
        "BOWL": Companions(10 * WEIGHT, {"MUG": Count(5 * WEIGHT), "POT": Count(5 * WEIGHT)}),
    }
    counts = {"BOWL": Count(10 * WEIGHT), "MUG": Count(10 * WEIGHT), "POT": Count(15 * WEIGHT)}
    assert purchases.popular() == Companions(20 * WEIGHT, counts)


def test_an_order_counts_once(purchases: Purchases) -> None:
    order = an_order(1, "POT", "MUG")

    assert purchases.count(order)
    assert not purchases.count(order)
    assert not purchases.count(replace(order, skus=("POT", "BOWL"), at=NOON + MINUTE))
    assert purchases.companions(["POT"]) == {"POT": Companions(WEIGHT, {"MUG": Count(WEIGHT)})}


def test_an_earlier_order_weighs_less_and_one_that_has_faded_nothing(purchases: Purchases) -> None:
    assert purchases.count(an_order(1, "POT", at=NOON - HALF_LIFE))
    assert not purchases.count(an_order(2, "MUG", at=0))

    assert purchases.popular() == Companions(weight_at(NOON - HALF_LIFE), {"POT": Count(weight_at(NOON - HALF_LIFE))})
    assert weight_at(NOON - HALF_LIFE) == round(WEIGHT / 2)


def test_of_nothing_nothing_is_known(purchases: Purchases) -> None:
    assert purchases.companions(["POT"]) == purchases.companions([]) == {}
    assert purchases.popular() == NOBODY


@pytest.mark.parametrize(
    ("other", "is_counted", "orders"),
    [(an_order(1, "POT", "MUG"), False, 1), (an_order(9, "POT", "MUG"), True, 2), (an_order(9, "BOWL"), True, 1)],
    ids=["the same order", "one of the same products", "one of others"],
)
def test_whoever_is_counted_between_read_and_write_is_counted_too(
    stored: DynamoPurchases, table_name: str, other: Purchase, is_counted: bool, orders: int
) -> None:
    client, first = own_client("dynamodb"), [other]

    def meanwhile(**_: Any) -> None:
        if first:
            assert stored.count(first.pop())

    client.meta.events.register("provide-client-params.dynamodb.TransactWriteItems", meanwhile)
    late = DynamoPurchases(client, table=table_name, clock=FakeClock(NOON), rest=lambda _: None)

    assert late.count(an_order(1, "POT", "MUG")) is is_counted

    assert stored.companions(["POT"]) == {"POT": Companions(orders * WEIGHT, {"MUG": Count(orders * WEIGHT)})}


def test_who_is_never_first_gives_up_for_now(stored: DynamoPurchases, table_name: str) -> None:
    client, others = own_client("dynamodb"), iter(range(8, 800, 8))

    def meanwhile(**_: Any) -> None:
        assert stored.count(an_order(next(others), "POT"))

    client.meta.events.register("provide-client-params.dynamodb.TransactWriteItems", meanwhile)
    rests: list[int] = []
    unlucky = DynamoPurchases(client, table=table_name, clock=FakeClock(NOON), rest=rests.append)
    with pytest.raises(ThrottledError):
        unlucky.count(an_order(0, "POT"))

    assert rests == [PAUSE, 2 * PAUSE, 4 * PAUSE, 8 * PAUSE, 16 * PAUSE]
    assert stored.popular().total == ATTEMPTS * WEIGHT


def test_what_is_stored_is_spread_and_expires(stored: DynamoPurchases, table_name: str) -> None:
    for number in range(POPULAR_SHARDS):
        stored.count(an_order(number, "POT"))

    items = boto3.client("dynamodb").scan(TableName=table_name)["Items"]
    kinds = [item["pk"]["S"].split("#")[0] for item in items]
    assert {kind: kinds.count(kind) for kind in kinds} == {"BOUGHT": 4, "POPULAR": 8, "COUNTED": 8}
    assert {item["expires_at"]["N"] for item in items} == {str((NOON + KEPT_FOR) // SECOND)}


def test_what_is_popular_is_read_every_few_minutes(aws: None, table_name: str) -> None:
    clock = FakeClock(NOON)
    purchases = DynamoPurchases(boto3.client("dynamodb"), table=table_name, clock=clock)
    assert purchases.popular() == NOBODY
    purchases.count(an_order(1, "POT"))
    assert purchases.popular() == NOBODY

    clock.at += 5 * MINUTE

    assert purchases.popular().total == WEIGHT


def test_what_nobody_can_read_says_where_it_is(stored: DynamoPurchases, table_name: str) -> None:
    pk, sk = companions_key("POT", 0)
    boto3.client("dynamodb").put_item(
        TableName=table_name, Item={"pk": {"S": pk}, "sk": {"S": sk}, "counts": {"B": b"?"}}
    )

    with pytest.raises(PermanentError) as raised:
        stored.companions(["POT"])
    assert raised.value.context == {"item": pk}
