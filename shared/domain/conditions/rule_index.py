"""An index of rules: which of many hold of an event, touching only those that its own values lead to.

A rule is found by the name of the event, then by the most selective test of its condition: the equality (or ``in``)
that the fewest rules share, by the value in the event; else a threshold, by its place among the sorted ones. What
else the condition asks is code (``code``), written for a handful of rules at a time when they are first
touched; where a value leads to many, they are indexed again by what is left of their conditions.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final, Generic, TypeVar

from shared.domain.conditions.code import Touch, compile_tests, define
from shared.domain.conditions.paths import ANY_ELEMENT, Path
from shared.domain.conditions.rule_places import PORTION, Key, Numbered, Place, Values, equal_keys, is_threshold
from shared.domain.conditions.trees import ALWAYS, AllOf, AnyOf, Compare, Condition, Scope

T = TypeVar("T")

HANDFUL: Final = 40
"""So many rules are tested one after the other as fast as they are looked up."""

FEW_PLACES: Final = 24
"""So many places are visited by code, one after the other; of more, only those that the event brings."""


class RuleIndex(Generic[T]):
    """Rules by what they ask of an event.

    ``rules_on``: the rules that an event of that name may concern, in the order in which they are to be found;
    ``where``: what must hold of the event for one.
    """

    def __init__(self, rules_on: Callable[[str], Sequence[T]], where: Callable[[T], Condition]) -> None:
        self._rules_on = rules_on
        self._where = where
        self._touches: dict[str, tuple[Touch, Sequence[T], bool]] = {}

    def matching(self, scope: Scope) -> list[T]:
        """The rules that hold of the scope's event, in their order."""
        event = scope.event
        if event is None:
            return []
        known = self._touches.get(event.name)
        if known is None:
            rules_on_it = self._rules_on(event.name)
            if not rules_on_it:
                return []
            known = self._touches[event.name] = self._first_touch(rules_on_it)
        touch, rules, may_repeat = known
        found: list[int] = []
        touch(found, scope, event.properties, scope.traits)
        if len(found) > 1:
            if may_repeat:
                found = list(set(found))
            found.sort()
        return [rules[number] for number in found]

    def _first_touch(self, rules: Sequence[T]) -> tuple[Touch, Sequence[T], bool]:
        numbered = [Numbered(number, self._where(rule)) for number, rule in enumerate(rules)]
        return touch_of(numbered), rules, any(_may_be_found_twice(rule.where) for rule in numbered)


def touch_of(rules: Sequence[Numbered]) -> Touch:
    """What appends the numbers of those of the rules that hold."""
    if len(rules) <= HANDFUL or all(rule.where == ALWAYS for rule in rules):
        return compile_tests(rules)
    return _Level(rules).touch_all()


class _Level:
    """Many rules, each at the place of one of its tests; those that have none to be found by, as code."""

    def __init__(self, rules: Sequence[Numbered]) -> None:
        self._roots: dict[str, dict[str, list[Place]]] = {}
        self._places: dict[Path, Place] = {}
        parts_of = [_parts(rule.where) for rule in rules]
        keys_of = [[equal_keys(part) for part in parts] for parts in parts_of]
        sharing = Counter(key for ways in keys_of for keys in ways if keys for key in keys)
        unplaced: list[Numbered] = []
        for rule, parts, ways in zip(rules, parts_of, keys_of, strict=True):
            best = _most_selective(ways, sharing)
            if best is not None:
                rest = Numbered(rule.number, _all_but(parts, best))
                for path, value in ways[best] or ():
                    self._at(path).add_equal(value, rest)
                continue
            threshold = next((part for part in parts if isinstance(part, Compare) and is_threshold(part)), None)
            if threshold is not None:
                rest = Numbered(rule.number, _all_but(parts, parts.index(threshold)))
                self._at(threshold.path).add_threshold(threshold, rule, rest)
            else:
                unplaced.append(rule)
        self._touches = [compile_tests(unplaced[at : at + PORTION]) for at in range(0, len(unplaced), PORTION)]

    def touch_all(self) -> Touch:
        """What touches the rules to which an event leads, and those that have no place."""
        if len(self._places) > FEW_PLACES:
            self._touches.append(self._search)
        elif self._places:
            self._touches.append(self._write_walk())
        return self._touches[0] if len(self._touches) == 1 else self._touch_each

    def _touch_each(self, found: list[int], scope: Scope, properties: Values, traits: Values) -> None:
        for touch in self._touches:
            touch(found, scope, properties, traits)

    def _search(self, found: list[int], scope: Scope, properties: Values, traits: Values) -> None:
        """Touch the rules at the places that the event brings."""
        for root, places in self._roots.items():
            values = scope.root(root)
            for name in places if len(places) <= len(values) else values:
                value = values.get(name)
                if value is not None:
                    for place in places.get(name, ()):
                        place.touch_below(value, found, scope, properties, traits)

    def _write_walk(self) -> Touch:
        """The way to every place, as code."""
        names: dict[str, Any] = {}
        lines: list[str] = []
        for number, (path, place) in enumerate(self._places.items()):
            root = path.root if path.root in {"properties", "traits"} else f"scope.root({path.root!r})"
            lines += [f"value = {root}.get({path.parts[0]!r})", *place.walk(number, names)]
        body = "\n ".join(lines)
        touch: Touch = define(f"def run(found, scope, properties, traits):\n {body}\n", names)
        return touch

    def _at(self, path: Path) -> Place:
        if path not in self._places:
            place = self._places[path] = Place(path, touch_of)
            self._roots.setdefault(path.root, {}).setdefault(path.parts[0], []).append(place)
        return self._places[path]


def _most_selective(ways: Sequence[frozenset[Key] | None], sharing: Counter[Key]) -> int | None:
    """Which of a rule's equalities the fewest other rules share."""
    best, fewest = None, 0
    for index, keys in enumerate(ways):
        if keys is not None:
            together = sum(sharing[key] for key in keys)
            if best is None or together < fewest:
                best, fewest = index, together
    return best


def _may_be_found_twice(condition: Condition) -> bool:
    """Whether two values of one event may lead to the rule."""
    match condition:
        case AllOf(conditions):
            return any(map(_may_be_found_twice, conditions))
        case Compare(path, _, _):
            return ANY_ELEMENT in path.parts
        case _:
            return isinstance(condition, AnyOf)


def _parts(condition: Condition) -> tuple[Condition, ...]:
    """What all must hold, of nested ones too."""
    if not isinstance(condition, AllOf):
        return (condition,)
    return tuple(below for part in condition.conditions for below in _parts(part))


def _all_but(parts: tuple[Condition, ...], index: int) -> Condition:
    rest = parts[:index] + parts[index + 1 :]
    return rest[0] if len(rest) == 1 else AllOf(rest)
