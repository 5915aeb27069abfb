"""Holds what messages read of the entry event against what the events bring by which people enter.

Any event may bring anything, so only two things are certain enough to be said: that the system's own events bring what
they bring and no more, and that a name which is nearly one of the Segment spec's is probably meant to be it.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from infra.playbook_messages import CompiledMessage
from infra.playbook_places import PathTo, event_names, steps
from infra.template_needs import Need
from shared.domain.dates import DATE_REACHED
from shared.domain.event_names import PROPERTIES, meant_instead
from shared.domain.events import SystemEvent
from shared.errors import PlaybookWarning

_BROUGHT: Final[Mapping[str, frozenset[str]]] = {
    SystemEvent.SEGMENT_ENTERED: frozenset({"properties.segment"}),
    SystemEvent.SEGMENT_LEFT: frozenset({"properties.segment"}),
    DATE_REACHED: frozenset({"properties.date", "properties.trait"}),
}
"""All that comes with the events by which the system itself lets people in."""

_HOW: Final = {SystemEvent.SEGMENT_ENTERED: "by a segment", DATE_REACHED: "on a date"}
_LONG_ENOUGH: Final = 4
"""Of shorter names too many are within two letters of each other."""


def unprovided(
    journeys: Mapping[str, Any], messages: Mapping[str, CompiledMessage]
) -> Iterator[tuple[str, PathTo, str]]:
    """Each send of a message that cannot be rendered in that journey: file, path, why."""
    origins = entry_events(journeys)
    for name, plain in journeys.items():
        for path, message in _sends(plain):
            for need in sorted(messages[message].needs if message in messages else ()):
                for event in sorted(origins[name] & _BROUGHT.keys()):
                    if f"{need.root}.{need.field}" not in _BROUGHT[event]:
                        yield f"journeys/{name}.yaml", (*path, "send"), _missing(message, need, event)


def _missing(message: str, need: Need, event: str) -> str:
    how = _HOW.get(event, f'by "{event}"')
    return (
        f'"{message}" reads {need.path} ({need.file}:{need.line}), which is missing where people enter {how}: '
        "ask first with `is defined`, or give a `default`"
    )


def misspelt(journeys: Mapping[str, Any], messages: Mapping[str, CompiledMessage]) -> Iterator[PlaybookWarning]:
    """Properties that are nearly those which the spec knows to come with every event that leads to the message."""
    origins = entry_events(journeys)
    sent: dict[str, set[str]] = {}
    for name, plain in journeys.items():
        for _, message in _sends(plain):
            sent.setdefault(message, set()).update(origins[name])
    for message, events in sent.items():
        if not events or not events <= PROPERTIES.keys() or message not in messages:
            continue
        known = frozenset().union(*(PROPERTIES[event] for event in events))
        for need in messages[message].reads:
            meant = meant_instead(need.field, known) if len(need.field) >= _LONG_ENOUGH else None
            if need.root == "properties" and meant is not None:
                whose = " or ".join(f'"{event}"' for event in sorted(events))
                said = (
                    f'{need.path} is nearly "{meant}", which {whose} brings by the Segment spec: is that what you mean?'
                )
                yield PlaybookWarning(need.file, need.line, "", said)


def entry_events(journeys: Mapping[str, Any]) -> Mapping[str, frozenset[str]]:
    """Journey → the names of the events that may be its runs' entry event, those of whoever starts it included."""
    origins = {name: set(_own_entry_events(plain)) for name, plain in journeys.items()}
    starts = [(name, started) for name, plain in journeys.items() for started in _started(plain) if started in origins]
    for _ in origins:
        before = sum(map(len, origins.values()))
        for name, started in starts:
            origins[started] |= origins[name]
        if sum(map(len, origins.values())) == before:
            break
    return {name: frozenset(events) for name, events in origins.items()}


def _own_entry_events(plain: Any) -> Iterator[str]:
    enter = plain.get("enter") if isinstance(plain, Mapping) else None
    if isinstance(enter, Mapping):
        yield from (name for path, name in event_names(enter, ("enter",)) if path[:2] == ("enter", "on"))
        if "segment" in enter:
            yield SystemEvent.SEGMENT_ENTERED
        if "date" in enter:
            yield DATE_REACHED


def _sends(plain: Any) -> Iterator[tuple[PathTo, str]]:
    return ((path, step["send"]) for _, path, step in _steps(plain) if isinstance(step.get("send"), str))


def _started(plain: Any) -> Iterator[str]:
    return (step["start"] for _, _, step in _steps(plain) if isinstance(step.get("start"), str))


def _steps(plain: Any) -> Iterator[tuple[str, PathTo, Mapping[str, Any]]]:
    return steps(plain.get("steps")) if isinstance(plain, Mapping) else iter(())
