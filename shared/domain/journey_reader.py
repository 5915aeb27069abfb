"""Reads a journey as its file says it into the program that runs."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import time
from typing import Any, Final

from shared.domain import reading
from shared.domain.behaviour import Aggregates
from shared.domain.condition_reader import NOT_YET, ConditionReader, References
from shared.domain.conditions import ALWAYS, Condition
from shared.domain.consent import Channel, Purpose
from shared.domain.events import RESERVED_NAMES
from shared.domain.journeys import (
    END,
    Await,
    Branch,
    Emit,
    Exit,
    Goal,
    Journey,
    Placed,
    Send,
    SetTraits,
    Split,
    Step,
    Wait,
    WaitDate,
    WaitUntil,
)
from shared.domain.local_time import WEEKDAYS, parse_time_of_day
from shared.domain.paths import EVENT_ROOTS, Path, parse_path
from shared.domain.profiles import OWN_REASONS
from shared.domain.reading import Faults, PathTo
from shared.domain.timing import Duration

MAX_STEPS: Final = 500

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
    "steps",
)
_LATER_KEYS: Final = ("in_flight",)
_LATER_VERBS: Final = ("start",)
_PERCENTAGE: Final = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,3})?) ?%", re.ASCII)
_PROFILE_ROOTS: Final = ("traits",)
_STEP_ROOTS: Final = ("traits", "entry")
_PURPOSES: Final = {purpose.value: purpose for purpose in Purpose}
_CHANNELS: Final = {channel.value: channel for channel in Channel}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What of the rest of the playbook a journey may refer to.

    Attributes:
        topics: the names in ``policy.yaml``; ``None`` where that could not be read.
        messages: message → the channels it has content for.
        journeys: the names of all journeys; ``None`` where none is to be held against a journey.
        template_fields: message → which fields of the entry event its templates read.
    """

    topics: frozenset[str] | None
    messages: Mapping[str, frozenset[Channel]]
    template_fields: Mapping[str, frozenset[tuple[str, str]]] = field(default_factory=dict)
    journeys: frozenset[str] | None = None

    @property
    def references(self) -> References:
        return References(journeys=self.journeys, topics=self.topics)


def read_journey(name: str, value: Any, around: Surroundings, aggregates: Aggregates, faults: Faults) -> Journey:
    """One journey; where ``faults`` has grown, the result is not to be run."""
    plain = reading.mapping(value, (), faults, known=(*_KEYS, *_LATER_KEYS))
    for key in _LATER_KEYS:
        if key in plain:
            faults.add((key,), f'"{key}" {NOT_YET}')
    reader = _JourneyReader(plain, around, aggregates, faults)
    purpose = reading.choice(plain.get("purpose"), ("purpose",), faults, known=_PURPOSES) or Purpose.MARKETING
    enter = reading.mapping(plain.get("enter"), ("enter",), faults, known=("on", "where", "if", "segment", "date"))
    exit_ = reading.mapping(plain.get("exit", {}), ("exit",), faults, known=("on", "if"))
    program = reader.program()
    return Journey(
        name=name,
        title=reading.text(plain.get("title", name), ("title",), faults),
        version=hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:12],
        purpose=purpose,
        topic=reader.topic(purpose),
        priority=reading.integer(plain.get("priority", 50), ("priority",), faults, low=0, high=100),
        key=reader.key(),
        enter_on=reader.entry_events(enter),
        enter_where=reader.condition(enter, ("enter", "where"), EVENT_ROOTS),
        enter_if=reader.condition(enter, ("enter", "if"), _PROFILE_ROOTS),
        reenter_after=reader.reenter(),
        exit_on=frozenset(reading.texts(exit_["on"], ("exit", "on"), faults) if "on" in exit_ else ()),
        exit_if=reader.condition(exit_, ("exit", "if"), _STEP_ROOTS) if "if" in exit_ else None,
        goal=reader.goal(),
        holdout=reader.holdout(),
        program=program,
        entry_fields=frozenset(_entry_fields(value)) | reader.read_by_templates(program),
    )


