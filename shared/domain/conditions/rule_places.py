"""Where rules are found by one of their tests: at a path of the event, by its value or by its place among thresholds.

What lies under a value is made when an event first leads there.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from shared.domain.conditions.code import Touch, compile_tests, is_inline
from shared.domain.conditions.operators import Operator
from shared.domain.conditions.paths import ANY_ELEMENT, Path
from shared.domain.conditions.trees import AnyOf, Compare, Condition, Scope

PORTION: Final = 8
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


Values: TypeAlias = Mapping[str, Any]
Make: TypeAlias = Callable[[Sequence[Numbered]], Touch]

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
    """What rules ask of the value at one path; ``make`` makes of rules what touches them.

    Attributes:
        touches: text, number, or what stands for a boolean → what touches the rules that ask for it.
        is_direct: whether the path ends with its first name.
    """

    __slots__ = ("_below", "_falling", "_make", "_rising", "is_direct", "touches")

    def __init__(self, path: Path, make: Make) -> None:
        self.touches: dict[Any, Touch] = {}
        self.is_direct = len(path.parts) == 1
        self._below = Path("", path.parts[1:])
        self._make = make
        self._rising: Thresholds | None = None
        self._falling: Thresholds | None = None

    def add_equal(self, value: Any, rule: Numbered) -> None:
        untouched = self.touches.get(value)
        if not isinstance(untouched, _Untouched):
            untouched = self.touches[value] = _Untouched(value, self.touches, self._make)
        untouched.rules.append(rule)

    def add_threshold(self, test: Compare, whole: Numbered, rest: Numbered) -> None:
        """``rest`` is what is left to ask of ``whole`` where the test holds."""
        if test.operator in _RISING:
            self._rising = self._rising or Thresholds(self._make, is_rising=True)
            self._rising.add((test.other, _RISING[test.operator]), whole, rest)
        else:
            self._falling = self._falling or Thresholds(self._make, is_rising=False)
            self._falling.add((test.other, _FALLING[test.operator]), whole, rest)

    def walk(self, number: int, names: dict[str, Any]) -> list[str]:
        """Code that touches the rules to which ``value`` leads, unless it is ``None``."""
        about = "found, scope, properties, traits"
        names[f"touch_{number}"] = self.touch_below
        other = f"value is not None: touch_{number}(value, {about})"
        if not self.is_direct:
            return [f"if {other}"]
        if not any(type(value) is str for value in self.touches):
            only = self._only_thresholds()
            if only is None:
                return [f"if {other}"]
            names[f"pass_{number}"] = only.touch
            is_passed = f"value {'>=' if only.is_rising else '<='} {only.first!r}"
            return [
                "if type(value) is float:",
                f" if {is_passed}: pass_{number}(value, {about})",
                f"elif {other}",
            ]
        names[f"equal_{number}"] = self.touches.get
        return [
            "if type(value) is str:",
            f" equal = equal_{number}(value)",
            f" if equal is not None: equal({about})",
            f"elif {other}",
        ]

    def _only_thresholds(self) -> "Thresholds | None":
        """Those of one direction, where there is nothing else."""
        found = [one for one in (self._rising, self._falling) if one is not None]
        return found[0] if len(found) == 1 and not self.touches else None

    def touch_below(self, value: Any, found: list[int], scope: Scope, properties: Values, traits: Values) -> None:
        """Touch the rules to which this leads: the value of the path's first name."""
        if self.is_direct:
            self._touch(value, found, scope, properties, traits)
        elif ANY_ELEMENT not in self._below.parts:
            self._touch(self._below.first_below(value), found, scope, properties, traits)
        else:
            for each in self._below.all_below(value):
                self._touch(each, found, scope, properties, traits)

    def _touch(self, value: Any, found: list[int], scope: Scope, properties: Values, traits: Values) -> None:
        kind = type(value)
        if kind is bool:
            value = _TRUTHS[value]
        elif kind is not str:
            if not isinstance(value, int | float) or value != value:  # noqa: PLR0124
                return
            if self._rising is not None:
                self._rising.touch(value, found, scope, properties, traits)
            if self._falling is not None:
                self._falling.touch(value, found, scope, properties, traits)
        touch = self.touches.get(value)
        if touch is not None:
            touch(found, scope, properties, traits)


class _Untouched:
    """Stands for the rules under a value until an event first leads there."""

    __slots__ = ("_make", "_touches", "_value", "rules")

    def __init__(self, value: Any, touches: dict[Any, Touch], make: Make) -> None:
        self.rules: list[Numbered] = []
        self._value = value
        self._touches = touches
        self._make = make

    def __call__(self, found: list[int], scope: Scope, properties: Values, traits: Values) -> None:
        touch = self._touches[self._value] = self._make(self.rules)
        touch(found, scope, properties, traits)


class Thresholds:
    """Rules that hold from some number on, upwards or downwards, in the order in which a value passes them."""

    def __init__(self, make: Make, *, is_rising: bool) -> None:
        self._make = make
        self.is_rising = is_rising
        self._added: list[tuple[tuple[float, int], Numbered, Numbered]] = []
        self._limits: list[tuple[float, int]] = []
        self._whole: list[Touch | None] = []
        self._rest: list[Touch | None] = []

    @property
    def first(self) -> float:
        """The limit that a value passes before all others; NaN passes none."""
        limits = [limit for (limit, _), _, _ in self._added]
        return min(limits) if self.is_rising else max(limits)

    def add(self, limit: tuple[float, int], whole: Numbered, rest: Numbered) -> None:
        self._added.append((limit, whole, rest))

    def touch(self, value: float, found: list[int], scope: Scope, properties: Values, traits: Values) -> None:
        if not self._limits:
            self._settle()
        below = bisect_right(self._limits, (value, 0))
        passed, more = divmod(below if self.is_rising else len(self._limits) - below, PORTION)
        for portion in range(passed):
            (self._rest[portion] or self._make_rest(portion))(found, scope, properties, traits)
        if more:
            (self._whole[passed] or self._make_whole(passed))(found, scope, properties, traits)

    def _settle(self) -> None:
        self._added.sort(key=lambda added: added[0])
        self._limits = [limit for limit, _, _ in self._added]
        if not self.is_rising:
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
