"""What is kept of what a person looked at, chose and bought: little, and the same whatever the order."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.shop.interests import (
    LOOKS_COUNT,
    MAX_SKU,
    MOST,
    NO_INTERESTS,
    Interests,
    of_late,
    skus_of,
    together,
    with_hour,
)
from shared.domain.timing import HOUR, Instant
from tests.builders import NOON

happenings = st.lists(
    st.tuples(st.sampled_from([*MOST]), st.sampled_from([f"s{n}" for n in range(70)]), st.integers(0, 99)), max_size=90
)


def after(listed: list[tuple[str, str, int]]) -> Interests:
    interests = NO_INTERESTS
    for kind, sku, hours in listed:
        interests = with_hour(interests, kind, [sku], NOON + hours * HOUR)
    return interests


@given(happenings, st.randoms(use_true_random=False))
def test_the_same_is_kept_whatever_the_order(listed: list[tuple[str, str, int]], chance: Any) -> None:
    shuffled = listed[:]
    chance.shuffle(shuffled)

    assert after(shuffled) == after(listed)


@given(happenings, happenings)
def test_two_who_are_one_person_did_what_either_did(one: Any, other: Any) -> None:
    assert together(after(one), after(other)) == together(after(other), after(one)) == after([*one, *other])


@given(happenings)
def test_of_each_kind_the_latest_are_kept(listed: list[tuple[str, str, int]]) -> None:
    interests = after(listed)

    for kind, most in MOST.items():
        latest: dict[str, Instant] = {}
        for one, sku, hours in listed:
            if one == kind:
                latest[sku] = max(NOON + hours * HOUR, latest.get(sku, 0))
        ordered = sorted(latest, key=lambda sku: (-latest[sku], sku))
        assert [*getattr(interests, kind)] == ordered[:most]


@pytest.mark.parametrize(
    ("line", "skus"),
    [
        ({"sku": "MUG", "product_id": "p1"}, ["MUG"]),
        ({"product_id": "p1"}, ["p1"]),
        ({"sku": "", "product_id": 118}, ["118"]),
        ({"sku": "x" * (MAX_SKU + 1)}, []),
        ({"sku": True}, []),
        ("MUG", []),
        (None, []),
    ],
)
def test_a_product_is_remembered_by_its_sku_or_else_its_product_id(line: Any, skus: list[str]) -> None:
    assert skus_of([line, line]) == skus


def test_what_was_looked_at_long_ago_is_forgotten_and_what_was_bought_is_not() -> None:
    held = Interests({"A": NOON, "B": NOON - LOOKS_COUNT}, {"C": NOON - LOOKS_COUNT}, {"D": NOON - 9 * LOOKS_COUNT})

    assert of_late(held, NOON) == Interests({"A": NOON}, {}, {"D": NOON - 9 * LOOKS_COUNT})


def test_who_did_nothing_is_nobody_to_keep_something_of() -> None:
    assert not NO_INTERESTS
    assert with_hour(NO_INTERESTS, "viewed", ["MUG"], NOON)
