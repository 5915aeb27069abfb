"""What is counted of orders: they fade, their order does not matter, and no count is certain of too much."""

from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.shop.companions import BEGIN, HALF_LIFE, UNIT, Companions, added_up, orders, weight_at, with_order
from shared.domain.timing import DAY, parse_instant
from tests.builders import NOON

SKUS = st.sampled_from([f"sku{number}" for number in range(12)])
BASKETS = st.lists(st.frozensets(SKUS, max_size=4), max_size=30)


def counted(baskets: list[frozenset[str]], most: int = 100, weights: list[int] | None = None) -> Companions:
    held = Companions()
    for number, basket in enumerate(baskets):
        held = with_order(held, basket, weights[number] if weights else UNIT, most)
    return held


def test_an_order_counts_half_as_much_a_season_later() -> None:
    assert parse_instant("2026-01-01T00:00:00Z") == BEGIN
    assert weight_at(BEGIN) == UNIT
    assert orders(weight_at(NOON), NOON) == pytest.approx(1, rel=1e-3)
    assert orders(weight_at(NOON), NOON + HALF_LIFE) == pytest.approx(0.5, rel=1e-3)
    assert orders(weight_at(NOON), NOON + 4 * HALF_LIFE) == pytest.approx(1 / 16, rel=1e-3)


def test_what_is_too_old_to_matter_weighs_nothing() -> None:
    assert weight_at(0) == 0


@given(st.integers(-900, 9_000), st.integers(1, 400))
def test_of_two_orders_the_later_one_never_weighs_less(day: int, later: int) -> None:
    assert weight_at(BEGIN + day * DAY) <= weight_at(BEGIN + (day + later) * DAY)


@given(BASKETS, st.randoms(use_true_random=False))
def test_as_long_as_there_is_room_counts_are_exact_whatever_the_order(
    baskets: list[frozenset[str]], chance: st.DataObject
) -> None:
    shuffled = baskets[:]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    held = counted(shuffled)

    assert held.total == UNIT * len(baskets)
    truth = Counter(sku for basket in baskets for sku in basket)
    assert dict(held.counts) == {sku: (UNIT * n, 0) for sku, n in truth.items()}
    assert held.floor == 0


@given(BASKETS, st.integers(1, 5), st.data())
@settings(max_examples=60)
def test_without_room_no_count_is_certain_of_too_much_and_none_is_too_low(
    baskets: list[frozenset[str]], most: int, data: st.DataObject
) -> None:
    weights = data.draw(st.lists(st.integers(1, 9), min_size=len(baskets), max_size=len(baskets)))
    held = counted(baskets, most, weights)

    truth: Counter[str] = Counter()
    for basket, weight in zip(baskets, weights, strict=True):
        truth.update(dict.fromkeys(basket, weight))
    assert len(held.counts) <= most
    for sku, weight in truth.items():
        assert held.most(sku) >= weight
        assert sku not in held.counts or held.counts[sku].certain <= weight
    assert all(sku in held.counts for sku, weight in truth.items() if weight > sum(truth.values()) / most)


@given(st.lists(BASKETS, min_size=1, max_size=4), st.integers(1, 5))
@settings(max_examples=60)
def test_shards_add_up_to_what_is_true_of_all(shards: list[list[frozenset[str]]], most: int) -> None:
    held = added_up(counted(baskets, most) for baskets in shards)

    truth = Counter(sku for baskets in shards for basket in baskets for sku in basket)
    assert held.total == UNIT * sum(map(len, shards))
    for sku, often in truth.items():
        assert held.most(sku) >= UNIT * often
        assert sku not in held.counts or held.counts[sku].certain <= UNIT * often


def test_a_newcomer_finds_a_place_among_those_that_were_there_first() -> None:
    old = counted([frozenset({a, b}) for a, b in combinations("ABCD", 2)], most=4)

    held = with_order(with_order(old, ["NEW"], UNIT, 4), ["NEW"], UNIT, 4)

    assert held.counts["NEW"].certain == 2 * UNIT
    assert len(held.counts) == 4
