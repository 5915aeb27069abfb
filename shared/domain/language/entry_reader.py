"""Reads who enters a journey: by an event, on entering a segment, or on a date of their own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from shared.domain.conditions.operators import Operator
from shared.domain.conditions.paths import ANY_ELEMENT, Path, parse_path
from shared.domain.conditions.trees import ALWAYS, Compare, Condition
from shared.domain.events import SystemEvent
from shared.domain.journeys.program import DateEntry
from shared.domain.language import reading
from shared.domain.language.reading import Faults, PathTo
from shared.domain.language.surroundings import Surroundings

_WAYS: Final = ("on", "segment", "date")
_WITH_DATE: Final = ("at", "offset", "yearly")
ENTRY_KEYS: Final = (*_WAYS, "where", "if", *_WITH_DATE)

USUAL_TIME: Final = "09:00"
"""When people enter on a date, unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What begins a journey; all empty where only other journeys start it.

    Attributes:
        where: what the way in itself asks of the event; a journey's own ``where`` is read beside.
    """

    on: frozenset[str] = frozenset()
    where: Condition = ALWAYS
    date: DateEntry | None = None


def read_entry(journey: Mapping[str, Any], around: Surroundings, faults: Faults) -> Entry:
    """``enter`` of the journey, but for its conditions."""
    if "enter" not in journey:
        return Entry()
    enter = reading.mapping(journey["enter"], ("enter",), faults, known=ENTRY_KEYS, short_for="on")
    if not isinstance(journey["enter"], Mapping):
        return Entry()
    ways = [way for way in _WAYS if way in enter]
    if not ways:
        faults.add(("enter",), 'says not when people enter: give "on", an event name, "segment" or "date"')
    if len(ways) > 1:
        faults.add(("enter",), f"people enter in one way: {reading.quoted(ways)} are several; make a journey of each")
    if "date" not in enter:
        for key in _WITH_DATE:
            if key in enter:
                faults.add(("enter", key), f'"{key}" goes with "date" only')
    if ways in (["date"], ["segment"]):
        _refuse_of_events(journey, enter, "a date" if "date" in enter else "entering a segment", faults)
    if "segment" in enter:
        return _by_segment(enter["segment"], around, faults)
    events = reading.texts(enter["on"], ("enter", "on"), faults) if "on" in enter else ()
    return Entry(frozenset(events), date=_date(enter, ("enter",), faults) if "date" in enter else None)


def _refuse_of_events(journey: Mapping[str, Any], enter: Mapping[str, Any], what: str, faults: Faults) -> None:
    if "where" in enter:
        faults.add(("enter", "where"), f'tests an event, and {what} is none: test the person, with "if"')
    if "key" in journey:
        faults.add(("key",), f"tells events apart, and {what} is none: a person has one run of this journey at a time")


def _by_segment(value: Any, around: Surroundings, faults: Faults) -> Entry:
    """The event that the system adds when somebody enters it, and only that segment's."""
    name = reading.text(value, ("enter", "segment"), faults)
    known = around.segments
    if name and known is not None and name not in known:
        faults.add(("enter", "segment"), f'there is no segment "{name}"{reading.suggestion(name, known)}')
    is_the_one = Compare(Path("properties", ("segment",)), Operator.IS, name)
    return Entry(frozenset({SystemEvent.SEGMENT_ENTERED.value}), where=is_the_one)


def _date(enter: Mapping[str, Any], path: PathTo, faults: Faults) -> DateEntry:
    text = reading.text(enter["date"], (*path, "date"), faults)
    trait = parse_path(text, (*path, "date"), faults, roots=("traits",)) if text else Path("traits", ())
    if ANY_ELEMENT in trait.parts:
        faults.add((*path, "date"), f'"{text}" may lead to several dates: name the one')
    return DateEntry(
        trait=trait,
        at=reading.time_of_day(enter.get("at", USUAL_TIME), (*path, "at"), faults),
        offset=reading.offset(enter.get("offset", "0 days"), (*path, "offset"), faults),
        yearly=reading.truth(enter.get("yearly", False), (*path, "yearly"), faults),
    )