@dataclass(slots=True)
class _JourneyReader:
    plain: Mapping[str, Any]
    around: Surroundings
    aggregates: Aggregates
    faults: Faults
    placed: dict[str, Placed] = field(default_factory=dict)

    def condition(self, plain: Mapping[str, Any], path: PathTo, roots: tuple[str, ...]) -> Condition:
        """The condition under the path's last word, or ``ALWAYS``."""
        if path[-1] not in plain:
            return ALWAYS
        return ConditionReader(self.faults, self.aggregates, roots, self.around.references).read(plain[path[-1]], path)

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
        return parse_path(text, ("key",), self.faults, roots=("properties", "context"))

    def entry_events(self, enter: Mapping[str, Any]) -> frozenset[str]:
        for later in ("segment", "date"):
            if later in enter:
                self.faults.add(("enter", later), f'"{later}" {NOT_YET}')
        if "on" not in enter:
            if isinstance(self.plain.get("enter"), Mapping):
                self.faults.add(("enter",), 'says not when people enter: give "on", an event name')
            return frozenset()
        return frozenset(reading.texts(enter["on"], ("enter", "on"), self.faults))

    def reenter(self) -> Duration | None:
        value = self.plain.get("reenter", "always")
        if isinstance(value, Mapping):
            after = reading.mapping(value, ("reenter",), self.faults, known=("after",))
            return reading.duration(after.get("after"), ("reenter", "after"), self.faults)
        return reading.choice(value, ("reenter",), self.faults, known={"always": 0, "never": None})

    def goal(self) -> Goal | None:
        if "goal" not in self.plain:
            return None
        plain = reading.mapping(self.plain["goal"], ("goal",), self.faults, known=("on", "within"))
        events = reading.texts(plain.get("on"), ("goal", "on"), self.faults)
        return Goal(frozenset(events), reading.duration(plain.get("within"), ("goal", "within"), self.faults))

    def holdout(self) -> float:
        value = self.plain.get("holdout", "0%")
        match = _PERCENTAGE.fullmatch(value) if isinstance(value, str) else None
        if match is None or float(match[1]) > 100:
            self.faults.add(("holdout",), f'expected a percentage like "5%", found {reading.kind_of(value)}')
            return 0
        return float(match[1]) / 100

    # steps

    def program(self) -> Mapping[str, Placed]:
        self._block(self.plain.get("steps"), ("steps",), "", END)
        if len(self.placed) > MAX_STEPS:
            self.faults.add(("steps",), f"{len(self.placed)} steps; a journey may have {MAX_STEPS}")
        return self.placed

    def read_by_templates(self, program: Mapping[str, Placed]) -> frozenset[tuple[str, str]]:
        found: set[tuple[str, str]] = set()
        for placed in program.values():
            if isinstance(placed.step, Send):
                found |= self.around.template_fields.get(placed.step.message, frozenset())
        return frozenset(found)

    def _block(self, value: Any, path: PathTo, prefix: str, follows: str) -> str:
        """Place the steps of one list; returns the position at which it begins."""
        if not isinstance(value, list) or not value:
            self.faults.add(path, f"expected a list of steps, found {reading.kind_of(value)}")
            return follows
        for index, item in enumerate(value):
            position = f"{prefix}{index}"
            after = f"{prefix}{index + 1}" if index + 1 < len(value) else follows
            step = self._step(item, (*path, str(index)), position, after)
            if step is not None:
                self.placed[position] = Placed(step, after)
                if isinstance(step, Exit) and index + 1 < len(value):
                    self.faults.add((*path, str(index + 1)), "is never reached: the step before it ends the run")
        return f"{prefix}0"

    def _step(self, value: Any, path: PathTo, position: str, follows: str) -> Step | None:
        plain = reading.mapping(value, path, self.faults)
        if not plain:
            return None
        later = [verb for verb in _LATER_VERBS if verb in plain]
        verbs = [verb for verb in _VERBS if verb in plain and not (verb == "if" and "send" in plain)]
        if later:
            self.faults.add((*path, later[0]), f'"{later[0]}" {NOT_YET}')
            return None
        if len(verbs) != 1:
            reading.mapping(plain, path, self.faults, known=_STEP_KEYS)
            if set(plain) <= set(_STEP_KEYS):
                known = reading.quoted((*_VERBS, *_LATER_VERBS))
                self.faults.add(path, f"a step has exactly one verb: one of {known}")
            return None
        return _VERBS[verbs[0]](self, plain, path, position, follows)

    def _wait(self, plain: Mapping[str, Any], path: PathTo, _position: str, _follows: str) -> Step:
        reading.mapping(plain, path, self.faults, known=("wait", "name"))
        if isinstance(plain["wait"], Mapping):
            return self._wait_by_clock(plain["wait"], (*path, "wait"))
        return Wait(reading.duration(plain["wait"], (*path, "wait"), self.faults))

    def _wait_by_clock(self, value: Mapping[str, Any], path: PathTo) -> Step:
        if "date" in value:
            plain = reading.mapping(value, path, self.faults, known=("date", "offset"))
            text = reading.text(plain["date"], (*path, "date"), self.faults)
            offset = reading.offset(plain.get("offset", "0 days"), (*path, "offset"), self.faults)
            return WaitDate(parse_path(text, (*path, "date"), self.faults, roots=_STEP_ROOTS), offset)
        plain = reading.mapping(value, path, self.faults, known=("until", "on"))
        named = reading.texts(plain["on"], (*path, "on"), self.faults) if "on" in plain else WEEKDAYS
        known = {name: number for number, name in enumerate(WEEKDAYS)}
        days = frozenset(reading.choice(name, (*path, "on"), self.faults, known=known) or 0 for name in named)
        return WaitUntil(self._time_of_day(plain.get("until"), (*path, "until")), days)

    def _time_of_day(self, value: Any, path: PathTo) -> time:
        try:
            return parse_time_of_day(value if isinstance(value, str) else "")
        except ValueError:
            self.faults.add(path, f'expected a time of day like "09:00", found {reading.kind_of(value)}')
            return time()

    def _send(self, plain: Mapping[str, Any], path: PathTo, _position: str, _follows: str) -> Step:
        reading.mapping(plain, path, self.faults, known=("send", "via", "if", "reroute", "name"))
        reroute = plain.get("reroute", False)
        if not isinstance(reroute, bool):
            self.faults.add((*path, "reroute"), f"expected true or false, found {reading.kind_of(reroute)}")
        if "if" in plain:
            self.faults.add((*path, "if"), f"a condition checked again at the moment of sending {NOT_YET}")
        message = reading.text(plain["send"], (*path, "send"), self.faults)
        channels = self._via(plain.get("via"), (*path, "via"))
        known = self.around.messages.get(message)
        if message and known is None:
            hint = reading.suggestion(message, self.around.messages)
            self.faults.add((*path, "send"), f'there is no message "{message}"{hint}')
        for index, channel in enumerate(channels):
            if known is not None and channel not in known:
                where = (*path, "via", str(index))
                has = f": it has {reading.quoted(sorted(known))}" if known else ""
                self.faults.add(where, f'message "{message}" has no content for {channel}{has}')
        return Send(message, channels, reroute is True)

    def _via(self, value: Any, path: PathTo) -> tuple[Channel, ...]:
        if value in ("best", "all") or isinstance(value, Mapping):
            self.faults.add(path, f"via {reading.kind_of(value)} {NOT_YET}")
            return ()
        if not isinstance(value, list) or not value:
            self.faults.add(path, f"expected a list of channels, found {reading.kind_of(value)}")
            return ()
        found = [
            reading.choice(item, (*path, str(index)), self.faults, known=_CHANNELS) for index, item in enumerate(value)
        ]
        if len(set(found)) < len(found):
            self.faults.add(path, "a channel stands twice")
        return tuple(channel for channel in found if channel is not None)

    def _branch(self, plain: Mapping[str, Any], path: PathTo, position: str, follows: str) -> Step:
        reading.mapping(plain, path, self.faults, known=("if", "then", "else", "name"))
        condition = self.condition(plain, (*path, "if"), _STEP_ROOTS)
        then = self._block(plain.get("then"), (*path, "then"), f"{position}.then.", follows)
        otherwise = follows
        if "else" in plain:
            otherwise = self._block(plain["else"], (*path, "else"), f"{position}.else.", follows)
        return Branch(((condition, then),), otherwise)

    def _choose(self, plain: Mapping[str, Any], path: PathTo, position: str, follows: str) -> Step:
        reading.mapping(plain, path, self.faults, known=("choose", "name"))
        items = plain["choose"]
        if not isinstance(items, list) or not items:
            self.faults.add((*path, "choose"), f"expected a list of cases, found {reading.kind_of(items)}")
            return Branch((), follows)
        cases: list[tuple[Condition, str]] = []
        otherwise = follows
        for index, item in enumerate(items):
            below = (*path, "choose", str(index))
            case = reading.mapping(item, below, self.faults, known=("when", "steps", "otherwise"))
            if "otherwise" in case:
                reading.mapping(case, below, self.faults, known=("otherwise",))
                if index + 1 < len(items):
                    self.faults.add(below, "comes last: the cases after it are never reached")
                otherwise = self._block(case["otherwise"], (*below, "otherwise"), f"{position}.otherwise.", follows)
            elif case:
                condition = self.condition(case, (*below, "when"), _STEP_ROOTS)
                if "when" not in case:
                    self.faults.add(below, 'says not when: give "when", a condition, or "otherwise"')
                cases.append(
                    (condition, self._block(case.get("steps"), (*below, "steps"), f"{position}.{index}.", follows))
                )
        return Branch(tuple(cases), otherwise)

    def _split(self, plain: Mapping[str, Any], path: PathTo, position: str, follows: str) -> Step:
        reading.mapping(plain, path, self.faults, known=("split", "name"))
        arms: list[tuple[int, str]] = []
        faults_before = len(self.faults.found)
        for name, item in reading.mapping(plain["split"], (*path, "split"), self.faults).items():
            below = (*path, "split", name)
            arm = reading.mapping(item, below, self.faults, known=("weight", "steps"))
            weight = reading.integer(arm.get("weight"), (*below, "weight"), self.faults, low=0, high=1_000_000)
            arms.append((weight, self._block(arm.get("steps"), (*below, "steps"), f"{position}.{name}.", follows)))
        is_sound = len(self.faults.found) == faults_before
        if arms and is_sound and not any(weight for weight, _ in arms):
            self.faults.add((*path, "split"), "the weights add up to nothing: at least one must be above 0")
        return Split(str(plain.get("name", position)), tuple(arms))

    def _await(self, plain: Mapping[str, Any], path: PathTo, position: str, follows: str) -> Step:
        reading.mapping(plain, path, self.faults, known=("await", "timeout", "then", "else", "name"))
        awaited = reading.mapping(plain["await"], (*path, "await"), self.faults, known=("on", "where"))
        events = reading.texts(awaited.get("on"), (*path, "await", "on"), self.faults)
        where = self.condition(awaited, (*path, "await", "where"), (*EVENT_ROOTS, "entry"))
        timeout = reading.duration(plain.get("timeout"), (*path, "timeout"), self.faults)
        then = otherwise = follows
        if "then" in plain:
            then = self._block(plain["then"], (*path, "then"), f"{position}.then.", follows)
        if "else" in plain:
            otherwise = self._block(plain["else"], (*path, "else"), f"{position}.else.", follows)
        if "then" not in plain and "else" not in plain:
            self.faults.add(path, 'goes on alike in either case: give "then", "else" or both')
        return Await(frozenset(events), where, timeout, then, otherwise)

    def _set(self, plain: Mapping[str, Any], path: PathTo, _position: str, _follows: str) -> Step:
        reading.mapping(plain, path, self.faults, known=("set", "name"))
        traits: dict[str, Any] = {}
        for name, value in reading.mapping(plain["set"], (*path, "set"), self.faults).items():
            root, _, trait = name.partition(".")
            if root != "traits" or not trait or "." in trait:
                self.faults.add((*path, "set"), f'"{name}" cannot be set: only a trait can, such as traits.tier')
            traits[trait] = self._value(value, (*path, "set", name))
        if not traits:
            self.faults.add((*path, "set"), "sets nothing")
        return SetTraits(traits)

    def _emit(self, plain: Mapping[str, Any], path: PathTo, _position: str, _follows: str) -> Step:
        reading.mapping(plain, path, self.faults, known=("emit", "name"))
        emitted = reading.mapping(plain["emit"], (*path, "emit"), self.faults, known=("event", "properties"))
        name = reading.text(emitted.get("event"), (*path, "emit", "event"), self.faults)
        if name in RESERVED_NAMES:
            self.faults.add((*path, "emit", "event"), f'"{name}" is what the system itself says: choose another name')
        below = (*path, "emit", "properties")
        properties = reading.mapping(emitted.get("properties", {}), below, self.faults)
        return Emit(name, {key: self._value(value, (*below, key)) for key, value in properties.items()})

    def _value(self, value: Any, path: PathTo) -> Any:
        """A literal, or ``{path: …}``."""
        if isinstance(value, Mapping) and set(value) == {"path"}:
            return parse_path(reading.text(value["path"], path, self.faults), path, self.faults, roots=_STEP_ROOTS)
        return value

    def _exit(self, plain: Mapping[str, Any], path: PathTo, _position: str, _follows: str) -> Step:
        reading.mapping(plain, path, self.faults, known=("exit", "name"))
        reason = reading.text(plain["exit"], (*path, "exit"), self.faults)
        if reason in OWN_REASONS:
            self.faults.add((*path, "exit"), f'"{reason}" is what the system itself says: choose another reason')
        return Exit(reason)


_VERBS: Final[Mapping[str, Callable[[_JourneyReader, Mapping[str, Any], PathTo, str, str], Step]]] = {
    "wait": _JourneyReader._wait,
    "send": _JourneyReader._send,
    "if": _JourneyReader._branch,
    "choose": _JourneyReader._choose,
    "split": _JourneyReader._split,
    "await": _JourneyReader._await,
    "set": _JourneyReader._set,
    "emit": _JourneyReader._emit,
    "exit": _JourneyReader._exit,
}
_STEP_KEYS: Final = (*_VERBS, *_LATER_VERBS, "via", "reroute", "then", "else", "timeout", "name")


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
