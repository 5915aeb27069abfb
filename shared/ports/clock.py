"""The time, as everything else is told it."""

from typing import Protocol

from shared.domain.timing import Instant


class Clock(Protocol):
    """The time of day. Locally it may run faster; leases and deadlines of processes keep to the wall."""

    def now(self) -> Instant:
        """The system's time, by which people, journeys and links live."""
        ...

    def wall(self) -> Instant:
        """Real time, for what bounds a process: leases, timeouts."""
        ...
