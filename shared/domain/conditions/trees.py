"""Conditions: what must hold, evaluated to a verdict and the instant at which time alone would turn it.

A condition is a small tree. Judging it never fails: a missing or ill-typed value is simply not what was asked.
Behaviour (``did``, ``sum``) is answered from what the profile keeps for it (see ``behaviour.aggregates``).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, NamedTuple, Protocol, TypeAlias

from shared.domain.behaviour.aggregates import Amounts, course
from shared.domain.conditions.operators import (
    DECIMAL_OPERATORS,
    NEGATIONS,
    OPERATORS,
    TIME_OPERATORS,
    Operator,
    TimeOperator,
    decimal_of,
    instant_of,
)
from shared.domain.conditions.paths import MISSING, Listed, Path
from shared.domain.consent.rules import Ruling
from shared.domain.consent.words import Channel
from shared.domain.events import NOTHING, Event
from shared.domain.records import quick
from shared.domain.timing import Duration, Instant

MAX_FLIPS: Final = 1_000
"""How many changes of its parts a verdict is followed through before it is simply looked at again then."""


class Verdict(NamedTuple):
    """Whether it holds, and when time alone would turn that (``None``: never)."""

    holds: bool
    flips_at: Instant | None


class Person(Protocol):
    """How things stand with the person; but for consent, time alone changes none of it."""

    def is_in_segment(self, segment: str) -> bool:
        """Whether they are in it now."""
        ...

    def is_in_journey(self, journey: str) -> bool:
        """Whether a run of it lives."""
        ...

    def ruling(self, channel: Channel, topic: str | None, now: Instant) -> Ruling:
        """Whether marketing about the topic may be sent there then, and when time alone may change that."""
        ...

    def is_reachable(self, channel: Channel) -> bool:
        """Whether a usable address is known."""
        ...


@quick
@dataclass(frozen=True, slots=True)
class Scope:
    """What a condition can see: the person, the event at hand, the event that started the run, the time."""

    now: Instant
    traits: Mapping[str, Any] = field(default=NOTHING)
    event: Event | None = None
    entry: Mapping[str, Any] = field(default=NOTHING)
    aggregates: Mapping[str, tuple[Instant, ...]] = field(default=NOTHING)
    person: Person | None = None
    sums: Mapping[str, Amounts] = field(default=NOTHING)

    def root(self, name: str) -> Any:
        if name == "traits":
            return self.traits
        if name == "entry":
            return self.entry
        if self.event is None:
            return MISSING
        return self.event.name if name == "event" else getattr(self.event, name)

    def at(self, now: Instant) -> "Scope":
        return Scope(now, self.traits, self.event, self.entry, self.aggregates, self.person, self.sums)


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every one holds; of none, true."""

    conditions: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one holds; of none, false."""

    conditions: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    condition: "Condition"


@dataclass(frozen=True, slots=True)
class Compare:
    """One operator on what a path leads to; ``other`` is a literal, or to be read at that moment."""

    path: Path
    operator: Operator
    other: Any


@dataclass(frozen=True, slots=True)
class Exists:
    path: Path


@dataclass(frozen=True, slots=True)
class Near:
    """The instant that a path leads to is near now."""

    path: Path
    operator: TimeOperator
    duration: Duration


@dataclass(frozen=True, slots=True)
class Did:
    """How often the person did something within a window that ends now, from ``at_least`` to ``at_most`` times."""

    aggregate: str
    events: tuple[str, ...]
    within: Duration | None
    at_least: int
    at_most: int | None


@dataclass(frozen=True, slots=True)
class Sum:
    """What the path led to in events within a window that ends now, taken together; of none, zero.

    Attributes:
        total: under which id the amounts are kept.
        tests: what must hold of it: operators, each with a number, or a path to one.
    """

    total: str
    events: tuple[str, ...]
    of: Path
    within: Duration | None
    tests: tuple[tuple[Operator, Any], ...]


@dataclass(frozen=True, slots=True)
class InSegment:
    """The person is in the segment."""

    segment: str


@dataclass(frozen=True, slots=True)
class InJourney:
    """A run of the journey lives."""

    journey: str


@dataclass(frozen=True, slots=True)
class Consents:
    """Marketing about the topic may be sent on the channel."""

    channel: Channel
    topic: str


@dataclass(frozen=True, slots=True)
class Reachable:
    """The channel has a usable address."""

    channel: Channel


Standing: TypeAlias = InSegment | InJourney | Consents | Reachable
"""What is asked of the person's own state."""

Condition: TypeAlias = AllOf | AnyOf | Not | Compare | Exists | Near | Did | Sum | Standing

ALWAYS: Final = AllOf(())


