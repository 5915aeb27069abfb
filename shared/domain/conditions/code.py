"""Conditions as Python code: the same verdicts as ``trees.holds``, several times as fast.

Code is written only from the typed trees, values only as the ``repr`` of plain ones. What has no short form in Python
(behaviour, ``*``, a value to be read elsewhere) is looked at as ever, from within the code.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from shared.domain.conditions.operators import NEGATIONS, OPERATORS, Operator, is_number
from shared.domain.conditions.paths import ANY_ELEMENT, MISSING, Listed, Path
from shared.domain.conditions.trees import ALWAYS, AllOf, AnyOf, Compare, Condition, Exists, Not, Scope, look
from shared.domain.events import NOTHING

Touch: TypeAlias = Callable[[list[int], Scope, Mapping[str, Any], Mapping[str, Any]], None]
"""Appends numbers: of what holds of a scope with an event, whose properties and whose person's traits come along."""

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
    "context": "NOTHING if event is None else event.context",
    "entry": "scope.entry",
}


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
    return code.function(lines)


def is_inline(value: Any) -> bool:
    """Whether a literal can stand in code as it is, and be the key of a dictionary."""
    if type(value) is float:
        return math.isfinite(value)
    return type(value) in {str, bool} or (type(value) is int and abs(value) < 10**MAX_DIGITS)


def define(code: str, names: dict[str, Any]) -> Any:
    """The function ``run`` of this code, to which the names are known."""
    exec(compile(code, "<conditions>", "exec"), names)  # noqa: S102
    return names["run"]


def step(value: Any, part: str) -> Any:
    """One step further down a path; ``None`` where there is nothing."""
    found = Path("", (part,)).first_below(value)
    return None if found is MISSING else found


def number(value: Any) -> Any:
    return value if is_number(value) else math.nan


_KINDS: Final = {
    "number": "{0} if type({0}) is float or type({0}) is int else number({0})",
    "text": "{0} if type({0}) is str else None",
}
_KNOWN: Final = {"NOTHING": NOTHING, "look": look, "number": number, "step": step}


@dataclass(slots=True)
class _Code:
    """The parts of one function: what it reads first, and the constants that it names."""

    _reads: dict[Path, str] = field(default_factory=dict)
    _kinds: dict[str, str] = field(default_factory=dict)
    _names: dict[str, Any] = field(default_factory=lambda: dict(_KNOWN))

    def function(self, lines: Sequence[str]) -> Touch:
        body = "\n ".join([*self._prelude(), *lines, "return"])
        touch: Touch = define(f"def run(found, scope, properties, traits):\n {body}\n", self._names)
        return touch

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
                    test = self._comparison(path, positive or operator, other)
                    return f"(not {test})" if positive else f"({test})"
                case Exists(path) if _is_plain(path):
                    return f"({self._read(path)} is not None)"
        return f"look({self._constant(condition)}, scope)[0]"

    def _comparison(self, path: Path, operator: Operator, other: Any) -> str:
        """A test of the value at the path that is false where there is none."""
        if operator is Operator.IS and is_inline(other):
            return self._equals(path, other)
        if operator is Operator.IN and isinstance(other, tuple) and other and all(map(is_inline, other)):
            return self._one_of(path, other)
        sign = COMPARISONS.get(operator)
        if sign and is_inline(other) and type(other) in {int, float}:
            return f"{self._read(path, 'number')} {sign} {other!r}"
        value, test = self._read(path), self._constant(OPERATORS[operator])
        return f"({value} is not None and {test}({value}, {self._constant(other)}))"

    def _equals(self, path: Path, other: Any) -> str:
        if isinstance(other, bool):
            return f"{self._read(path)} is {other}"
        return f"{self._read(path, 'text' if isinstance(other, str) else 'number')} == {other!r}"

    def _one_of(self, path: Path, others: tuple[Any, ...]) -> str:
        texts = sorted({other for other in others if isinstance(other, str)})
        tests = [self._equals(path, other) for other in others if not isinstance(other, str)]
        if texts:
            tests.append(f"{self._read(path, 'text')} in {{{', '.join(map(repr, texts))}}}")
        return f"({' or '.join(tests)})"

    def _read(self, path: Path, kind: str = "value") -> str:
        """The name of what is at the path: any value or ``None``; text or ``None``; a number or NaN."""
        name = self._reads.setdefault(path, f"v{len(self._reads)}")
        if kind != "value":
            self._kinds[f"{kind}_{name}"] = _KINDS[kind].format(name)
            return f"{kind}_{name}"
        return name

    def _constant(self, value: Any) -> str:
        name = f"k{len(self._names)}"
        self._names[name] = value
        return name

    def _prelude(self) -> list[str]:
        roots = {path.root for path in self._reads} - {"properties", "traits"}
        lines = ["event = scope.event"] if roots & {"event", "context"} else []
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
        return lines + [f"{name} = {value}" for name, value in self._kinds.items()]


def _is_plain(path: Path) -> bool:
    """Whether it leads to one value, in a place that is always there."""
    if path.root == "event":
        return not path.parts
    return path.root in {"properties", "traits", *_ROOTS} and bool(path.parts) and ANY_ELEMENT not in path.parts
