"""The clock: the machine's, or in the local cloud one that runs faster from a common beginning."""

import time

from shared.domain.timing import Duration, Instant


class SystemClock:
    """``speed`` 3,600 makes an hour of the system's time pass in a second, counted from ``epoch``."""

    def __init__(self, *, speed: float = 1.0, epoch: Instant = 0) -> None:
        self._speed = speed
        self._epoch = epoch

    def now(self) -> Instant:
        wall = self.wall()
        return wall if self._speed == 1 else self._epoch + int((wall - self._epoch) * self._speed)

    def ahead_at(self, at: Instant) -> Duration:
        """How far the system's clock was ahead of the wall when it showed ``at``."""
        return 0 if self._speed == 1 else at - self._epoch - int((at - self._epoch) / self._speed)

    def wall(self) -> Instant:
        return time.time_ns() // 1_000_000
