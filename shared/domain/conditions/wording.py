"""Conditions in words: what was asked, what was found, and the verdict, for whoever asks why."""

import json
from dataclasses import dataclass
from typing import Any, Final

from shared.domain.behaviour.aggregates import course
from shared.domain.conditions.operators import Operator, TimeOperator
from shared.domain.conditions.paths import MISSING, Listed, Path
from shared.domain.conditions.patterns import Pattern
from shared.domain.conditions.trees import (
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
    Scope,
    Sum,
    judge,
)
from shared.domain.consent.rules import Basis, Ruling
from shared.domain.consent.words import ANY
from shared.domain.timing import Instant, format_duration, format_instant

_WORDS: Final = {
    Operator.IS: "is",
    Operator.IS_NOT: "is not",
    Operator.IN: "is one of",
    Operator.NOT_IN: "is none of",
    Operator.ABOVE: "is above",
    Operator.AT_LEAST: "is at least",
    Operator.BELOW: "is below",
    Operator.AT_MOST: "is at most",
    Operator.CONTAINS: "contains",
    Operator.STARTS_WITH: "starts with",
    Operator.ENDS_WITH: "ends with",
    Operator.MATCHES: "matches",
    Operator.BEFORE: "is before",
    Operator.AFTER: "is after",
    TimeOperator.WITHIN_LAST: "lies within the last",
    TimeOperator.WITHIN_NEXT: "lies within the next",
}


@dataclass(frozen=True, slots=True)
class Judgement:
    """A condition as it was judged: what was asked, with the value that it met, and whether it held.

    Attributes:
        flips_at: when time alone would turn it; ``None``: never.
        parts: the judgements that it combines; none where it is a single test.
    """

    words: str
    holds: bool
    flips_at: Instant | None = None
    parts: tuple["Judgement", ...] = ()


NOTHING_ASKED: Final = Judgement("nothing is asked", True)


def examine(condition: Condition, scope: Scope) -> Judgement:
    """Judge the condition and all of its parts, for whoever asks why."""
    match condition:
        case AllOf(()):
            return NOTHING_ASKED
        case AllOf((part,)) | AnyOf((part,)):
            return examine(part, scope)
        case AllOf(conditions) | AnyOf(conditions):
            words = "all of these" if isinstance(condition, AllOf) else "any of these"
            parts = tuple(examine(part, scope) for part in conditions)
        case Not(AllOf() | AnyOf() as part):
            words, parts = "not so", (examine(part, scope),)
        case Not(part):
            words, parts = f"not: {examine(part, scope).words}", ()
        case _:
            words, parts = _asked(condition, scope), ()
    verdict = judge(condition, scope)
    return Judgement(words, verdict.holds, verdict.flips_at, parts)


def _asked(condition: Condition, scope: Scope) -> str:
    match condition:
        case Compare(path, operator, other):
            return f"{path} ({_found(path, scope)}) {_WORDS[operator]} {_other(other, scope)}"
        case Exists(path):
            return f"{path} ({_found(path, scope)}) exists"
        case Near(path, operator, duration):
            return f"{path} ({_found(path, scope)}) {_WORDS[operator]} {format_duration(duration)}"
        case Did(aggregate, events, within, at_least, at_most):
            latest = [format_instant(at) for at in scope.aggregates.get(aggregate, ())[:3]]
            bounds = [f"at least {_times(at_least)}"] if at_least else []
            bounds += [f"at most {_times(at_most)}"] if at_most is not None else []
            often = " and ".join(bounds) or "any number of times"
            window = f" within {format_duration(within)}" if within is not None else ""
            return f"did {' or '.join(events)} {often}{window} ({', '.join(latest) or 'never'})"
        case Sum():
            return _asked_sum(condition, scope)
        case InSegment(segment):
            return f"is in the segment {segment}"
        case InJourney(journey):
            return f"is in the journey {journey}"
        case Consents(channel, topic):
            person = scope.person
            why = "" if person is None else f" ({consent_words(person.ruling(channel, topic, scope.now), channel)})"
            return f"consents to {topic} by {channel}{why}"
        case Reachable(channel):
            return f"has a usable address for {channel}"
    raise TypeError(type(condition))


def consent_words(found: Ruling, channel: str) -> str:
    """Which statement or default decided whether marketing may be sent."""
    said = "" if found.scope is None else f" to {_scope_words(*found.scope)}"
    when = "" if found.at is None else f" on {format_instant(found.at)}"
    match found.basis:
        case Basis.YES:
            return f"said yes{said}{when}"
        case Basis.NO:
            return f"said no{said}{when}"
        case Basis.UNCONFIRMED:
            return f"said yes{said}{when}, which waits to be confirmed"
        case Basis.LAPSED:
            return f"said yes{said}{when}, which is too long ago"
        case Basis.PAUSED:
            return f"wants no marketing until {format_instant(found.changes_at or 0)}"
        case Basis.DEFAULT:
            return f"said nothing, and the topic's default is {'yes' if found.is_granted else 'no'}"
        case Basis.RULE:
            return f"said nothing, and the policy's default for {channel} is no there"


def _scope_words(channel: str, topic: str) -> str:
    by = "all channels" if channel == ANY else channel
    return f"{'all topics' if topic == ANY else topic} by {by}"


def _asked_sum(condition: Sum, scope: Scope) -> str:
    _, total = next(course(scope.sums.get(condition.total, ()), condition.within, scope.now))
    window = f" within {format_duration(condition.within)}" if condition.within is not None else ""
    tests = " and ".join(f"{_WORDS[operator]} {_other(other, scope)}" for operator, other in condition.tests)
    return f"the sum of {condition.of} of {' or '.join(condition.events)}{window} ({total:f}) {tests}"


def _other(other: Any, scope: Scope) -> str:
    if isinstance(other, Pattern):
        return f"/{other.text}/"
    return f"{other} ({_shown(other.value(scope))})" if isinstance(other, Path | Listed) else _shown(other)


def _found(path: Path, scope: Scope) -> str:
    values = path.values(scope)
    return ", ".join(map(_shown, values[:5])) if values else "missing"


def _shown(value: Any) -> str:
    if value is MISSING:
        return "missing"
    return json.dumps(value, ensure_ascii=False, default=str)[:80]


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
