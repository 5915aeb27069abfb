"""Reads recorded events, one JSON object a line, in the order of their arrival, with memory flat in their number.

A first pass notes where each line begins and when it arrived (16 bytes a line); a second reads them in that order.
"""

import json
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any, Final

from shared.domain.events import Event, Trust
from shared.domain.segment_spec import Reception, read_event
from shared.domain.timing import Instant, parse_instant
from shared.errors import Fault

MAX_LINE: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class InvalidLine:
    """A line that is no event; ``arrived_at`` where at least that could be read."""

    line: int
    faults: tuple[Fault, ...]
    arrived_at: Instant | None


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
                yield _read(file.readline(MAX_LINE + 1), self._lines[index])

    def _scan(self, file: BufferedReader) -> None:
        offset = 0
        arrival: Instant = -(2**62)  # a line that does not say when it arrived came right after the one before it
        for number, line in enumerate(file, start=1):
            if line.strip():
                arrival = _arrival_of(_parse(line)) or arrival
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
    stated = (raw.get("receivedAt") or raw.get("timestamp")) if isinstance(raw, dict) else None
    try:
        return parse_instant(stated) if isinstance(stated, str) else None
    except ValueError:
        return None


def _read(line: bytes, number: int) -> Event | InvalidLine:
    if len(line) > MAX_LINE:
        return InvalidLine(number, (Fault("", f"is longer than {MAX_LINE:,} bytes"),), None)
    raw = _parse(line)
    arrived_at = _arrival_of(raw)
    if not isinstance(raw, dict):
        return InvalidLine(number, (Fault("", "is not a JSON object"),), None)
    if arrived_at is None:
        fault = Fault("timestamp", "is required, an instant like 2026-11-02T10:00:00Z")
        return InvalidLine(number, (fault,), None)
    if "receivedAt" not in raw:  # without the arrival, there is no clock that sentAt could be compared with
        raw = {name: value for name, value in raw.items() if name not in {"sentAt", "originalTimestamp"}}
    read = read_event(raw, Reception(received_at=arrived_at, trust=Trust.SYSTEM, source="file"), position=number)
    return read if isinstance(read, Event) else InvalidLine(number, tuple(read), arrived_at)
