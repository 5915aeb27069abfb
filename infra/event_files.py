"""Reads recorded events, one JSON object a line, in the order of their arrival, with memory flat in their number.

A first pass notes where each line begins and when it arrived (16 bytes a line); a second reads them in that order.
"""

import json
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any, Final

from shared.domain.events import Event, Trust
from shared.domain.segment_spec import Reception, read_event
from shared.domain.timing import Instant, parse_instant
from shared.errors import Fault

MAX_LINE: Final = 1_000_000
BEFORE_ALL: Final[Instant] = -(2**62)
AFTER_ALL: Final[Instant] = parse_instant("9999-01-01T00:00:00Z")


@dataclass(frozen=True, slots=True)
class InvalidLine:
    """A line that is no event.

    Attributes:
        arrived_at: where at least that could be read.
        taken_at: its place among the others: one that does not say arrived right after the one before it.
    """

    line: int
    faults: tuple[Fault, ...]
    arrived_at: Instant | None
    taken_at: Instant


class EventFile:
    """A file of events; iterating gives each as an ``Event`` or an ``InvalidLine``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._arrivals = array("q")
        self._offsets = array("q")
        self._lines = array("q")
        with path.open("rb") as file:
            self._scan(file)

    def __len__(self) -> int:
        return len(self._offsets)

    def __iter__(self) -> Iterator[Event | InvalidLine]:
        order: Any = range(len(self))
        if any(self._arrivals[index] > self._arrivals[index + 1] for index in range(len(self) - 1)):
            order = sorted(order, key=self._arrivals.__getitem__)  # stable: file order where equal
        with self._path.open("rb") as file:
            for index in order:
                file.seek(self._offsets[index])
                read = _read(file.readline(MAX_LINE + 1), self._lines[index])
                if isinstance(read, Event):
                    yield read
                else:
                    arrived_at, faults = read
                    yield InvalidLine(self._lines[index], faults, arrived_at, self._arrivals[index])

    def _scan(self, file: BufferedReader) -> None:
        offset = 0
        arrival = BEFORE_ALL
        for number, line in enumerate(file, start=1):
            if line.strip():
                stated = _arrival_of(_parse(line))
                arrival = arrival if stated is None else stated
                self._arrivals.append(arrival)
                self._offsets.append(offset)
                self._lines.append(number)
            offset += len(line)


def _parse(line: bytes) -> Any:
    try:
        return json.loads(line) if len(line) <= MAX_LINE else None
    except (ValueError, RecursionError):
        return None


def _arrival_of(raw: Any) -> Instant | None:
    """``receivedAt`` where the event has one, else its ``timestamp``."""
    stated = raw.get(_arrival_name(raw)) if isinstance(raw, dict) else None
    try:
        return parse_instant(stated) if isinstance(stated, str) else None
    except ValueError:
        return None


def _arrival_name(raw: Mapping[str, Any]) -> str:
    return "timestamp" if raw.get("receivedAt") is None else "receivedAt"


def _read(line: bytes, number: int) -> Event | tuple[Instant | None, tuple[Fault, ...]]:
    """The event; or when it arrived and all its faults."""
    if len(line) > MAX_LINE:
        return None, (Fault("", f"is longer than {MAX_LINE:,} bytes"),)
    raw = _parse(line)
    if not isinstance(raw, dict):
        return None, (Fault("", "is not a JSON object"),)
    name, arrived_at = _arrival_name(raw), _arrival_of(raw)
    missing = [] if arrived_at is not None else [Fault(name, "is required, an instant like 2026-11-02T10:00:00Z")]
    if name == "timestamp":  # without the arrival, there is no clock that sentAt could be compared with
        raw = {key: value for key, value in raw.items() if key not in {"sentAt", "originalTimestamp"}}
    reception = Reception(
        received_at=AFTER_ALL if arrived_at is None else arrived_at, trust=Trust.SYSTEM, source="file"
    )
    read = read_event(raw, reception, position=number)
    if isinstance(read, Event) and not missing:
        return read
    faults = [] if isinstance(read, Event) else [fault for fault in read if not missing or fault.path != name]
    return arrived_at, (*missing, *faults)
