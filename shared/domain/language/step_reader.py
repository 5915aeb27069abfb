"""Reads a journey's steps into its program: each at its position, knowing where a run goes on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from shared.domain.behaviour.aggregates import Aggregates
from shared.domain.conditions.paths import EVENT_ROOTS, parse_path
from shared.domain.conditions.trees import ALWAYS, Condition
from shared.domain.consent.words import USUAL_ORDER, Channel
from shared.domain.events import RESERVED_NAMES
from shared.domain.journeys.program import (
    END,
    Await,
    Branch,
    Emit,
    Exit,
    Placed,
    Send,
    SetTraits,
    Split,
    StartJourney,
    Step,
    Via,
    Wait,
    WaitDate,
    WaitUntil,
)
from shared.domain.language import reading
from shared.domain.language.condition_reader import ConditionReader
from shared.domain.language.reading import Faults, PathTo
from shared.domain.language.surroundings import Surroundings
from shared.domain.locales.local_time import WEEKDAYS
from shared.domain.profiles import OWN_REASONS
from shared.domain.timing import Duration

MAX_STEPS: Final = 500

STEP_ROOTS: Final = ("traits", "entry")
"""What a condition in a step may look at."""

FALLBACK_AFTER: Final = "fallback_after"

_CHANNELS: Final = {channel.value: channel for channel in Channel}
_VIA: Final = {"best": Via.BEST, "all": Via.ALL}


@dataclass(slots=True)
class StepReader:
    """Reads the steps of one journey; ``names`` are those given to steps so far."""

    around: Surroundings
    aggregates: Aggregates
    faults: Faults
    placed: dict[str, Placed] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)

    def condition(self, plain: Mapping[str, Any], path: PathTo, roots: tuple[str, ...]) -> Condition:
        """The condition under the path's last word, or ``ALWAYS``."""
        if path[-1] not in plain:
            return ALWAYS
        return ConditionReader(self.faults, self.aggregates, roots, self.around.references).read(plain[path[-1]], path)

    def program(self, value: Any) -> Mapping[str, Placed]:
        """The steps of a journey, each at its position."""
        self._block(value, ("steps",), "", END)
        if len(self.placed) > MAX_STEPS:
            self.faults.add(("steps",), f"{len(self.placed)} steps; a journey may have {MAX_STEPS}")
        return self.placed

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
                self.placed[position] = Placed(step, after, self._name_of(item))
                if isinstance(step, Exit) and index + 1 < len(value):
                    self.faults.add((*path, str(index + 1)), "is never reached: the step before it ends the run")
        return f"{prefix}0"

    def _step(self, value: Any, path: PathTo, position: str, follows: str) -> Step | None:
        plain = reading.mapping(value, path, self.faults)
        if not isinstance(value, Mapping):
            return None
        verbs = [verb for verb in _VERBS if verb in plain and not (verb == "if" and "send" in plain)]
        if len(verbs) != 1:
            reading.mapping(plain, path, self.faults, known=_STEP_KEYS)
            if set(plain) <= set(_STEP_KEYS):
                known = reading.quoted(_VERBS)
                self.faults.add(path, f"a step has exactly one verb: one of {known}")
            return None
        self._note_name(plain, path)
        return _VERBS[verbs[0]](self, plain, path, position, follows)

    @staticmethod
    def _name_of(item: Any) -> str | None:
        name = item.get("name")
        return name if isinstance(name, str) else None

    def _note_name(self, plain: Mapping[str, Any], path: PathTo) -> None:
        """What a split draws by, and a run is found by when its journey changes."""
        if "name" in plain:
            name = reading.text(plain["name"], (*path, "name"), self.faults)
            if name in self.names:
                self.faults.add((*path, "name"), f'another step is called "{name}": a name is given once')
            self.names.add(name)

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
            return WaitDate(parse_path(text, (*path, "date"), self.faults, roots=STEP_ROOTS), offset)
        plain = reading.mapping(value, path, self.faults, known=("until", "on"))
        named = reading.texts(plain["on"], (*path, "on"), self.faults) if "on" in plain else WEEKDAYS
        known = {name: number for number, name in enumerate(WEEKDAYS)}
        days = frozenset(reading.choice(name, (*path, "on"), self.faults, known=known) or 0 for name in named)
        return WaitUntil(reading.time_of_day(plain.get("until"), (*path, "until"), self.faults), days)

    def _send(self, plain: Mapping[str, Any], path: PathTo, _position: str, _follows: str) -> Step:
        reading.mapping(plain, path, self.faults, known=("send", "via", "if", "reroute", FALLBACK_AFTER, "name"))
        reroute = reading.truth(plain.get("reroute", False), (*path, "reroute"), self.faults)
        message = reading.text(plain["send"], (*path, "send"), self.faults)
        known = self.around.messages.get(message)
        if message and known is None:
            hint = reading.suggestion(message, self.around.messages)
            self.faults.add((*path, "send"), f'there is no message "{message}"{hint}')
        via, channels = self._via(plain.get("via"), (*path, "via"), message, known)
        if via is Via.ALL and "reroute" in plain:
            self.faults.add((*path, "reroute"), 'means nothing with "via: all", which passes over no channel')
        condition = self.condition(plain, (*path, "if"), STEP_ROOTS)
        after = self._fallback_after(plain, path, message, via, channels)
        return Send(message, channels, reroute is True, condition, plain.get("if"), via, after)

    def _fallback_after(
        self, plain: Mapping[str, Any], path: PathTo, message: str, via: Via, channels: tuple[Channel, ...]
    ) -> Duration | None:
        """How long the message may be silent, as the step says, else the message; held to be of use."""
        is_own, path = FALLBACK_AFTER in plain, (*path, FALLBACK_AFTER)
        after = reading.duration(plain[FALLBACK_AFTER], path, self.faults) if is_own else None
        if via is Via.ALL or len(channels) < 2:
            if is_own and channels:
                all_ = 'with "via: all" it goes on all at once' if via is Via.ALL else "there is no second channel"
                self.faults.add(path, f"means nothing here: {all_}")
            return None
        if not is_own:
            after = self.around.fallbacks.get(message)
        heard, first = self.around.heard, channels if via is Via.BEST else channels[:-1]
        if after is not None and heard is not None and not heard & {*first}:
            deaf = reading.quoted(channel.value for channel in first)
            self.faults.add(
                path if is_own else path[:-1], f"nobody would hear of an answer by {deaf}: it never falls back"
            )
        return after

    def _via(
        self, value: Any, path: PathTo, message: str, known: frozenset[Channel] | None
    ) -> tuple[Via, tuple[Channel, ...]]:
        """How the channels are chosen, and those that there are; ``known``: those that the message has content for."""
        if isinstance(value, str) and value not in _CHANNELS:
            via = reading.choice(value, path, self.faults, known=_VIA) or Via.BEST
            if known is not None and not known:
                self.faults.add(path, f'message "{message}" has no content for any channel')
            return via, tuple(channel for channel in USUAL_ORDER if channel in (known or ()))
        channels = self._channels(value, path)
        for index, channel in enumerate(channels):
            if known is not None and channel not in known:
                has = f": it has {reading.quoted(sorted(known))}" if known else ""
                self.faults.add((*path, str(index)), f'message "{message}" has no content for {channel}{has}')
        return Via.FIRST, channels

    def _channels(self, value: Any, path: PathTo) -> tuple[Channel, ...]:
        if not isinstance(value, list) or not value:
            hint = f", did you mean [{value}]?" if isinstance(value, str) and value in _CHANNELS else ""
            self.faults.add(path, f"expected a list of channels, found {reading.kind_of(value)}{hint}")
            return ()
        found = [
            reading.choice(item, (*path, str(index)), self.faults, known=_CHANNELS) for index, item in enumerate(value)
        ]
        if len(set(found)) < len(found):
            self.faults.add(path, "a channel stands twice")
        return tuple(channel for channel in found if channel is not None)

    def _branch(self, plain: Mapping[str, Any], path: PathTo, position: str, follows: str) -> Step:
        reading.mapping(plain, path, self.faults, known=("if", "then", "else", "name"))
        condition = self.condition(plain, (*path, "if"), STEP_ROOTS)
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
                condition = self.condition(case, (*below, "when"), STEP_ROOTS)
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
        if is_sound and not any(weight for weight, _ in arms):
            self.faults.add((*path, "split"), "the weights add up to nothing: at least one must be above 0")
        return Split(str(plain.get("name", position)), tuple(arms))

    def _await(self, plain: Mapping[str, Any], path: PathTo, position: str, follows: str) -> Step:
        reading.mapping(plain, path, self.faults, known=("await", "timeout", "then", "else", "name"))
        awaited = reading.mapping(plain["await"], (*path, "await"), self.faults, known=("on", "where"), short_for="on")
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
        emitted = reading.mapping(
            plain["emit"], (*path, "emit"), self.faults, known=("event", "properties"), short_for="event"
        )
        if not isinstance(plain["emit"], Mapping):
            return Emit("", {})
        name = reading.text(emitted.get("event"), (*path, "emit", "event"), self.faults)
        if name in RESERVED_NAMES:
            self.faults.add((*path, "emit", "event"), f'"{name}" is what the system itself says: choose another name')
        below = (*path, "emit", "properties")
        properties = reading.mapping(emitted.get("properties", {}), below, self.faults)
        return Emit(name, {key: self._value(value, (*below, key)) for key, value in properties.items()})

    def _value(self, value: Any, path: PathTo) -> Any:
        """A literal, or ``{path: …}``."""
        if isinstance(value, Mapping) and set(value) == {"path"}:
            return parse_path(reading.text(value["path"], path, self.faults), path, self.faults, roots=STEP_ROOTS)
        return value

    def _start(self, plain: Mapping[str, Any], path: PathTo, _position: str, _follows: str) -> Step:
        reading.mapping(plain, path, self.faults, known=("start", "name"))
        name = reading.text(plain["start"], (*path, "start"), self.faults)
        known = self.around.journeys
        if name and known is not None and name not in known:
            self.faults.add((*path, "start"), f'there is no journey "{name}"{reading.suggestion(name, known)}')
        return StartJourney(name)

    def _exit(self, plain: Mapping[str, Any], path: PathTo, _position: str, _follows: str) -> Step:
        reading.mapping(plain, path, self.faults, known=("exit", "name"))
        reason = reading.text(plain["exit"], (*path, "exit"), self.faults)
        if reason in OWN_REASONS:
            self.faults.add((*path, "exit"), f'"{reason}" is what the system itself says: choose another reason')
        return Exit(reason)


_VERBS: Final[Mapping[str, Callable[[StepReader, Mapping[str, Any], PathTo, str, str], Step]]] = {
    "wait": StepReader._wait,
    "send": StepReader._send,
    "if": StepReader._branch,
    "choose": StepReader._choose,
    "split": StepReader._split,
    "await": StepReader._await,
    "set": StepReader._set,
    "emit": StepReader._emit,
    "start": StepReader._start,
    "exit": StepReader._exit,
}
_STEP_KEYS: Final = (*_VERBS, "via", FALLBACK_AFTER, "reroute", "then", "else", "timeout", "name")
