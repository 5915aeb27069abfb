"""Answers any condition of the language at any instant from the whole of a life, by the letter of the contract.

Written from the contract alone: nothing is kept small, nothing is remembered from one question to the next, and
nothing of the product's own judgement is used. It reads conditions as a marketer writes them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

Plain = Mapping[str, Any]

UNITS: Final = {"second": 1_000, "minute": 60_000, "hour": 3_600_000, "day": 86_400_000, "week": 604_800_000}
NOTHING: Final = object()


@dataclass(frozen=True)
class Happening:
    """One event of a life: when it happened, when it arrived, and what it said."""

    id: str
    name: str
    at: int
    arrives: int
    properties: Plain = field(default_factory=dict)
    traits: Plain = field(default_factory=dict)


@dataclass(frozen=True)
class Life:
    """All that ever happened to one person, in the order of arrival.

    Attributes:
        segments: name → condition.
        granted: the topics of which a person hears who has said nothing.
    """

    happenings: Sequence[Happening]
    segments: Mapping[str, Plain] = field(default_factory=dict)
    granted: frozenset[str] = frozenset()
    counting: frozenset[int] = field(init=False, default=frozenset())
    """Those that are no duplicates: the same id, within 24 hours of the last arrival that counted."""

    def __post_init__(self) -> None:
        last: dict[str, int] = {}
        counting = []
        for one in self.happenings:
            if one.id not in last or one.arrives - last[one.id] > UNITS["day"]:
                last[one.id] = one.arrives
                counting.append(id(one))
        object.__setattr__(self, "counting", frozenset(counting))

    def holds(self, asked: Plain, now: int, *, known: int) -> bool:
        """Whether the condition holds at that instant, when so many of the happenings are known."""
        return _Question(self, now, known).holds(asked, None)

    def edges(self, asked: Any) -> set[int]:
        """Every instant at which something that is asked could turn, by an arrival or by time alone."""
        durations = set(durations_in([asked, *self.segments.values()]))
        marks = {one.at for one in self.happenings} | {one.arrives for one in self.happenings}
        for one in self.happenings:
            marks |= {at for value in one.traits.values() if (at := instant_of(value)) is not None}
        return marks | {mark + sign * duration for mark in marks for duration in durations for sign in (-1, 1)}


@dataclass(frozen=True)
class _Question:
    life: Life
    now: int
    known: int

    def holds(self, asked: Plain, event: Happening | None) -> bool:
        return all(self._part(name, value, event) for name, value in asked.items())

    def _part(self, name: str, value: Any, event: Happening | None) -> bool:
        match name:
            case "all":
                return all(self.holds(part, event) for part in value)
            case "any":
                return any(self.holds(part, event) for part in value)
            case "not":
                return not self.holds(value, event)
            case "did":
                return self._did(value)
            case "did_not":
                return not self._did(value)
            case "sum":
                return self._sum(value)
            case "segment":
                return self.holds(self.life.segments[value], None)
            case "consents":
                return self._consents(value["channel"], value["topic"])
            case _:
                return self._compares(list(self._found(name, event)), value, event)

    # behaviour

    def _happened(self) -> list[Happening]:
        return [one for one in self.life.happenings[: self.known] if id(one) in self.life.counting]

    def _matching(self, asked: Plain) -> list[Happening]:
        names = asked["event"] if isinstance(asked["event"], list) else [asked["event"]]
        since = self.now - milliseconds(asked["within"]) if "within" in asked else None
        return [
            one
            for one in self._happened()
            if one.name in names
            and one.at <= self.now
            and (since is None or since < one.at)
            and self.holds(asked.get("where", {}), one)
        ]

    def _did(self, asked: Plain) -> bool:
        count = len(self._matching(asked))
        return asked.get("at_least", 1) <= count and ("at_most" not in asked or count <= asked["at_most"])

    def _sum(self, asked: Plain) -> bool:
        total = Decimal(0)
        for one in self._matching(asked):
            for value in self._found(asked["of"], one):
                total += number_of(value) or 0
        bounds = {name: asked[name] for name in ("above", "at_least", "below", "at_most") if name in asked}
        return all(_compare(name, total, bound) for name, bound in bounds.items())

    # how things stand

    def _traits(self) -> dict[str, Any]:
        """Each as the latest event says, by its own timestamp."""
        told: dict[str, Any] = {}
        for one in sorted(self._happened(), key=lambda one: one.at):
            told |= one.traits
        return {name: value for name, value in told.items() if value is not None}

    def _consents(self, channel: str, topic: str) -> bool:
        """A no that is about this holds until a later yes that is about no more; of two at once, the no."""
        said = [
            ((one.properties.get("channel"), one.properties.get("topic")), one.at, one.name == "Unsubscribed")
            for one in self._happened()
            if one.name in {"Subscribed", "Unsubscribed"}
            and one.properties.get("channel", channel) == channel
            and one.properties.get("topic", topic) == topic
        ]
        yeses = [(scope, at) for scope, at, is_no in said if not is_no]
        for about, refused_at in ((scope, at) for scope, at, is_no in said if is_no):
            if not any(at > refused_at and _is_within(scope, about) for scope, at in yeses):
                return False
        return bool(yeses) or topic in self.life.granted

    # values

    def _found(self, path: str, event: Happening | None) -> Iterator[Any]:
        root, *rest = path.split(".")
        if root == "event":
            if event is not None:
                yield event.name
            return
        top: Any = self._traits() if root == "traits" else (event.properties if event is not None else {})
        yield from (value for value in _walk(top, rest) if value is not None)

    def _compares(self, found: list[Any], value: Any, event: Happening | None) -> bool:
        if isinstance(value, Mapping) and "path" not in value:
            return all(self._operator(name, found, other, event) for name, other in value.items())
        return self._operator("in" if isinstance(value, list) else "is", found, value, event)

    def _operator(self, name: str, found: list[Any], value: Any, event: Happening | None) -> bool:
        if name == "exists":
            return bool(found) is value
        if name == "is_not":
            return not self._operator("is", found, value, event)
        if name == "not_in":
            return not self._operator("in", found, value, event)
        if name == "in":
            return any(self._operator("is", found, one, event) for one in value)
        others = list(self._found(value["path"], event)) if isinstance(value, Mapping) else [value]
        return any(self._one(name, one, other) for one in found for other in others)

    def _one(self, name: str, one: Any, other: Any) -> bool:
        match name:
            case "is":
                return _equal(one, other)
            case "contains":
                if isinstance(one, list):
                    return any(_equal(part, other) for part in one)
                return isinstance(one, str) and isinstance(other, str) and other in one
            case "starts_with":
                return isinstance(one, str) and isinstance(other, str) and one.startswith(other)
            case "ends_with":
                return isinstance(one, str) and isinstance(other, str) and one.endswith(other)
            case "before" | "after":
                at, bound = instant_of(one), instant_of(other)
                if at is None or bound is None:
                    return False
                return at < bound if name == "before" else at > bound
            case "within_last":
                at = instant_of(one)
                return at is not None and self.now - milliseconds(other) < at <= self.now
            case "within_next":
                at = instant_of(one)
                return at is not None and self.now < at <= self.now + milliseconds(other)
        return _compare(name, number_of(one), other)


def milliseconds(duration: str) -> int:
    count, unit = duration.split(" ")
    return int(count) * UNITS[unit.removesuffix("s")]


def durations_in(plain: Any) -> Iterator[int]:
    """Every duration that is written anywhere in it."""
    if isinstance(plain, Mapping):
        for name, value in plain.items():
            if name in {"within", "within_last", "within_next"}:
                yield milliseconds(value)
            else:
                yield from durations_in(value)
    elif isinstance(plain, list):
        for value in plain:
            yield from durations_in(value)


def number_of(value: Any) -> Decimal | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return Decimal(str(value)) if is_number else None


def instant_of(value: Any) -> int | None:
    """Of a date, its first instant; of what is neither date nor instant, nothing."""
    if not isinstance(value, str) or len(value) < len("2026-11-02"):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def _compare(name: str, one: Decimal | None, bound: Any) -> bool:
    other = bound if isinstance(bound, Decimal) else number_of(bound)
    if one is None or other is None:
        return False
    return {"above": one > other, "at_least": one >= other, "below": one < other, "at_most": one <= other}[name]


def _equal(one: Any, other: Any) -> bool:
    numbers = number_of(one), number_of(other)
    if None not in numbers:
        return numbers[0] == numbers[1]
    return type(one) is type(other) and isinstance(one, str | bool) and one == other


def _is_within(scope: Sequence[str | None], other: Sequence[str | None]) -> bool:
    """``None`` stands for every channel, or every topic."""
    return all(whole is None or part == whole for part, whole in zip(scope, other, strict=True))


def _walk(value: Any, path: Sequence[str]) -> Iterator[Any]:
    if not path:
        yield value
        return
    name, *rest = path
    if isinstance(value, Mapping) and name in value:
        yield from _walk(value[name], rest)
    elif isinstance(value, list) and name == "*":
        for part in value:
            yield from _walk(part, rest)
    elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
        yield from _walk(value[int(name)], rest)
