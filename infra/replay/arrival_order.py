"""Places in a file in the order of arrival, whatever order the file has, in memory that does not grow with it.

An external merge sort: parts are sorted in memory and spilled to one temporary file, from which they are merged.
"""

import heapq
from array import array
from collections.abc import Iterator
from contextlib import ExitStack
from tempfile import TemporaryFile
from typing import BinaryIO, Final, NamedTuple

from shared.domain.timing import Instant

PART: Final = 100_000
"""Places that are sorted in memory at once: some 20 MB."""

BLOCK: Final = 1_000
"""Places that are read at once from each part when merging."""

_FIELDS: Final = 3
_WIDTH: Final = array("q").itemsize * _FIELDS


class Place(NamedTuple):
    """Where a line begins, sorted by arrival and, where that is equal, by its number."""

    arrival: Instant
    line: int
    offset: int


class ArrivalOrder:
    """Takes places in any order; iterating gives them sorted. To be closed, for its temporary file."""

    def __init__(self, part: int = PART) -> None:
        self._size = part
        self._held: list[Place] = []
        self._parts: list[int] = []
        self._spilled: BinaryIO | None = None
        self._stack = ExitStack()

    def close(self) -> None:
        self._stack.close()

    def add(self, place: Place) -> None:
        self._held.append(place)
        if len(self._held) == self._size:
            self._spill()

    def __iter__(self) -> Iterator[Place]:
        parts = [self._read(index) for index in range(len(self._parts))]
        return heapq.merge(*parts, sorted(self._held))

    def _spill(self) -> None:
        if self._spilled is None:
            self._spilled = self._stack.enter_context(TemporaryFile())  # noqa: SIM115
        self._held.sort()
        self._parts.append(self._spilled.seek(0, 2))
        array("q", [number for place in self._held for number in place]).tofile(self._spilled)
        self._held.clear()

    def _read(self, part: int) -> Iterator[Place]:
        """Parts are of one size; they are read in turns, so each finds its own place again."""
        for first in range(0, self._size, BLOCK):
            count = min(BLOCK, self._size - first)
            numbers = array("q")
            if self._spilled is not None:
                self._spilled.seek(self._parts[part] + first * _WIDTH)
                numbers.frombytes(self._spilled.read(count * _WIDTH))
            yield from map(Place._make, zip(*[iter(numbers)] * _FIELDS, strict=True))
