"""Conditions whose verdict is plain before anything happens: those that always hold, and those that never can.

Only what is certain is said; of all else, ``None``.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, Final

from shared.domain.conditions.operators import NEGATIONS, OPERATORS, Operator, is_number
from shared.domain.conditions.paths import ANY_ELEMENT, Listed, Path
from shared.domain.conditions.trees import AllOf, AnyOf, Compare, Condition, Did, Exists, Not

_LOWER: Final = (Operator.ABOVE, Operator.AT_LEAST)
_UPPER: Final = (Operator.BELOW, Operator.AT_MOST)


def certain(condition: Condition) -> bool | None:
    """Whether it holds whatever happens (``True``), or never (``False``)."""
    match condition:
        case AllOf():
            parts = list(_conjuncts(condition))
            verdicts = [certain(part) for part in parts]
            if False in verdicts or _contradict(parts):
                return False
            return True if all(verdicts) else None
        case AnyOf(parts):
            verdicts = [certain(part) for part in parts]
            if True in verdicts:
                return True
            return False if all(verdict is False for verdict in verdicts) else None
        case Not(part):
            verdict = certain(part)
            return None if verdict is None else not verdict
        case Did(at_least=0, at_most=None):
            return True
        case _:
            return None


def _conjuncts(condition: Condition) -> Iterator[Condition]:
    """What must all hold, however nested."""
    if isinstance(condition, AllOf):
        for part in condition.conditions:
            yield from _conjuncts(part)
    else:
        yield condition


def _contradict(parts: Iterable[Condition]) -> bool:
    """Whether one value would have to be two things at once. A path through ``*`` leads to several."""
    tests: dict[Path, list[Compare]] = defaultdict(list)
    absent: set[Path] = set()
    for part in parts:
        match part:
            case Compare(path=path, other=other) if ANY_ELEMENT not in path.parts and not isinstance(
                other, Path | Listed
            ):
                tests[path].append(part)
            case Not(Exists(path)):
                absent.add(path)
    return any(_cannot_be(found, path in absent) for path, found in tests.items())


def _cannot_be(tests: list[Compare], is_absent: bool) -> bool:
    if is_absent and any(test.operator not in NEGATIONS for test in tests):
        return True
    for candidates in (_candidates(test) for test in tests):
        if candidates is not None:
            return not any(all(_passes(value, test) for test in tests) for value in candidates)
    return _is_empty(tests)


def _candidates(test: Compare) -> tuple[Any, ...] | None:
    """All that a value may be by the test; ``None`` where that is no list."""
    if test.operator is Operator.IS:
        return (test.other,)
    return tuple(test.other) if test.operator is Operator.IN and isinstance(test.other, tuple) else None


def _passes(value: Any, test: Compare) -> bool:
    return OPERATORS[test.operator](value, test.other)


def _is_empty(tests: list[Compare]) -> bool:
    """Whether no number lies between the bounds."""
    numeric = [test for test in tests if is_number(test.other)]
    return any(
        low.other > high.other or (low.other == high.other and (low.operator, high.operator) != _TOUCHING)
        for low in numeric
        if low.operator in _LOWER
        for high in numeric
        if high.operator in _UPPER
    )


_TOUCHING: Final = (Operator.AT_LEAST, Operator.AT_MOST)
