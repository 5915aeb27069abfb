"""Reads a journey as its file says it into the program that runs."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from shared.domain.behaviour.aggregates import Aggregates
from shared.domain.conditions.paths import EVENT_ROOTS, Path, parse_path
from shared.domain.conditions.trees import ALWAYS
from shared.domain.consent.words import Purpose
from shared.domain.journeys.program import (
    Goal,
    Journey,
    Placed,
    Send,
)
from shared.domain.language import reading
from shared.domain.language.entry_reader import read_entry
from shared.domain.language.meanings import meant_percentage
from shared.domain.language.reading import Faults
from shared.domain.language.step_reader import STEP_ROOTS, StepReader
from shared.domain.language.surroundings import Surroundings
from shared.domain.timing import Duration, parse_duration

_KEYS: Final = (
    "title",
    "purpose",
    "topic",
    "priority",
    "key",
    "enter",
    "reenter",
    "exit",
    "goal",
    "holdout",
    "in_flight",
    "steps",
)
_IN_FLIGHT: Final = {"migrate": True}
_PERCENTAGE: Final = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,3})?) ?%", re.ASCII)
_PROFILE_ROOTS: Final = ("traits",)
_PURPOSES: Final = {purpose.value: purpose for purpose in Purpose}


def read_journey(name: str, value: Any, around: Surroundings, aggregates: Aggregates, faults: Faults) -> Journey:
    """One journey; where ``faults`` has grown, the result is not to be run."""
    plain = reading.mapping(value, (), faults, known=_KEYS)
    reader = _JourneyReader(plain, around, faults)
    steps = StepReader(around, aggregates, faults)
    purpose = reading.choice(plain.get("purpose"), ("purpose",), faults, known=_PURPOSES) or Purpose.MARKETING
    entry = read_entry(plain, around, faults)
    enter = plain["enter"] if isinstance(plain.get("enter"), Mapping) else {}
    exit_ = reading.mapping(plain.get("exit", {}), ("exit",), faults, known=("on", "if"), short_for="on")
    if exit_ == {} == plain.get("exit"):
        faults.add(("exit",), 'says not what ends a run: give "on", an event name, "if", a condition, or both')
    program = steps.program(plain.get("steps"))
    return Journey(
        name=name,
        title=reading.text(plain.get("title", name), ("title",), faults),
        version=hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:12],
        purpose=purpose,
        topic=reader.topic(purpose),
        priority=reading.integer(plain.get("priority", 50), ("priority",), faults, low=0, high=100),
        key=reader.key(),
        enter_on=entry.on,
        enter_date=entry.date,
        enter_where=steps.condition(enter, ("enter", "where"), EVENT_ROOTS) if entry.where == ALWAYS else entry.where,
        enter_if=steps.condition(enter, ("enter", "if"), _PROFILE_ROOTS),
        reenter_after=reader.reenter(),
        exit_on=frozenset(reading.texts(exit_["on"], ("exit", "on"), faults) if "on" in exit_ else ()),
        exit_if=steps.condition(exit_, ("exit", "if"), STEP_ROOTS) if "if" in exit_ else None,
        goal=reader.goal(),
        holdout=reader.holdout(),
        program=program,
        migrates="in_flight" in plain
        and reading.choice(plain["in_flight"], ("in_flight",), faults, known=_IN_FLIGHT) is True,
        source=value,
        entry_fields=frozenset(_entry_fields(value)) | reader.read_by_templates(program),
    )


@dataclass(slots=True)
class _JourneyReader:
    plain: Mapping[str, Any]
    around: Surroundings
    faults: Faults

    def topic(self, purpose: Purpose) -> str | None:
        if purpose is Purpose.TRANSACTIONAL and "topic" not in self.plain:
            return None
        if "topic" not in self.plain:
            self.faults.add((), "a marketing journey needs a topic of policy.yaml")
            return None
        name = reading.text(self.plain["topic"], ("topic",), self.faults)
        if name and self.around.topics is not None and name not in self.around.topics:
            hint = reading.suggestion(name, self.around.topics)
            self.faults.add(("topic",), f'policy.yaml has no topic "{name}"{hint}')
        return name

    def key(self) -> Path | None:
        if "key" not in self.plain:
            return None
        text = reading.text(self.plain["key"], ("key",), self.faults)
        if "*" in text.split("."):
            self.faults.add(("key",), f'"{text}" leads to many values: a run has one key')
        return parse_path(text, ("key",), self.faults, roots=("properties", "context"))

    def reenter(self) -> Duration | None:
        value = self.plain.get("reenter", "always")
        if isinstance(value, Mapping):
            after = reading.mapping(value, ("reenter",), self.faults, known=("after",))
            return reading.duration(after.get("after"), ("reenter", "after"), self.faults)
        try:
            parse_duration(value if isinstance(value, str) else "")
        except ValueError:
            return reading.choice(value, ("reenter",), self.faults, known={"always": 0, "never": None})
        self.faults.add(("reenter",), f'expected "always", "never" or a mapping, did you mean {{after: {value}}}?')
        return None

    def goal(self) -> Goal | None:
        if "goal" not in self.plain:
            return None
        plain = reading.mapping(self.plain["goal"], ("goal",), self.faults, known=("on", "within"), short_for="on")
        if not isinstance(self.plain["goal"], Mapping):
            return None
        events = reading.texts(plain.get("on"), ("goal", "on"), self.faults)
        return Goal(frozenset(events), reading.duration(plain.get("within"), ("goal", "within"), self.faults))

    def holdout(self) -> float:
        value = self.plain.get("holdout", "0%")
        match = _PERCENTAGE.fullmatch(value) if isinstance(value, str) else None
        if match is None or float(match[1]) > 100:
            self.faults.add(
                ("holdout",),
                f'expected a percentage like "5%", found {reading.kind_of(value)}{meant_percentage(value)}',
            )
            return 0
        return float(match[1]) / 100

    def read_by_templates(self, program: Mapping[str, Placed]) -> frozenset[tuple[str, str]]:
        found: set[tuple[str, str]] = set()
        for placed in program.values():
            if isinstance(placed.step, Send):
                found |= self.around.template_fields.get(placed.step.message, frozenset())
        return frozenset(found)


def _entry_fields(value: Any) -> Iterator[tuple[str, str]]:
    """Every ``entry.<root>.<field>`` that a journey's conditions read, wherever it stands."""
    if isinstance(value, Mapping):
        for key, below in value.items():
            yield from _entry_fields(key)
            yield from _entry_fields(below)
    elif isinstance(value, list):
        for item in value:
            yield from _entry_fields(item)
    elif isinstance(value, str) and value.startswith("entry."):
        _, root, *rest = value.split(".")
        if rest:
            yield root, rest[0]
