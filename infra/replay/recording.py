"""Recorded events on their way into a simulation: read, shown on the progress bar; what is no event waits its turn."""

import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final, Self

from infra.operations.whom import Named, find_person
from infra.progress import progress_bar
from infra.replay.event_files import STANDARD_INPUT, EventFile, InvalidLine
from shared.domain.events import Event
from shared.domain.timing import Instant

SHOWN_EVERY: Final = 256
"""Events between two looks at the progress bar."""


class Recording:
    """A file of events, or standard input, with the progress shown where somebody watches.

    Attributes:
        has_invalid: whether any line read so far is no event.
        next_wake_at: before when no timer fires; to be set by who simulates.
    """

    def __init__(self, path: Path, tell_invalid: Callable[[InvalidLine], None] = lambda _: None) -> None:
        self.name = "standard input" if path == STANDARD_INPUT else str(path)
        self.has_invalid = False
        self.next_wake_at: Callable[[], Instant | None] = lambda: None
        self._path = path
        self._tell_invalid = tell_invalid
        self._waiting: deque[InvalidLine] = deque()
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._show = progress_bar(stack)
            self._file = stack.enter_context(EventFile(self._path, watch=self._show("reading", "bytes")))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def __len__(self) -> int:
        return len(self._file)

    def events(self) -> Iterator[Event]:
        """The valid events in the order of their arrival."""
        advance = self._show("simulating", "events")
        for number, read in enumerate(self._file):
            if number % SHOWN_EVERY == 0:
                advance(number, len(self))
            if isinstance(read, Event):
                yield read
                self.pass_invalid()  # what came before it, of which it told itself nothing
            else:
                self.has_invalid = True
                self._waiting.append(read)
                next_wake_at = self.next_wake_at()
                if next_wake_at is None or next_wake_at > read.taken_at:
                    self.pass_invalid()

    def whom(self, name: str) -> Named:
        """Whom the name stands for, by all events; says so where it is nobody."""
        found = find_person(name, (read for read in self._file if isinstance(read, Event)))
        if not found.people:
            near = f" Did you mean {' or '.join(found.near)}?" if found.near else ""
            print(f"Nobody in {self.name} is known as {name}.{near}", file=sys.stderr)
        return found

    def pass_invalid(self, until: Instant | None = None) -> None:
        """Tell of the lines that came until then, or of all that wait."""
        while self._waiting and (until is None or self._waiting[0].taken_at <= until):
            self._tell_invalid(self._waiting.popleft())
