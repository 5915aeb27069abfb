"""Properties that are asked of events, held against what the Segment spec, or the system, knows to come with them."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from infra.playbook.compiled_message import CompiledMessage
from infra.playbook.needs import BROUGHT, HOW, entry_events, sends
from infra.playbook.places import PathTo, mappings, named_in
from shared.domain.intake.event_names import PROPERTIES, meant_instead
from shared.errors import PlaybookWarning

_LONG_ENOUGH: Final = 4
"""Of shorter names too many are within two letters of each other."""

_WRITTEN_OUT: Final = frozenset({"path", "date", "of", "key"})
"""Keys below which a path stands as a value."""


def misspelt_property(field: str, events: frozenset[str]) -> str | None:
    """What was probably meant, where the spec knows the properties of all of the events."""
    if not events or not events <= PROPERTIES.keys() or len(field) < _LONG_ENOUGH:
        return None
    known = frozenset(name for event in events for name in PROPERTIES[event] if len(name) >= _LONG_ENOUGH)
    return meant_instead(field, known)


def misspelt_conditions(plain: Mapping[str, Any]) -> Iterator[tuple[PathTo, str]]:
    """Properties in a ``where``, an ``of`` or a ``key`` that are nearly those which the events bring."""
    for place, below in mappings(plain):
        events = frozenset(name for _, name in named_in(below, place))
        asked = {name: below[name] for name in ("where", "of") if name in below}
        if place == ("enter",) and "key" in plain:
            yield from _nearly({"key": plain["key"]}, (), events)
        yield from _nearly(asked, place, events)


def _nearly(plain: Mapping[str, Any], place: PathTo, events: frozenset[str]) -> Iterator[tuple[PathTo, str]]:
    for path, text in paths(plain, place):
        root, _, field = text.partition(".")
        field = field.partition(".")[0]
        meant = misspelt_property(field, events) if root == "properties" else None
        if meant is not None:
            yield path, _nearly_said(f"{root}.{field}", meant, events)


def missing_conditions(journeys: Mapping[str, Any]) -> Iterator[tuple[str, PathTo, str]]:
    """What steps ask of an entry event that never brings it: file, path, what is said."""
    for name, events in entry_events(journeys).items():
        if not isinstance(journeys[name], Mapping) or not events or not events <= BROUGHT.keys():
            continue
        brought: frozenset[str] = frozenset().union(*(BROUGHT[event] for event in events))
        for path, text in paths(journeys[name].get("steps"), ("steps",)):
            root, _, below = text.partition(".")
            field = ".".join(below.split(".")[:2])
            if root == "entry" and field.startswith(("properties.", "context.")) and field not in brought:
                how = " or ".join(HOW.get(event, f'by "{event}"') for event in sorted(events))
                yield f"journeys/{name}.yaml", path, f"entry.{field} is always missing: people enter {how}"


def paths(value: Any, place: PathTo) -> Iterator[tuple[PathTo, str]]:
    """Every path that a condition asks or a step reads: where it stands, and the path."""
    for where, plain in mappings(value, place):
        for key, below in plain.items():
            if key.partition(".")[0] in {"properties", "context", "entry"} and "." in key:
                yield (*where, key), key
            if key in _WRITTEN_OUT and isinstance(below, str):
                yield (*where, key), below


def misspelt_templates(
    journeys: Mapping[str, Any], messages: Mapping[str, CompiledMessage]
) -> Iterator[PlaybookWarning]:
    """Properties that a message reads, nearly those of every event that leads to it."""
    origins = entry_events(journeys)
    events: dict[str, frozenset[str]] = {}
    for name, plain in journeys.items():
        for _, message in sends(plain):
            events[message] = events.get(message, frozenset()) | origins[name]
    for message in events.keys() & messages.keys():
        for read in messages[message].reads:
            meant = misspelt_property(read.field, events[message]) if read.root == "properties" else None
            if meant is not None:
                yield PlaybookWarning(read.file, read.line, "", _nearly_said(read.path, meant, events[message]))


def _nearly_said(path: str, meant: str, events: frozenset[str]) -> str:
    whose = " or ".join(f'"{event}"' for event in sorted(events))
    return f'{path} is nearly "{meant}", which {whose} brings by the Segment spec: is that what you mean?'
