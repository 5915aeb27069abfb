"""Conditions for tests: read from what a marketer writes, judged in a scope of a few words."""

from collections.abc import Iterable, Mapping
from typing import Any

from shared.domain.behaviour.aggregates import Aggregates
from shared.domain.conditions import trees as conditions
from shared.domain.conditions.trees import Condition, Scope
from shared.domain.language.condition_reader import ConditionReader, References
from shared.domain.language.reading import Faults
from tests.builders import NOON


def read(plain: Any, aggregates: Aggregates | None = None) -> Condition:
    faults = Faults()
    condition = ConditionReader(faults, aggregates if aggregates is not None else Aggregates()).read(plain, ())
    assert not faults, list(faults)
    return condition


def found_in(
    plain: Any, *, journeys: Iterable[str] | None = None, topics: Iterable[str] | None = None
) -> list[tuple[str, str]]:
    """The faults of a condition, as (path, message); of names that are not given, any may be referred to."""
    faults = Faults()
    references = References(
        journeys=None if journeys is None else frozenset(journeys), topics=None if topics is None else frozenset(topics)
    )
    ConditionReader(faults, Aggregates(), ("traits", "entry"), references).read(plain, ("if",))
    return [(".".join(finding.path), finding.message) for finding in faults]


def holds(condition: Condition, *, traits: Mapping[str, Any] | None = None) -> bool:
    return conditions.holds(condition, Scope(NOON, traits=traits or {}))
