"""Where rules are found by one of their tests: at a path of the event, by its value or by its place among thresholds.

What lies under a value is made when an event first leads there.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from shared.domain.condition_code import Touch, compile_tests, is_inline
from shared.domain.conditions import AnyOf, Compare, Condition, Scope
from shared.domain.operators import Operator
from shared.domain.paths import ANY_ELEMENT, Path

PORTION: Final = 32
"""How many rules of neighbouring thresholds share a piece of code."""

PLACED_ROOTS: Final = ("properties", "traits", "context", "entry")

_RISING: Final = {Operator.AT_LEAST: 0, Operator.ABOVE: 1}
_FALLING: Final = {Operator.BELOW: 0, Operator.AT_MOST: 1}
"""Of equal thresholds, which lies below the value that equals them."""

_TRUTHS: Final = {True: ("true",), False: ("false",)}
"""What stands for booleans among the values, where ``True`` would be 1."""


class Numbered(NamedTuple):
    """A rule by its number, and what of its condition is still to be asked."""

    number: int
    where: Condition


Key: TypeAlias = tuple[Path, Any]
"""A path and the value that it is to lead to."""


def equal_keys(condition: Condition) -> frozenset[Key] | None:
    """The equalities of which any one is all that the condition asks; ``None`` where it is not of that kind."""
    match condition:
        case Compare(path, Operator.IS, other) if _is_placed(path) and is_inline(other):
            return frozenset({(path, _value(other))})
        case Compare(path, Operator.IN, tuple(others)) if _is_placed(path) and all(map(is_inline, others)):
            return frozenset((path, _value(other)) for other in others)
        case AnyOf(conditions):
            found: set[Key] = set()
            for part in conditions:
                keys = equal_keys(part)
                if keys is None:
                    return None
                found |= keys
            return frozenset(found)
    return None


def is_threshold(condition: Condition) -> bool:
    return (
        isinstance(condition, Compare)
        and (condition.operator in _RISING or condition.operator in _FALLING)
        and _is_placed(condition.path)
        and type(condition.other) in {int, float}
        and is_inline(condition.other)
    )


def _is_placed(path: Path) -> bool:
    return path.root in PLACED_ROOTS and bool(path.parts)


def _value(value: Any) -> Any:
    return _TRUTHS[value] if isinstance(value, bool) else value


class Place:
    """What rules ask of the value at one path; ``make`` makes of rules what touches them."""

    def __init__(self, path: Path, make: Callable[[Sequence[Numbered]], Touch]) -> None:
        self._below = Path("", path.parts[1:])
        self._make = make
        self._untouched: dict[Any, list[Numbered]] = {}
        self._touches: dict[Any, Touch] = {}
        self._rising: Thresholds | None = None
        self._falling: Thresholds | None = None

    def add_equal(self, value: Any, rule: Numbered) -> None:
        self._untouched.setdefault(value, []).append(rule)

    def add_threshold(self, test: Compare, whole: Numbered, rest: Numbered) -> None:
        """``rest`` is what is left to ask of ``whole`` where the test holds."""
        if test.operator in _RISING:
            self._rising = self._rising or Thresholds(self._make, is_rising=True)
            self._rising.add(test.other, _RISING[test.operator], whole, rest)
        else:
            self._falling = self._falling or Thresholds(self._make, is_rising=False)
            self._falling.add(test.other, _FALLING[test.operator], whole, rest)

    def touch(self, value: Any, scope: Scope, found: list[int]) -> None:
        """Touch the rules to which this leads: the value of the path's first name."""
        if not self._below.parts:
            self._touch(value, scope, found)
        elif ANY_ELEMENT not in self._below.parts:
            self._touch(self._below.first_below(value), scope, found)
        else:
            for each in self._below.all_below(value):
                self._touch(each, scope, found)

    def _touch(self, value: Any, scope: Scope, found: list[int]) -> None:
        kind = type(value)
        if kind is bool:
            value = _TRUTHS[value]
        elif kind is not str:
            if not isinstance(value, int | float) or value != value:  # noqa: PLR0124
                return
            if self._rising is not None:
                self._rising.touch(value, scope, found)
            if self._falling is not None:
                self._falling.touch(value, scope, found)
        touch = self._touches.get(value)
        if touch is None:
            rules = self._untouched.pop(value, None)
            if rules is None:
                return
            touch = self._touches[value] = self._make(rules)
        touch(scope, found)


class Thresholds:
    """Rules that hold from some number on, upwards or downwards, in the order in which a value passes them."""

    def __init__(self, make: Callable[[Sequence[Numbered]], Touch], *, is_rising: bool) -> None:
        self._make = make
        self._is_rising = is_rising
        self._added: list[tuple[tuple[float, int], Numbered, Numbered]] = []
        self._limits: list[tuple[float, int]] = []
        self._whole: list[Touch | None] = []
        self._rest: list[Touch | None] = []

    def add(self, limit: float, order: int, whole: Numbered, rest: Numbered) -> None:
        self._added.append(((limit, order), whole, rest))

    def touch(self, value: float, scope: Scope, found: list[int]) -> None:
        if not self._limits:
            self._settle()
        below = bisect_right(self._limits, (value, 0))
        passed, more = divmod(below if self._is_rising else len(self._limits) - below, PORTION)
        for portion in range(passed):
            (self._rest[portion] or self._make_rest(portion))(scope, found)
        if more:
            (self._whole[passed] or self._make_whole(passed))(scope, found)

    def _settle(self) -> None:
        self._added.sort(key=lambda added: added[0])
        self._limits = [limit for limit, _, _ in self._added]
        if not self._is_rising:
            self._added.reverse()
        self._whole = [None] * (len(self._added) // PORTION + 1)
        self._rest = list(self._whole)

    def _portion(self, index: int) -> Sequence[tuple[tuple[float, int], Numbered, Numbered]]:
        return self._added[index * PORTION : (index + 1) * PORTION]

    def _make_rest(self, index: int) -> Touch:
        touch = self._rest[index] = self._make([rest for _, _, rest in self._portion(index)])
        return touch

    def _make_whole(self, index: int) -> Touch:
        touch = self._whole[index] = compile_tests([whole for _, whole, _ in self._portion(index)])
        return touch
