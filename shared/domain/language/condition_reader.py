"""Reads conditions as marketers write them into the trees that ``conditions.trees`` judges."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from shared.domain.behaviour.aggregates import Aggregates
from shared.domain.conditions.operators import Operator, TimeOperator, instant_of
from shared.domain.conditions.paths import EVENT_ROOTS, ROOTS, Listed, Path, parse_path
from shared.domain.conditions.patterns import PatternError, compile_pattern
from shared.domain.conditions.trees import (
    ALWAYS,
    AllOf,
    AnyOf,
    Compare,
    Condition,
    Consents,
    Did,
    Exists,
    InJourney,
    InSegment,
    Near,
    Not,
    Reachable,
    Sum,
)
from shared.domain.consent.words import Channel
from shared.domain.language import reading
from shared.domain.language.meanings import OPERATOR_SPELLINGS, did_you_mean
from shared.domain.language.reading import Faults, PathTo

MAX_COUNT: Final = 256

_DID_KEYS: Final = ("event", "where", "within", "at_least", "at_most")
_SUM_KEYS: Final = ("event", "of", "where", "within")
_NUMERIC: Final = (Operator.ABOVE, Operator.AT_LEAST, Operator.BELOW, Operator.AT_MOST)
_TEXTUAL: Final = {Operator.STARTS_WITH, Operator.ENDS_WITH}
_TEMPORAL: Final = {Operator.BEFORE, Operator.AFTER}
_AMOUNT_ROOTS: Final = ("properties", "context")
_CHANNELS: Final = {channel.value: channel for channel in Channel}


@dataclass(frozen=True, slots=True)
class References:
    """The names that a condition may refer to; of ``None``, which could not be read, none is held against it."""

    segments: frozenset[str] | None = None
    journeys: frozenset[str] | None = None
    topics: frozenset[str] | None = None


ANYTHING: Final = References()


@dataclass(frozen=True, slots=True)
class ConditionReader:
    """Reads conditions at one place of the playbook.

    Attributes:
        aggregates: where the needs of behavioural conditions are noted.
        roots: what paths may begin with at this place.
        references: what it may refer to.
    """

    faults: Faults
    aggregates: Aggregates
    roots: Sequence[str] = ROOTS
    references: References = ANYTHING

    def read(self, value: Any, path: PathTo) -> Condition:
        """One condition; ``ALWAYS`` where it has faults."""
        plain = reading.mapping(value, path, self.faults, short_for="all")
        if not plain:
            if isinstance(value, Mapping):
                self.faults.add(path, "the condition is empty")
            return ALWAYS
        parts = tuple(self._part(key, below, (*path, key)) for key, below in plain.items())
        return parts[0] if len(parts) == 1 else AllOf(parts)

    def _part(self, key: str, value: Any, path: PathTo) -> Condition:
        parse = _PARTS.get(key)
        if parse is not None:
            return parse(self, value, path)
        if key.split(".", maxsplit=1)[0] in ROOTS:
            return self._tests(parse_path(key, path, self.faults, roots=self.roots), value, path)
        known = (*_PARTS, *ROOTS)
        hint = reading.suggestion(key.split(".", maxsplit=1)[0], known)
        self.faults.add(path[:-1], f'unknown condition "{key}"{hint}', key=key)
        return ALWAYS

    def _all(self, value: Any, path: PathTo) -> Condition:
        return AllOf(self._several(value, path))

    def _any(self, value: Any, path: PathTo) -> Condition:
        return AnyOf(self._several(value, path))

    def _several(self, value: Any, path: PathTo) -> tuple[Condition, ...]:
        if not isinstance(value, list) or not value:
            self.faults.add(path, f"expected a list of conditions, found {reading.kind_of(value)}")
            return ()
        return tuple(self.read(item, (*path, str(index))) for index, item in enumerate(value))

    def _not(self, value: Any, path: PathTo) -> Condition:
        return Not(self.read(value, path))

    # fields

    def _tests(self, path: Path, value: Any, where: PathTo) -> Condition:
        if isinstance(value, list):
            return Compare(path, Operator.IN, self._literals(value, where))
        if not isinstance(value, Mapping) or set(value) == {"path"}:
            return Compare(path, Operator.IS, self._operand(value, where))
        if not value:
            self.faults.add(where, "no operator given")
        tests = tuple(self._test(path, name, operand, (*where, name)) for name, operand in value.items())
        return tests[0] if len(tests) == 1 else AllOf(tests)

    def _test(self, path: Path, name: str, operand: Any, where: PathTo) -> Condition:
        if name == "exists":
            return Exists(path) if reading.truth(operand, where, self.faults) else Not(Exists(path))
        if name in set(TimeOperator):
            return Near(path, TimeOperator(name), reading.duration(operand, where, self.faults))
        if name == Operator.MATCHES:
            return self._matches(path, operand, where)
        if name in set(Operator):
            return Compare(path, Operator(name), self._other(Operator(name), operand, where))
        known = [*Operator, *TimeOperator, "exists"]
        hint = did_you_mean(OPERATOR_SPELLINGS.get(name, "")) or reading.suggestion(name, known)
        hint = hint or f"; known are {reading.quoted(known)}"
        self.faults.add(where[:-1], f'unknown operator "{name}"{hint}', key=name)
        return ALWAYS

    def _matches(self, path: Path, operand: Any, where: PathTo) -> Condition:
        """A pattern is part of the playbook: one that an event brings would be somebody else's program."""
        if isinstance(operand, Mapping):
            self.faults.add(where, "expected a pattern written out: what an event brings is none")
            return ALWAYS
        text = reading.text(operand, where, self.faults)
        try:
            return Compare(path, Operator.MATCHES, compile_pattern(text)) if text else ALWAYS
        except PatternError as error:
            self.faults.add(where, f"RE2 refuses the pattern: {error}")
            return ALWAYS

    def _other(self, operator: Operator, operand: Any, where: PathTo) -> Any:
        """What to compare with; a literal of which the operator can never be true is a mistake."""
        if operator in {Operator.IN, Operator.NOT_IN} and isinstance(operand, list):
            return self._literals(operand, where)
        if not isinstance(operand, Mapping | list | None):
            if operator in {Operator.IN, Operator.NOT_IN}:
                self.faults.add(where, f"expected a list, found {reading.kind_of(operand)}")
            if operator in _NUMERIC and (isinstance(operand, bool) or not isinstance(operand, int | float)):
                self.faults.add(where, f"expected a number, found {reading.kind_of(operand)}")
            if operator in _TEXTUAL and not isinstance(operand, str):
                self.faults.add(where, f"expected text, found {reading.kind_of(operand)}")
            if operator in _TEMPORAL and instant_of(operand) is None:
                example = "2026-11-02T10:00:00Z"
                self.faults.add(
                    where, f"expected a date or an instant like {example}, found {reading.kind_of(operand)}"
                )
        return self._operand(operand, where)

    def _operand(self, value: Any, where: PathTo) -> Any:
        if isinstance(value, Mapping) and value:
            reading.mapping(value, where, self.faults, known=("path",))
            text = reading.text(value["path"], (*where, "path"), self.faults) if "path" in value else ""
            return parse_path(text, where, self.faults, roots=self.roots) if text else None
        if value is None:
            self.faults.add(where, 'nothing to compare with; to ask for a missing value, write "exists: false"')
        elif isinstance(value, list | Mapping):
            self.faults.add(where, f"expected one value, found {reading.kind_of(value)}")
        return value

    def _literals(self, values: list[Any], where: PathTo) -> tuple[Any, ...] | Listed:
        if not values:
            self.faults.add(where, "the list is empty")
        items: list[Any] = []
        for index, item in enumerate(values):
            place = (*where, str(index))
            if isinstance(item, Mapping) and item:
                items.append(self._operand(item, place))
                continue
            if not isinstance(item, str | int | float | bool):
                self.faults.add(place, f"expected a plain value, found {reading.kind_of(item)}")
            items.append(item)
        return Listed(tuple(items)) if any(isinstance(item, Path) for item in items) else tuple(items)

    # behaviour

    def _did_not(self, value: Any, path: PathTo) -> Condition:
        return Not(self._did(value, path))

    def _did(self, value: Any, path: PathTo) -> Condition:
        plain = reading.mapping(value, path, self.faults, known=_DID_KEYS, short_for="event")
        if not isinstance(value, Mapping):
            return ALWAYS
        events = reading.texts(plain.get("event"), (*path, "event"), self.faults)
        within = reading.duration(plain["within"], (*path, "within"), self.faults) if "within" in plain else None
        before = len(self.faults.found)
        at_least = self._count(plain, "at_least", path) if "at_least" in plain else 1
        at_most = self._count(plain, "at_most", path) if "at_most" in plain else None
        if at_most is not None and at_most < at_least and len(self.faults.found) == before:
            hint = "" if "at_least" in plain else ', the default: give "at_least: 0", or ask did_not'
            self.faults.add(path, f"at_most {at_most} is below at_least {at_least}{hint}")
        where = self._where(plain, (*path, "where"))
        keep = max(at_least, 0 if at_most is None else at_most + 1)
        aggregate = self.aggregates.need(events, plain.get("where"), where, keep=keep, within=within)
        return Did(aggregate.id, events, within, at_least, at_most)

    def _sum(self, value: Any, path: PathTo) -> Condition:
        plain = reading.mapping(value, path, self.faults, known=(*_SUM_KEYS, *_NUMERIC))
        if not isinstance(value, Mapping):
            return ALWAYS
        events = reading.texts(plain.get("event"), (*path, "event"), self.faults)
        text = reading.text(plain.get("of"), (*path, "of"), self.faults)
        of = parse_path(text, (*path, "of"), self.faults, roots=_AMOUNT_ROOTS) if text else Path("properties", ())
        within = reading.duration(plain["within"], (*path, "within"), self.faults) if "within" in plain else None
        tests = tuple((op, self._other(op, plain[op], (*path, op))) for op in _NUMERIC if op in plain)
        if not tests:
            self.faults.add(path, f"compares the sum with nothing: give {reading.quoted(_NUMERIC)}")
        where = self._where(plain, (*path, "where"))
        total = self.aggregates.need_total(events, plain.get("where"), where, of=of, within=within)
        return Sum(total.id, events, of, within, tests)

    def _count(self, plain: Mapping[str, Any], name: str, path: PathTo) -> int:
        return reading.integer(plain[name], (*path, name), self.faults, low=0, high=MAX_COUNT)

    def _where(self, plain: Mapping[str, Any], path: PathTo) -> Condition:
        if "where" not in plain:
            return ALWAYS
        where = ConditionReader(self.faults, Aggregates(), EVENT_ROOTS).read(plain["where"], path)
        if _looks_beyond(where):
            self.faults.add(path, "looks only at the event itself: at nothing else of the person, and not at the time")
        return where

    # the person's own state

    def _segment(self, value: Any, path: PathTo) -> Condition:
        return InSegment(self._name(value, path, "there is no segment", self.references.segments))

    def _in_journey(self, value: Any, path: PathTo) -> Condition:
        return InJourney(self._name(value, path, "there is no journey", self.references.journeys))

    def _consents(self, value: Any, path: PathTo) -> Condition:
        plain = reading.mapping(value, path, self.faults, known=("channel", "topic"))
        if not isinstance(value, Mapping):
            return ALWAYS
        channel = reading.choice(plain.get("channel"), (*path, "channel"), self.faults, known=_CHANNELS)
        place = (*path, "topic")
        topic = self._name(plain.get("topic"), place, "policy.yaml has no topic", self.references.topics)
        return ALWAYS if channel is None else Consents(channel, topic)

    def _reachable(self, value: Any, path: PathTo) -> Condition:
        channel = reading.choice(value, path, self.faults, known=_CHANNELS)
        if channel is Channel.WEBHOOK:
            said = "whom a webhook reaches is for its partner to say: ask for the trait, as `traits.x: {exists: true}`"
            self.faults.add(path, said)
        return ALWAYS if channel is None else Reachable(channel)

    def _name(self, value: Any, path: PathTo, missing: str, known: frozenset[str] | None) -> str:
        name = reading.text(value, path, self.faults)
        if name and known is not None and name not in known:
            self.faults.add(path, f'{missing} "{name}"{reading.suggestion(name, known)}')
        return name


_PARTS: Final[Mapping[str, Callable[[ConditionReader, Any, PathTo], Condition]]] = {
    "all": ConditionReader._all,
    "any": ConditionReader._any,
    "not": ConditionReader._not,
    "did": ConditionReader._did,
    "did_not": ConditionReader._did_not,
    "sum": ConditionReader._sum,
    "segment": ConditionReader._segment,
    "in_journey": ConditionReader._in_journey,
    "consents": ConditionReader._consents,
    "reachable": ConditionReader._reachable,
}


def _looks_beyond(condition: Condition) -> bool:
    """Whether it asks for more than an event's own content, which never changes."""
    match condition:
        case AllOf(conditions) | AnyOf(conditions):
            return any(map(_looks_beyond, conditions))
        case Not(part):
            return _looks_beyond(part)
        case Compare() | Exists():
            return False
        case _:
            return True
