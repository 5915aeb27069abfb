"""Every operator, with what makes it true, false, and simply not an answer."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.conditions.operators import (
    NEGATIONS,
    OPERATORS,
    TIME_OPERATORS,
    Operator,
    TimeOperator,
    within_last,
    within_next,
)
from tests.builders import NOON
from tests.conditions import holds, read

MISSING: Any = None
"""A trait that is null is a trait that is not there."""

CASES: list[tuple[str, Any, Any, bool]] = [
    # operator, asked, found, verdict
    ("is", "Cork", "Cork", True),
    ("is", "Cork", "cork", False),
    ("is", 20, 20.0, True),
    ("is", 20.0, 20, True),
    ("is", 20, "20", False),
    ("is", "20", 20, False),
    ("is", True, 1, False),
    ("is", 1, True, False),
    ("is", True, True, True),
    ("is", False, False, True),
    ("is", 0, False, False),
    ("is", "x", ["x"], False),
    ("is", "x", {"x": 1}, False),
    ("is", 2**53 + 1, float(2**53), False),
    ("is", "x", MISSING, False),
    ("is_not", "Cork", "Cork", False),
    ("is_not", "Cork", "cork", True),
    ("is_not", 20, 20.0, False),
    ("is_not", 20, "20", True),
    ("is_not", "x", MISSING, True),
    ("in", ["a", "b"], "b", True),
    ("in", ["a", "b"], "c", False),
    ("in", [1, 2], 2.0, True),
    ("in", [1], True, False),
    ("in", ["a"], MISSING, False),
    ("in", ["a"], ["a"], False),
    ("not_in", ["a", "b"], "b", False),
    ("not_in", ["a", "b"], "c", True),
    ("not_in", [1, 2], 2.0, False),
    ("not_in", ["a"], MISSING, True),
    ("above", 20, 20.01, True),
    ("above", 20, 20, False),
    ("above", 20, "21", False),
    ("above", 0, True, False),
    ("above", 20, MISSING, False),
    ("at_least", 20, 20.0, True),
    ("at_least", 20, 19.99, False),
    ("at_least", 20, "20", False),
    ("at_least", 20, MISSING, False),
    ("below", 20, 19, True),
    ("below", 20, 20.0, False),
    ("below", 20, "1", False),
    ("below", 20, False, False),
    ("below", 20, MISSING, False),
    ("at_most", 20, 20.0, True),
    ("at_most", 20, 20.01, False),
    ("at_most", 20, [1], False),
    ("at_most", 20, MISSING, False),
    ("matches", "or", "Cork", True),
    ("matches", "^or", "Cork", False),
    ("matches", "^(?i)cork$", "CORK", True),
    ("matches", "^C.rk$", "Cork\n", False),
    ("matches", "^.\\pL$", "éß", True),
    ("matches", "\\d+", 20, False),
    ("matches", "a", ["a"], False),
    ("matches", "x", MISSING, False),
    ("matches", "^(a+)+$", "a" * 20_000 + "b", False),
    ("contains", "or", "Cork", True),
    ("contains", "OR", "Cork", False),
    ("contains", "vip", ["new", "vip"], True),
    ("contains", "vi", ["new", "vip"], False),
    ("contains", 2, [1, 2.0], True),
    ("contains", 1, [True], False),
    ("contains", 1, "1", False),
    ("contains", "a", {"a": 1}, False),
    ("contains", "a", 5, False),
    ("contains", "a", MISSING, False),
    ("starts_with", "Co", "Cork", True),
    ("starts_with", "co", "Cork", False),
    ("starts_with", "Co", ["Cork"], False),
    ("starts_with", "1", 15, False),
    ("starts_with", "Co", MISSING, False),
    ("ends_with", "rk", "Cork", True),
    ("ends_with", "rK", "Cork", False),
    ("ends_with", "5", 15, False),
    ("ends_with", "rk", MISSING, False),
    ("before", "2026-11-02", "2026-11-01T23:59:59.999Z", True),
    ("before", "2026-11-02", "2026-11-02", False),
    ("before", "2026-11-02T00:00:00.001Z", "2026-11-02", True),
    ("before", "2026-11-02T10:00:00Z", "2026-11-02T11:30:00+02:00", True),
    ("before", "2026-11-02", "yesterday", False),
    ("before", "2026-11-02", 5, False),
    ("before", "2026-11-02", MISSING, False),
    ("after", "2026-11-02", "2026-11-02T00:00:00.001Z", True),
    ("after", "2026-11-02", "2026-11-02", False),
    ("after", "2026-11-02", "2026-11-03", True),
    ("after", "2026-11-02", "20261103", False),
    ("after", "2026-11-02", True, False),
    ("after", "2026-11-02", MISSING, False),
    ("exists", True, "x", True),
    ("exists", True, False, True),
    ("exists", True, 0, True),
    ("exists", True, "", True),
    ("exists", True, [], True),
    ("exists", True, MISSING, False),
    ("exists", False, "x", False),
    ("exists", False, MISSING, True),
    ("within_last", "1 hour", "2026-11-02T12:00:00Z", True),
    ("within_last", "1 hour", "2026-11-02T11:00:00.001Z", True),
    ("within_last", "1 hour", "2026-11-02T11:00:00Z", False),
    ("within_last", "1 hour", "2026-11-02T12:00:00.001Z", False),
    ("within_last", "13 hours", "2026-11-02", True),
    ("within_last", "12 hours", "2026-11-02", False),
    ("within_last", "1 hour", "noon", False),
    ("within_last", "1 hour", MISSING, False),
    ("within_next", "1 hour", "2026-11-02T13:00:00Z", True),
    ("within_next", "1 hour", "2026-11-02T13:00:00.001Z", False),
    ("within_next", "1 hour", "2026-11-02T12:00:00Z", False),
    ("within_next", "12 hours", "2026-11-03", True),
    ("within_next", "1 hour", 7, False),
    ("within_next", "1 hour", MISSING, False),
]


@pytest.mark.parametrize(("operator", "asked", "found", "verdict"), CASES)
def test_an_operator_answers(operator: str, asked: Any, found: Any, verdict: bool) -> None:
    assert holds(read({"traits.x": {operator: asked}}), traits={"x": found}) is verdict
    assert holds(read({"not": {"traits.x": {operator: asked}}}), traits={"x": found}) is not verdict
    if found is MISSING:
        assert holds(read({"traits.x": {operator: asked}}), traits={}) is verdict


def test_every_operator_of_the_language_is_a_case() -> None:
    assert {case[0] for case in CASES} == {*Operator, *TimeOperator, "exists"}


@pytest.mark.parametrize("operator", [*Operator, *TimeOperator, "exists"])
def test_every_operator_has_a_true_a_false_and_a_missing_case(operator: str) -> None:
    cases = [case for case in CASES if case[0] == operator]
    assert {case[3] for case in cases} == {True, False}
    assert any(case[2] is MISSING for case in cases)


def test_the_tables_of_operators_are_total() -> None:
    assert set(OPERATORS) == set(Operator)
    assert set(TIME_OPERATORS) == set(TimeOperator)


@pytest.mark.parametrize(
    ("operator", "asked", "found", "verdict"),
    [
        ("is", "b", ["a", "b"], True),
        ("is", "c", ["a", "b"], False),
        ("is_not", "b", ["a", "b"], False),
        ("is_not", "c", ["a", "b"], True),
        ("is_not", "c", [], True),
        ("at_least", 5, [1, "9", 6], True),
        ("not_in", ["a"], ["a", "b"], False),
    ],
)
def test_any_element_will_do_and_a_negation_means_none_of_them(
    operator: str, asked: Any, found: list[Any], verdict: bool
) -> None:
    assert holds(read({"traits.x.*": {operator: asked}}), traits={"x": found}) is verdict


@pytest.mark.parametrize(
    ("condition", "traits", "verdict"),
    [
        ({"traits.a": {"path": "traits.b"}}, {"a": 1, "b": 1.0}, True),
        ({"traits.a": {"is": {"path": "traits.b"}}}, {"a": 1, "b": 2}, False),
        ({"traits.a": {"above": {"path": "traits.b"}}}, {"a": 3, "b": 2}, True),
        ({"traits.a": {"above": {"path": "traits.b"}}}, {"a": 3}, False),
        ({"traits.a": {"is": {"path": "traits.b"}}}, {}, False),
        ({"traits.a": {"is_not": {"path": "traits.b"}}}, {"a": 1}, True),
        ({"traits.a": {"in": {"path": "traits.b"}}}, {"a": 1, "b": [2, 1]}, True),
        ({"traits.a": {"in": {"path": "traits.b"}}}, {"a": "b", "b": "abc"}, False),
    ],
)
def test_a_value_may_be_looked_up(condition: Any, traits: dict[str, Any], verdict: bool) -> None:
    assert holds(read(condition), traits=traits) is verdict


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(JSON, JSON, st.sampled_from(Operator))
def test_no_value_makes_an_operator_fail(found: Any, other: Any, operator: Operator) -> None:
    verdict = OPERATORS[operator](found, other)
    assert isinstance(verdict, bool)
    if operator in NEGATIONS:
        assert verdict is not OPERATORS[NEGATIONS[operator]](found, other)


@given(st.integers(-100, 100), st.integers(1, 100))
def test_a_window_of_time_turns_exactly_when_it_says(offset: int, duration: int) -> None:
    """Against the definition: in ``(now − duration, now]``, in ``(now, now + duration]``."""
    at = NOON + offset
    definitions: list[tuple[Any, Callable[[int], bool]]] = [
        (within_last, lambda now: now - duration < at <= now),
        (within_next, lambda now: now < at <= now + duration),
    ]
    for test, is_in in definitions:
        verdict, turns_at = test(at, duration, NOON)
        assert verdict is is_in(NOON)
        later = next((now for now in range(NOON + 1, NOON + 220) if is_in(now) is not verdict), None)
        assert turns_at == later
