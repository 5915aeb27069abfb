"""What a value can be asked: the operators of conditions, as a table. Ill-typed or missing answers ``False``."""

import math
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from shared.domain.conditions.patterns import Pattern
from shared.domain.timing import Duration, Instant, parse_instant


class Operator(StrEnum):
    """The operators of the playbook that compare a value with another."""

    IS = "is"
    IS_NOT = "is_not"
    IN = "in"
    NOT_IN = "not_in"
    ABOVE = "above"
    AT_LEAST = "at_least"
    BELOW = "below"
    AT_MOST = "at_most"
    CONTAINS = "contains"
    STARTS_WITH = "starts_with"
    ENDS_WITH = "ends_with"
    MATCHES = "matches"
    BEFORE = "before"
    AFTER = "after"


class TimeOperator(StrEnum):
    """The operators that compare an instant with now: time alone turns them."""

    WITHIN_LAST = "within_last"
    WITHIN_NEXT = "within_next"


NEGATIONS: Final[Mapping[Operator, Operator]] = {Operator.IS_NOT: Operator.IS, Operator.NOT_IN: Operator.IN}
"""True of a missing value: the opposite of another operator."""


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def decimal_of(value: Any) -> Decimal | None:
    """A number as it is written: ``0.1`` is a tenth exactly. ``None`` for what is no number."""
    if not is_number(value) or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return Decimal(repr(value))


def equal(value: Any, other: Any) -> bool:
    """Case-sensitive; numbers by value (``20`` is ``20.0``); nothing equals what is of another type."""
    if is_number(value):
        return is_number(other) and bool(value == other)
    return type(value) is type(other) and bool(value == other)


def one_of(value: Any, others: Any) -> bool:
    return isinstance(others, Sequence) and not isinstance(others, str) and any(equal(value, other) for other in others)


def contains(value: Any, other: Any) -> bool:
    if isinstance(value, str):
        return isinstance(other, str) and other in value
    return one_of(other, value)


def instant_of(value: Any) -> Instant | None:
    """An ISO 8601 instant, or a date (its midnight in UTC)."""
    if not isinstance(value, str):
        return None
    try:
        return parse_instant(value + "T00:00" if len(value) == len("2026-11-02") else value)
    except ValueError:
        return None


def _matches(value: Any, pattern: Any) -> bool:
    return isinstance(value, str) and isinstance(pattern, Pattern) and pattern.matches(value)


def _numbers(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda value, other: is_number(value) and is_number(other) and compare(value, other)


def _texts(compare: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    return lambda value, other: isinstance(value, str) and isinstance(other, str) and compare(value, other)


def _instants(compare: Callable[[Instant, Instant], bool]) -> Callable[[Any, Any], bool]:
    def check(value: Any, other: Any) -> bool:
        at, than = instant_of(value), instant_of(other)
        return at is not None and than is not None and compare(at, than)

    return check


OPERATORS: Final[Mapping[Operator, Callable[[Any, Any], bool]]] = {
    Operator.IS: equal,
    Operator.IS_NOT: lambda value, other: not equal(value, other),
    Operator.IN: one_of,
    Operator.NOT_IN: lambda value, others: not one_of(value, others),
    Operator.ABOVE: _numbers(lambda value, other: value > other),
    Operator.AT_LEAST: _numbers(lambda value, other: value >= other),
    Operator.BELOW: _numbers(lambda value, other: value < other),
    Operator.AT_MOST: _numbers(lambda value, other: value <= other),
    Operator.CONTAINS: contains,
    Operator.STARTS_WITH: _texts(str.startswith),
    Operator.ENDS_WITH: _texts(str.endswith),
    Operator.MATCHES: _matches,
    Operator.BEFORE: _instants(lambda value, other: value < other),
    Operator.AFTER: _instants(lambda value, other: value > other),
}


DECIMAL_OPERATORS: Final[Mapping[Operator, Callable[[Decimal, Decimal], bool]]] = {
    Operator.ABOVE: lambda total, limit: total > limit,
    Operator.AT_LEAST: lambda total, limit: total >= limit,
    Operator.BELOW: lambda total, limit: total < limit,
    Operator.AT_MOST: lambda total, limit: total <= limit,
}


def within_last(at: Instant, duration: Duration, now: Instant) -> tuple[bool, Instant | None]:
    """``at`` in ``(now − duration, now]``, and the next instant at which that turns."""
    if at > now:
        return False, at
    leaves = at + duration
    return (True, leaves) if leaves > now else (False, None)


def within_next(at: Instant, duration: Duration, now: Instant) -> tuple[bool, Instant | None]:
    """``at`` in ``(now, now + duration]``, and the next instant at which that turns."""
    if at <= now:
        return False, None
    enters = at - duration
    return (True, at) if enters <= now else (False, enters)


TIME_OPERATORS: Final[Mapping[TimeOperator, Callable[[Instant, Duration, Instant], tuple[bool, Instant | None]]]] = {
    TimeOperator.WITHIN_LAST: within_last,
    TimeOperator.WITHIN_NEXT: within_next,
}
