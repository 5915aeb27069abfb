"""What stands at the doors, in memory."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.domain.events import Trust
from shared.domain.intake.client_keys import RateLimit
from shared.domain.intake.flaws import Flaw
from shared.domain.intake.tallies import Tally, summed_up
from shared.domain.timing import Duration, Instant, format_instant
from shared.errors import CarillonError, Fault


@dataclass
class FakeQualityCounts:
    sums: dict[tuple[str, str, Flaw | None], Tally] = field(default_factory=dict)
    failure: CarillonError | None = None

    def add(self, tally: Tally) -> None:
        if self.failure is not None:
            raise self.failure
        key = (format_instant(tally.last_at)[:10], tally.source, tally.flaw)
        known = [self.sums[key]] if key in self.sums else []
        (self.sums[key],) = summed_up([*known, tally])

    def read(self, first: Instant, last: Instant) -> Sequence[Tally]:
        days = format_instant(first)[:10], format_instant(last)[:10]
        return summed_up(tally for (day, _, _), tally in self.sums.items() if days[0] <= day <= days[1])


@dataclass(frozen=True)
class Quarantined:
    source: str
    raw: Any
    faults: tuple[Fault, ...]
    received_at: Instant
    trust: Trust = Trust.PUBLIC


@dataclass
class FakeQuarantine:
    kept: list[Quarantined] = field(default_factory=list)

    def keep(
        self, source: str, raw: Any, faults: Sequence[Fault], received_at: Instant, trust: Trust = Trust.PUBLIC
    ) -> None:
        self.kept = [one for one in self.kept if (one.source, one.raw) != (source, raw)]
        self.kept.append(Quarantined(source, raw, tuple(faults), received_at, trust))


@dataclass
class FakeRates:
    """``spent_until``: when all that was taken of a key will have been earned, in milliseconds."""

    spent_until: dict[str, float] = field(default_factory=dict)
    calls: int = 0

    def take(self, name: str, requests: int, limit: RateLimit, now: Instant) -> Duration:
        self.calls += 1
        interval = 1_000 / limit.per_second
        spent_until = max(self.spent_until.get(name, 0), now) + requests * interval
        if spent_until > now + limit.burst * interval:
            return math.ceil(spent_until - now - limit.burst * interval)
        self.spent_until[name] = spent_until
        return 0
