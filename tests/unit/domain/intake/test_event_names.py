"""The names of the Segment spec, and what was probably meant by one that is nearly such a name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.intake.event_names import CLOSE, FREQUENT, OWN_NAMES, SPEC_NAMES, distance, meant_instead

WORDS = st.text("abc", max_size=6)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Order Completed", None),
        ("Order Complete", "Order Completed"),
        ("Order Complet", "Order Completed"),
        ("Order Comple", None),
        ("order completed", "Order Completed"),
        ("ORDER COMPLETED", "Order Completed"),
        ("Ordr Complted", "Order Completed"),
        ("Product Viewd", "Product Viewed"),
        ("Products Viewed", "Product Viewed"),
        ("Signed Up", None),
        ("Signed In", None),
        ("Back In Stock", None),
        ("", None),
    ],
)
def test_a_name_within_two_letters_is_probably_the_one_of_the_spec(name: str, meant: str | None) -> None:
    assert meant_instead(name, SPEC_NAMES) == meant


def test_no_name_of_the_spec_is_taken_for_another() -> None:
    assert not [name for name in SPEC_NAMES | OWN_NAMES if meant_instead(name, SPEC_NAMES | OWN_NAMES)]
    assert FREQUENT <= SPEC_NAMES | OWN_NAMES


@given(WORDS, WORDS, WORDS)
def test_the_distance_is_a_distance(one: str, other: str, third: str) -> None:
    assert distance(one, other) == distance(other, one)
    assert (distance(one, other) == 0) == (one == other)
    assert distance(one, third) <= distance(one, other) + distance(other, third)
    assert abs(len(one) - len(other)) <= distance(one, other) <= max(len(one), len(other))


@given(WORDS, st.frozensets(WORDS, max_size=5))
def test_what_was_meant_is_the_nearest_of_all(name: str, known: frozenset[str]) -> None:
    away = min((distance(name, other) for other in known), default=CLOSE + 1)
    meant = meant_instead(name, known)
    assert (meant is not None) == (name not in known and away <= CLOSE)
    assert meant is None or distance(name, meant) == away
