"""Puts one event a person on their queue, at a bounded rate; evaluating it fills them up from their timeline."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from infra.backfill.people import generations, people
from infra.backfill.position import Position, save_position
from infra.operations.cloud import Cloud
from shared.adapters.event_queue import SqsEventQueue
from shared.domain.events import IMPLIED_NAMES, Event, EventType, Trust
from shared.domain.timing import Instant

AT_ONCE: Final = 10
"""As many as SQS takes in one call."""

MOST_WAITING: Final = 1_000
"""While more than this stands in the queue, nobody else is asked: what happens now goes first."""

LOOK_EVERY: Final = 1.0
"""Seconds between two looks at the queue."""

FIRST_PAUSE: Final = 1.0
LAST_PAUSE: Final = 60.0
"""Seconds between two counts of those who are left, at first and at most."""

PATIENCE: Final = 900.0
"""Seconds in which nobody was filled up before those who are left are given up: five receives of one event take ten
minutes."""

Pause = Callable[[float], None]


@dataclass(slots=True)
class Pace:
    """So many a second, and none while the queue is full."""

    cloud: Cloud
    rate: float
    pause: Pause = time.sleep
    clock: Callable[[], float] = time.monotonic
    _next: float = 0.0
    _looked: float = float("-inf")

    def let(self, count: int) -> None:
        """Wait until that many more may be asked."""
        while self.clock() - self._looked >= LOOK_EVERY:
            self._looked = self.clock()
            if self.cloud.waiting() > MOST_WAITING:
                self.pause(LOOK_EVERY)
        now = self.clock()
        if self._next > now:
            self.pause(self._next - now)
        self._next = max(self._next, now) + count / self.rate


def ask(cloud: Cloud, position: Position, pace: Pace) -> Iterator[Position]:
    """Ask everybody from there on; the position after each page, which is kept already."""
    queue = SqsEventQueue(cloud.sqs, queue_url=cloud.queue_url)
    below = None if position.everybody else position.generation
    for page in people(cloud, below=below, start=position.place):
        for start in range(0, len(page.people), AT_ONCE):
            some = page.people[start : start + AT_ONCE]
            pace.let(len(some))
            queue.put(_events(some, position.event_id, cloud.clock.now()))
        position = position.after(page)
        save_position(cloud, position)
        yield position


def wait(cloud: Cloud, generation: int, *, pause: Pause = time.sleep) -> Iterator[int]:
    """How many are left who are not whole for the generation, each time they were counted, until none is.

    Ends with some left where for ``PATIENCE`` nobody was filled up.
    """
    left, waited, interval = None, 0.0, FIRST_PAUSE
    while True:
        if cloud.waiting() == 0:
            counted = sum(count for whole, count in generations(cloud).items() if whole < generation)
            yield counted
            if counted == 0:
                return
            waited = 0.0 if left is None or counted < left else waited
            left = counted
        if waited >= PATIENCE:
            return
        pause(interval)
        waited += interval
        interval = min(interval * 1.5, LAST_PAUSE)


def _events(some: Sequence[str], event_id: str, now: Instant) -> list[Event]:
    return [
        Event(
            id=event_id,
            type=EventType.BACKFILL,
            name=IMPLIED_NAMES[EventType.BACKFILL],
            at=now,
            received_at=now,
            profile_id=profile_id,
            trust=Trust.SYSTEM,
            source="backfill",
        )
        for profile_id in some
    ]
