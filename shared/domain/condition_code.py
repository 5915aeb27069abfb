"""Conditions as Python code: the same verdicts as ``conditions.holds``, several times as fast.

Code is written only from the typed trees, values only as the ``repr`` of plain ones. What has no short form in Python
(behaviour, ``*``, a value to be read elsewhere) is looked at as ever, from within the code.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from shared.domain.conditions import ALWAYS, AllOf, AnyOf, Compare, Condition, Exists, Not, Scope, look
from shared.domain.events import NOTHING
from shared.domain.operators import NEGATIONS, OPERATORS, Operator
from shared.domain.paths import ANY_ELEMENT, MISSING, Listed, Path

Test: TypeAlias = Callable[[Scope], bool]
Touch: TypeAlias = Callable[[Scope, list[int]], None]

MAX_NESTING: Final = 30
"""Python's own compiler has a limit; what is nested deeper is looked at as ever."""

MAX_DIGITS: Final = 300

COMPARISONS: Final[Mapping[Operator, str]] = {
    Operator.ABOVE: ">",
    Operator.AT_LEAST: ">=",
    Operator.BELOW: "<",
    Operator.AT_MOST: "<=",
}

_ROOTS: Final = {
    "properties": "NOTHING if event is None else event.properties",
    "context": "NOTHING if event is None else event.context",
    "traits": "scope.traits",
    "entry": "scope.entry",
}


def compile_test(condition: Condition) -> Test:
    """``holds`` of this condition as a function of the scope."""
    code = _Code()
    verdict = code.expression(condition)
    test: Test = code.function("scope", [f"return {verdict}"])
    return test


def compile_tests(numbered: Sequence[tuple[int, Condition]]) -> Touch:
    """One function that appends the numbers of the conditions that hold."""
    code = _Code()
    always = tuple(number for number, condition in numbered if condition == ALWAYS)
    lines = [f"found += {always}"] if always else []
    lines += [
        f"if {code.expression(condition)}: found.append({number})"
        for number, condition in numbered
        if condition != ALWAYS
    ]
    touch: Touch = code.function("scope, found", [*lines, "return"])
    return touch


def is_inline(value: Any) -> bool:
    """Whether a literal can stand in code as it is, and be the key of a dictionary."""
    if type(value) is float:
        return math.isfinite(value)
    return type(value) in {str, bool} or (type(value) is int and abs(value) < 10**MAX_DIGITS)


def step(value: Any, part: str) -> Any:
    """One step further down a path; ``None`` where there is nothing."""
    found = Path("", (part,)).first_below(value)
    return None if found is MISSING else found


@dataclass(slots=True)
class _Code:
    """The parts of one function: what it reads first, and the constants that it names."""

    _reads: dict[Path, str] = field(default_factory=dict)
    _names: dict[str, Any] = field(
        default_factory=lambda: {"NOTHING": NOTHING, "NUMBER": (int, float), "look": look, "step": step}
    )

    def function(self, arguments: str, lines: Sequence[str]) -> Any:
        body = "\n ".join([*self._prelude(), *lines])
        exec(compile(f"def run({arguments}):\n {body}\n", "<conditions>", "exec"), self._names)  # noqa: S102
        return self._names["run"]

    def expression(self, condition: Condition, nesting: int = 0) -> str:
        if nesting < MAX_NESTING:
            match condition:
                case AllOf(conditions) | AnyOf(conditions):
                    is_all = isinstance(condition, AllOf)
                    word = " and " if is_all else " or "
                    parts = [self.expression(part, nesting + 1) for part in conditions]
                    return f"({word.join(parts)})" if parts else repr(is_all)
                case Not(part):
                    return f"(not {self.expression(part, nesting + 1)})"
                case Compare(path, operator, other) if _is_plain(path) and not isinstance(other, Path | Listed):
                    positive = NEGATIONS.get(operator)
                    test = self._comparison(self._read(path), positive or operator, other)
                    return f"(not {test})" if positive else test
                case Exists(path) if _is_plain(path):
                    return f"({self._read(path)} is not None)"
        return f"look({self._constant(condition)}, scope)[0]"

    def _comparison(self, value: str, operator: Operator, other: Any) -> str:
        """A test of a value that may be missing (``None``): then it is false."""
        if operator is Operator.IS and is_inline(other):
            return self._equals(value, other)
        if operator is Operator.IN and isinstance(other, tuple) and other and all(map(is_inline, other)):
            return self._one_of(value, other)
        sign = COMPARISONS.get(operator)
        if sign and is_inline(other) and type(other) in {int, float}:
            return f"(isinstance({value}, NUMBER) and {value} {sign} {other!r} and {_is_no_bool(value)})"
        test = self._constant(OPERATORS[operator])
        return f"({value} is not None and {test}({value}, {self._constant(other)}))"

    def _equals(self, value: str, other: Any) -> str:
        if isinstance(other, bool):
            return f"({value} is {other})"
        if isinstance(other, str):
            return f"({value} == {other!r} and type({value}) is str)"
        return f"({value} == {other!r} and isinstance({value}, NUMBER) and {_is_no_bool(value)})"

    def _one_of(self, value: str, others: tuple[Any, ...]) -> str:
        texts = sorted({other for other in others if isinstance(other, str)})
        tests = [self._equals(value, other) for other in others if not isinstance(other, str)]
        if texts:
            tests.append(f"(type({value}) is str and {value} in {{{', '.join(map(repr, texts))}}})")
        return f"({' or '.join(tests)})"

    def _read(self, path: Path) -> str:
        return self._reads.setdefault(path, f"v{len(self._reads)}")

    def _constant(self, value: Any) -> str:
        name = f"k{len(self._names)}"
        self._names[name] = value
        return name

    def _prelude(self) -> list[str]:
        roots = {path.root for path in self._reads}
        lines = ["event = scope.event"] if roots & {"event", "properties", "context"} else []
        lines += [f"{root} = {_ROOTS[root]}" for root in sorted(roots - {"event"})]
        for path, name in self._reads.items():
            if path.root == "event":
                lines.append(f"{name} = None if event is None else event.name")
                continue
            first, *rest = path.parts
            lines.append(f"{name} = {path.root}.get({first!r})")
            lines += [
                f"{name} = {name}.get({part!r}) if type({name}) is dict else step({name}, {part!r})" for part in rest
            ]
        return lines


def _is_no_bool(value: str) -> str:
    return f"{value} is not True and {value} is not False"


def _is_plain(path: Path) -> bool:
    """Whether it leads to one value, in a place that is always there."""
    if path.root == "event":
        return not path.parts
    return path.root in _ROOTS and bool(path.parts) and ANY_ELEMENT not in path.parts
