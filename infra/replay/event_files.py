"""Reads recorded events, one JSON object a line, in the order of their arrival, with memory flat in their number.

A first pass looks at when each line arrived: a file in order is then read from its beginning to its end, another by
its sorted places. What cannot be read twice, such as a pipe, is written to a temporary file first.
"""

import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO, Final, Self

from infra.progress import Watch
from infra.replay.arrival_order import PART, ArrivalOrder, Place
from infra.replay.exported_events import is_made_again, passing_of_time, reception_of
from shared.domain.events import Event
from shared.domain.intake.json_values import parse_json
from shared.domain.intake.segment_spec import read_event
from shared.domain.timing import Instant, parse_instant
from shared.errors import Fault, InvalidInputError

MAX_LINE: Final = 1_000_000
BEFORE_ALL: Final[Instant] = -(2**62)
AFTER_ALL: Final[Instant] = parse_instant("9999-01-01T00:00:00Z")

STANDARD_INPUT: Final = Path("-")

WATCHED: Final = 1_000
"""Lines between two words on how far the first pass is."""

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_TIMESTAMP: Final = re.compile(rb'"timestamp"\s*:\s*"([0-9T:.Z+-]+)"')
_SENDERS_CLOCK: Final = frozenset({"sentAt", "originalTimestamp"})


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
    """A file of events, or standard input (``-``); iterating gives each as an ``Event`` or an ``InvalidLine``."""

    def __init__(self, path: Path, *, watch: Watch = lambda _done, _all: None, part: int = PART) -> None:
        """Look through the file; ``watch`` is told now and then how many bytes are done, of how many.

        Raises:
            OSError: it cannot be read.
        """
        self._count = 0
        self._order: ArrivalOrder | None = None
        with ExitStack() as stack:
            self._file = _seekable(path, stack)
            self._size = self._file.seek(0, 2)
            if not self._is_in_order(watch):
                self._order = stack.enter_context(closing(ArrivalOrder(part)))
                self._sort_into(self._order, watch)
            self._stack = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Event | InvalidLine]:
        if self._order is None:
            arrival = BEFORE_ALL
            for line, offset, text in self._lines():
                read = _read(text, Place(arrival, line, offset))
                if isinstance(read, InvalidLine):
                    stated = _arrival_in(text)
                    read = read if stated is None else replace(read, taken_at=stated)
                arrival = read.received_at if isinstance(read, Event) else read.taken_at
                yield read
        else:
            for place in self._order:
                self._file.seek(place.offset)
                yield _read(self._file.readline(MAX_LINE + 1), place)

    def _is_in_order(self, watch: Watch) -> bool:
        latest = BEFORE_ALL
        for self._count, place in enumerate(self._places(watch), start=1):  # noqa: B020
            if place.arrival < latest:
                return False
            latest = place.arrival
        return True

    def _sort_into(self, order: ArrivalOrder, watch: Watch) -> None:
        self._count = 0
        for place in self._places(watch):
            order.add(place)
            self._count += 1

    def _places(self, watch: Watch) -> Iterator[Place]:
        arrival = BEFORE_ALL
        for line, offset, text in self._lines():
            stated = _arrival_in(text)
            arrival = arrival if stated is None else stated
            if line % WATCHED == 0:
                watch(offset, self._size)
            yield Place(arrival, line, offset)

    def _lines(self) -> Iterator[tuple[int, int, bytes]]:
        """Number, offset and text of each line that has any; of a line that is too long, its beginning."""
        offset = self._file.seek(0)
        for line in count(1):
            text = self._file.readline(MAX_LINE + 1)
            if not text:
                return
            length = len(text)
            rest = text
            while len(rest) > MAX_LINE and not rest.endswith(b"\n"):
                rest = self._file.readline(MAX_LINE + 1)
                length += len(rest)
            if not text.isspace():
                yield line, offset, text
            offset += length


def _seekable(path: Path, stack: ExitStack) -> BinaryIO:
    """The file, or a copy of what can be read but once."""
    file: BinaryIO = sys.stdin.buffer if path == STANDARD_INPUT else stack.enter_context(path.open("rb"))
    if path != STANDARD_INPUT and file.seekable():
        return file
    copy: BinaryIO = stack.enter_context(TemporaryFile())  # noqa: SIM115
    shutil.copyfileobj(file, copy)
    return copy


def _parse(line: bytes) -> dict[str, Any] | Fault:
    """The object in the line, or why there is none."""
    if len(line) > MAX_LINE:
        return Fault("", f"is longer than {MAX_LINE:,} bytes")
    try:
        text = line.removeprefix(_BYTE_ORDER_MARK).decode().rstrip()
    except UnicodeDecodeError as error:
        return Fault("", f"is not UTF-8 text (its byte {error.start + 1})")
    try:
        raw = parse_json(text)
    except InvalidInputError as error:
        return Fault("", error.faults[0].message.replace(" at line 1, column", " at column"))
    return raw if isinstance(raw, dict) else Fault("", "is not a JSON object")


def _arrival_in(line: bytes) -> Instant | None:
    """The line's arrival: at a glance, where one timestamp is all that could say it."""
    if len(line) > MAX_LINE:
        return None
    found = _TIMESTAMP.findall(line)
    if len(found) == 1 and line.count(b"timestamp") == 1 and b"receivedAt" not in line and b"\\u" not in line:
        return _instant(found[0].decode())
    raw = _parse(line)
    return None if isinstance(raw, Fault) else _stated_arrival(raw)


def _stated_arrival(raw: Mapping[str, Any]) -> Instant | None:
    """``receivedAt`` where the event has one, else its ``timestamp``."""
    stated = raw.get(_arrival_name(raw))
    return _instant(stated) if isinstance(stated, str) else None


def _instant(text: str) -> Instant | None:
    try:
        return parse_instant(text)
    except ValueError:
        return None


def _arrival_name(raw: Mapping[str, Any]) -> str:
    return "timestamp" if raw.get("receivedAt") is None else "receivedAt"


def _read(line: bytes, place: Place) -> Event | InvalidLine:
    """The event; or when it arrived and all its faults."""
    raw = _parse(line)
    if isinstance(raw, Fault):
        return InvalidLine(place.line, (raw,), None, place.arrival)
    name, arrived_at = _arrival_name(raw), _stated_arrival(raw)
    missing = [] if arrived_at is not None else [Fault(name, "is required, an instant like 2026-11-02T10:00:00Z")]
    if arrived_at is not None and arrived_at >= AFTER_ALL:  # what follows from it might lie beyond the calendar
        return InvalidLine(place.line, (Fault(name, "must be before the year 9999"),), arrived_at, place.arrival)
    if arrived_at is not None and is_made_again(raw):
        return passing_of_time(arrived_at)
    # Without the arrival, there is no clock that sentAt could be compared with.
    if name == "timestamp" and not _SENDERS_CLOCK.isdisjoint(raw):
        raw = {key: value for key, value in raw.items() if key not in _SENDERS_CLOCK}
    received_at = AFTER_ALL if arrived_at is None else arrived_at
    read = read_event(raw, reception_of(raw, received_at), position=place.line)
    if isinstance(read, Event) and not missing:
        return read
    faults = [] if isinstance(read, Event) else [fault for fault in read if not missing or fault.path != name]
    return InvalidLine(place.line, (*missing, *faults), arrived_at, place.arrival)
