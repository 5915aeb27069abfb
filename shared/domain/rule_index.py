"""An index of rules: which of many hold of an event, touching only those that its own values lead to.

A rule is found by the name of the event, then by the most selective test of its condition: the equality (or ``in``)
that the fewest rules share, by the value in the event; else a threshold, by its place among the sorted ones. What
else the condition asks is code (``condition_code``), written for a handful of rules at a time when they are first
touched; where a value leads to many, they are indexed again by what is left of their conditions.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final, Generic, NamedTuple, TypeVar

from shared.domain.condition_code import Touch, compile_tests
from shared.domain.conditions import ALWAYS, AllOf, Compare, Condition, Scope
from shared.domain.paths import Path
from shared.domain.rule_places import PORTION, Key, Numbered, Place, equal_keys, is_threshold

T = TypeVar("T")

HANDFUL: Final = 12
"""So many rules are tested one after the other as fast as they are looked up."""


class Rule(NamedTuple, Generic[T]):
    """What is found where one of the events happens and the condition holds."""

    events: Iterable[str]
    where: Condition
    payload: T


class RuleIndex(Generic[T]):
    """Rules by what they ask of an event."""

    def __init__(self, rules: Iterable[Rule[T]]) -> None:
        self._payloads: list[T] = []
        self._untouched: dict[str, list[Numbered]] = {}
        self._touches: dict[str, Touch] = {}
        for number, rule in enumerate(rules):
            self._payloads.append(rule.payload)
            for name in set(rule.events):
                self._untouched.setdefault(name, []).append(Numbered(number, rule.where))

    def matching(self, scope: Scope) -> list[T]:
        """The payloads of the rules that hold of the scope's event, in the order of the rules."""
        event = scope.event
        if event is None:
            return []
        touch = self._touches.get(event.name)
        if touch is None:
            rules = self._untouched.pop(event.name, None)
            if rules is None:
                return []
            touch = self._touches[event.name] = touch_of(rules)
        found: list[int] = []
        touch(scope, found)
        if len(found) > 1:
            found = sorted(set(found))
        payloads = self._payloads
        return [payloads[number] for number in found]


def touch_of(rules: Sequence[Numbered]) -> Touch:
    """What appends the numbers of those of the rules that hold."""
    if len(rules) <= HANDFUL or all(rule.where == ALWAYS for rule in rules):
        return compile_tests(rules)
    return _Level(rules).touch


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
        self._unplaced = [compile_tests(unplaced[at : at + PORTION]) for at in range(0, len(unplaced), PORTION)]

    def touch(self, scope: Scope, found: list[int]) -> None:
        for touch in self._unplaced:
            touch(scope, found)
        for root, places_of in self._roots.items():
            values = scope.root(root)
            for name in places_of if len(places_of) <= len(values) else values:
                value = values.get(name)
                if value is not None and name in places_of:
                    for place in places_of[name]:
                        place.touch(value, scope, found)

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


def _parts(condition: Condition) -> tuple[Condition, ...]:
    """What all must hold, of nested ones too."""
    if not isinstance(condition, AllOf):
        return (condition,)
    return tuple(below for part in condition.conditions for below in _parts(part))


def _all_but(parts: tuple[Condition, ...], index: int) -> Condition:
    rest = parts[:index] + parts[index + 1 :]
    return rest[0] if len(rest) == 1 else AllOf(rest)
