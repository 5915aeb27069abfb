"""Holds what messages read of the entry event against what the events bring by which people enter.

Any event may bring anything; only of the system's own is it certain that they bring what they bring, and no more.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from infra.playbook.compiled_message import CompiledMessage
from infra.playbook.places import PathTo, named_in, steps
from infra.playbook.template_needs import Need
from shared.domain.consent.rules import CONSENT
from shared.domain.events import SystemEvent
from shared.domain.journeys.dates import DATE_REACHED
from shared.domain.playbook import Playbook

BROUGHT: Final[Mapping[str, frozenset[str]]] = {
    SystemEvent.SEGMENT_ENTERED: frozenset({"properties.segment"}),
    SystemEvent.SEGMENT_LEFT: frozenset({"properties.segment"}),
    DATE_REACHED: frozenset({"properties.date", "properties.trait"}),
}
"""All that comes with the events by which the system itself lets people in."""

HOW: Final = {SystemEvent.SEGMENT_ENTERED: "by a segment", DATE_REACHED: "on a date"}


def unprovided(
    journeys: Mapping[str, Any], messages: Mapping[str, CompiledMessage]
) -> Iterator[tuple[str, PathTo, str]]:
    """Each send of a message that cannot be rendered in that journey: file, path, why."""
    origins = entry_events(journeys)
    for name, plain in journeys.items():
        for path, message in sends(plain):
            for need in sorted(messages[message].needs if message in messages else ()):
                for event in sorted(origins[name] & BROUGHT.keys()):
                    if f"{need.root}.{need.field}" not in BROUGHT[event]:
                        yield f"journeys/{name}.yaml", (*path, "send"), _missing(message, need, event)


def unbegun(playbook: Playbook, messages: Mapping[str, CompiledMessage]) -> Iterator[tuple[str, PathTo, str]]:
    """Each message that asks to confirm a yes, and reads of an event: there is none, since no journey sends it."""
    for name in sorted(playbook.policy.confirmations & messages.keys()):
        for need in sorted(messages[name].needs):
            said = f'"{name}" reads {need.path} ({need.file}:{need.line}), and no event begins what confirms a yes'
            yield "policy.yaml", (CONSENT,), said


def _missing(message: str, need: Need, event: str) -> str:
    how = HOW.get(event, f'by "{event}"')
    return (
        f'"{message}" reads {need.path} ({need.file}:{need.line}), which is missing where people enter {how}: '
        "ask first with `is defined`, or give a `default`"
    )


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
        yield from (name for _, name in named_in(enter, ("enter",)))
        if "segment" in enter:
            yield SystemEvent.SEGMENT_ENTERED
        if "date" in enter:
            yield DATE_REACHED


def sends(plain: Any) -> Iterator[tuple[PathTo, str]]:
    """Every step of a journey that sends: its path, the message."""
    return ((path, step["send"]) for _, path, step in _steps(plain) if isinstance(step.get("send"), str))


def _started(plain: Any) -> Iterator[str]:
    return (step["start"] for _, _, step in _steps(plain) if isinstance(step.get("start"), str))


def _steps(plain: Any) -> Iterator[tuple[str, PathTo, Mapping[str, Any]]]:
    return steps(plain.get("steps")) if isinstance(plain, Mapping) else iter(())