def judge(condition: Condition, scope: Scope) -> Verdict:
    """The verdict now, and the exact instant at which it turns if nothing happens until then."""
    holds, changes_at = look(condition, scope)
    for _ in range(MAX_FLIPS):
        if changes_at is None:
            return Verdict(holds, None)
        then, after = look(condition, scope.at(changes_at))
        if then != holds:
            return Verdict(holds, changes_at)
        changes_at = after
    return Verdict(holds, changes_at)


def holds(condition: Condition, scope: Scope) -> bool:
    """Only whether it holds now."""
    return look(condition, scope)[0]


def look(condition: Condition, scope: Scope) -> tuple[bool, Instant | None]:
    """Whether it holds, and the next instant at which any part of it changes (the whole need not)."""
    return _LOOKS[type(condition)](condition, scope)


def _all_of(condition: AllOf, scope: Scope) -> tuple[bool, Instant | None]:
    verdict, changes_at = True, None
    for part in condition.conditions:
        holds, at = look(part, scope)
        verdict = verdict and holds
        if at is not None and (changes_at is None or at < changes_at):
            changes_at = at
    return verdict, changes_at


def _any_of(condition: AnyOf, scope: Scope) -> tuple[bool, Instant | None]:
    verdict, changes_at = False, None
    for part in condition.conditions:
        holds, at = look(part, scope)
        verdict = verdict or holds
        if at is not None and (changes_at is None or at < changes_at):
            changes_at = at
    return verdict, changes_at


def _not(condition: Not, scope: Scope) -> tuple[bool, Instant | None]:
    verdict, changes_at = look(condition.condition, scope)
    return not verdict, changes_at


def _compare(condition: Compare, scope: Scope) -> bool:
    other = condition.other
    if isinstance(other, Path | Listed):
        other = other.value(scope)
    positive = NEGATIONS.get(condition.operator)
    if positive is not None:
        return not any(OPERATORS[positive](value, other) for value in condition.path.values(scope))
    test = OPERATORS[condition.operator]
    return any(test(value, other) for value in condition.path.values(scope))


def _near(condition: Near, scope: Scope) -> tuple[bool, Instant | None]:
    instants = [instant_of(value) for value in condition.path.values(scope)]
    test = TIME_OPERATORS[condition.operator]
    verdicts = [test(at, condition.duration, scope.now) for at in instants if at is not None]
    changes = (changes_at for _, changes_at in verdicts if changes_at is not None)
    return any(verdict for verdict, _ in verdicts), min(changes, default=None)


def _did(condition: Did, scope: Scope) -> tuple[bool, Instant | None]:
    latest = scope.aggregates.get(condition.aggregate, ())
    window = condition.within
    count = 0
    changes_at = None
    for at in latest:  # newest first
        if at > scope.now:
            changes_at = at if changes_at is None else min(changes_at, at)
            continue
        if window is not None and at <= scope.now - window:
            break
        count += 1
        if window is not None and count in {condition.at_least, (condition.at_most or 0) + 1}:
            changes_at = at + window if changes_at is None else min(changes_at, at + window)
    return condition.at_least <= count and (condition.at_most is None or count <= condition.at_most), changes_at


def _sum(condition: Sum, scope: Scope) -> tuple[bool, Instant | None]:
    tests: list[tuple[Operator, Decimal]] = []
    for operator, other in condition.tests:
        limit = decimal_of(other.value(scope) if isinstance(other, Path) else other)
        if limit is None:
            return False, None
        tests.append((operator, limit))

    def meets(total: Decimal) -> bool:
        return all(DECIMAL_OPERATORS[operator](total, limit) for operator, limit in tests)

    totals = course(scope.sums.get(condition.total, ()), condition.within, scope.now)
    verdict = meets(next(totals)[1])
    return verdict, next((at for at, total in totals if meets(total) is not verdict), None)


def _of_person(ask: Callable[[Any, Person], bool]) -> Callable[[Any, Scope], tuple[bool, Instant | None]]:
    return lambda condition, scope: (scope.person is not None and ask(condition, scope.person), None)


def _consents(condition: Consents, scope: Scope) -> tuple[bool, Instant | None]:
    if scope.person is None:
        return False, None
    found = scope.person.ruling(condition.channel, condition.topic, scope.now)
    return found.is_granted, found.changes_at


_LOOKS: Final[Mapping[type, Callable[[Any, Scope], tuple[bool, Instant | None]]]] = {
    AllOf: _all_of,
    AnyOf: _any_of,
    Not: _not,
    Compare: lambda condition, scope: (_compare(condition, scope), None),
    Exists: lambda condition, scope: (condition.path.value(scope) is not MISSING, None),
    Near: _near,
    Did: _did,
    Sum: _sum,
    InSegment: _of_person(lambda condition, person: person.is_in_segment(condition.segment)),
    InJourney: _of_person(lambda condition, person: person.is_in_journey(condition.journey)),
    Consents: _consents,
    Reachable: _of_person(lambda condition, person: person.is_reachable(condition.channel)),
}
"""How each kind of condition is looked at; a table, since this is what ``decide`` does most."""
