"""What a condition looks at of a person, so that what changes asks only those conditions again that look at it."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Final, NamedTuple

from shared.domain.conditions.paths import Listed, Path
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
    Sum,
)


class Kind(StrEnum):
    """The parts of a person that conditions look at."""

    TRAIT = "trait"
    COUNT = "count"
    """The instants kept under an aggregate's id."""
    SUM = "sum"
    """The amounts kept under a total's id."""
    JOURNEY = "journey"
    SEGMENT = "segment"
    CONSENT = "consent"
    ADDRESS = "address"


class Need(NamedTuple):
    """One part, and which of its kind; empty where the kind is looked at as a whole."""

    kind: Kind
    name: str = ""


_WHERE: Final = ("country", "address", "phone")
"""The traits that tell a person's country, by which the policy's rules of consent may go."""


def needs_of(condition: Condition) -> frozenset[Need]:
    """Everything of the person that may turn the condition, time apart."""
    return frozenset(_needs(condition))


def _needs(condition: Condition) -> Iterator[Need]:
    match condition:
        case AllOf(conditions) | AnyOf(conditions):
            for part in conditions:
                yield from _needs(part)
        case Not(part):
            yield from _needs(part)
        case Compare(path, _, other):
            yield from (*_traits(path), *_traits(other))
        case Exists(path) | Near(path):
            yield from _traits(path)
        case Did():
            yield Need(Kind.COUNT, condition.aggregate)
        case Sum(total=total, tests=tests):
            yield Need(Kind.SUM, total)
            yield from (need for _, other in tests for need in _traits(other))
        case Consents():
            yield Need(Kind.CONSENT)
            yield from (Need(Kind.TRAIT, name) for name in _WHERE)
        case _:
            yield _standing(condition)


def _standing(condition: InJourney | InSegment | Reachable) -> Need:
    match condition:
        case InJourney(journey):
            return Need(Kind.JOURNEY, journey)
        case InSegment(segment):
            return Need(Kind.SEGMENT, segment)
        case Reachable():
            return Need(Kind.ADDRESS)


def _traits(value: object) -> Iterator[Need]:
    if isinstance(value, Listed):
        for item in value.items:
            yield from _traits(item)
    elif isinstance(value, Path) and value.root == "traits":
        yield Need(Kind.TRAIT, value.parts[0])
