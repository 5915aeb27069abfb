"""What stands at the doors: what is wrong with what comes in, and how much of it there may be."""

from collections.abc import Sequence
from typing import Any, Protocol

from shared.domain.events import Trust
from shared.domain.intake.client_keys import RateLimit
from shared.domain.intake.tallies import Tally
from shared.domain.timing import Duration, Instant
from shared.errors import Fault


class QualityCounts(Protocol):
    """What was wrong with what came in, counted by day, sender and kind. Exact but for writes whose answer was lost."""

    def add(self, tally: Tally) -> None:
        """Add to the counts of the day of ``last_at``. This alone may not be repeated: it would count twice."""
        ...

    def read(self, first: Instant, last: Instant) -> Sequence[Tally]:
        """The counts of the days from that of ``first`` to that of ``last``, each sender and kind once."""
        ...


class Quarantine(Protocol):
    """What could not be understood, kept whole with the reasons, until someone looks."""

    def keep(
        self, source: str, raw: Any, faults: Sequence[Fault], received_at: Instant, trust: Trust = Trust.PUBLIC
    ) -> None:
        """Keep one thing that ``source`` sent (text, or parsed JSON); the same again takes the place of the first.

        ``trust`` is whom it came vouched for by, so that it never comes to more when it goes back in.
        """
        ...


class Rates(Protocol):
    """How much of its rate each public key has used: one count a key, for all functions."""

    def take(self, name: str, requests: int, limit: RateLimit, now: Instant) -> Duration:
        """Take so many requests at once, all or none; 0: they are taken, else how long until they can be.

        What a key does not use gathers, up to its burst. Not to be repeated without need: each call takes.
        """
        ...
