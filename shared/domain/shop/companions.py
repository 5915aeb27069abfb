"""How often products are bought together: counts that fade by half in 90 days, and of which a few are kept.

An order counts the more the later it is, by the weight 2^(days / 90) since a fixed day, and what was counted is never
touched again: seen from any instant, each order has then faded as it should (*forward decay*: Cormode, Shkapenyuk,
Srivastava and Xu, ICDE 2009). So counts are sums of whole numbers, the same in whatever order they come.

Of a product's companions those are kept that matter, by *space saving* (Metwally, Agrawal and El Abbadi, ICDT 2005):
where there is no more room, a newcomer takes the place of the least, and its count from there on, which is noted as
what may be too much. So no count is ever certain of too much, and whatever is bought often enough is found.
"""

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from shared.domain.events import NOTHING
from shared.domain.timing import DAY, Duration, Instant

HALF_LIFE: Final[Duration] = 90 * DAY
"""A season: after a year an order counts a sixteenth."""

BEGIN: Final[Instant] = 1_767_225_600_000
"""2026-01-01, on which an order weighs ``UNIT``; for ever, since what is stored is counted from there."""

UNIT: Final = 1_000

MOST_COMPANIONS: Final = 32
"""Of one product, on one shard: whom a message may show is among the first few."""

MOST_POPULAR: Final = 200
"""Of the whole shop, on one shard."""


class Count(NamedTuple):
    """What the orders weigh that had both; ``doubt``: how much of that may be somebody else's."""

    weight: int
    doubt: int = 0

    @property
    def certain(self) -> int:
        return self.weight - self.doubt


@dataclass(frozen=True, slots=True)
class Companions:
    """What was bought together with one product; or with any, of the whole shop.

    Attributes:
        total: what all orders of it weigh, alone or together with others.
        counts: by sku of the other product.
        floor: what the orders of anything else weigh at most.
    """

    total: int = 0
    counts: Mapping[str, Count] = field(default=NOTHING)
    floor: int = 0

    def most(self, sku: str) -> int:
        """What the orders that had it too weigh at most."""
        return self.counts[sku].weight if sku in self.counts else self.floor


NOBODY: Final = Companions()


def weight_at(at: Instant) -> int:
    """What an order of that day weighs; 0 where it has faded away before anything was counted."""
    return round(UNIT * _growth(at))


def orders(weight: int, now: Instant) -> float:
    """As how many orders of today that counts."""
    return weight / (UNIT * _growth(now))


def _growth(at: Instant) -> float:
    return math.exp2((at - BEGIN) // DAY / (HALF_LIFE // DAY))


def with_order(held: Companions, others: Collection[str], weight: int, most: int) -> Companions:
    """With one more order, which had these others too."""
    counts = dict(held.counts)
    floor = held.floor
    for sku in sorted(others):
        if sku in counts:
            counts[sku] = Count(counts[sku].weight + weight, counts[sku].doubt)
        elif len(counts) < most:
            counts[sku] = Count(weight)
        else:
            least = min(counts, key=lambda one: (counts[one].weight, -counts[one].doubt, one))
            floor = counts.pop(least).weight
            counts[sku] = Count(floor + weight, floor)
    return Companions(held.total + weight, counts, floor)


def added_up(parts: Iterable[Companions]) -> Companions:
    """The shards of one product as one."""
    parts = [*parts]
    counts: dict[str, Count] = {}
    floor = sum(part.floor for part in parts)
    for sku in sorted({sku for part in parts for sku in part.counts}):
        most = sum(part.most(sku) for part in parts)
        certain = sum(part.counts[sku].certain for part in parts if sku in part.counts)
        counts[sku] = Count(most, most - certain)
    return Companions(sum(part.total for part in parts), counts, floor)
