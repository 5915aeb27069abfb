"""The time, as a test sets it."""

from dataclasses import dataclass

from shared.domain.timing import Instant


@dataclass
class FakeClock:
    at: Instant = 1_793_700_000_000

    def now(self) -> Instant:
        return self.at

    def wall(self) -> Instant:
        return self.at
