"""Holds a name to its rate across all the functions that serve at once, at next to no cost a request: a client's key to
what it may ask, ourselves to what a provider takes.

Each function takes leases of some requests from the name's one count, and serves them from memory. What is refused
is refused from memory too until there is something to take again, so that a flood asks no more than a trickle. Where
the count cannot be asked, requests go through: the stage's own rate holds, and a shop's events are worth more than
an exact number.
"""

from dataclasses import dataclass
from typing import Final

from shared.domain.intake.client_keys import Key, RateLimit
from shared.domain.timing import SECOND, Duration, Instant
from shared.errors import CarillonError
from shared.ports.clock import Clock
from shared.ports.intake import Rates

HELD_FOR: Final[Duration] = 10 * SECOND
"""A lease that is not used up by then is void: those of functions at rest must not come on top of a later burst."""
UNKNOWN_FOR: Final[Duration] = SECOND
"""How long a count that could not be asked is not asked again."""
MANY: Final = 1_000_000


@dataclass(slots=True)
class _Hand:
    """What a function knows of one count.

    Attributes:
        left: requests that were taken and not used yet.
        until: when those are void.
        refused_until: until when there is nothing to take.
    """

    left: int = 0
    until: Instant = 0
    refused_until: Instant = 0


class Throttle:
    """One function's leases, by the count's name, and by whom they are for where several share it."""

    def __init__(self, rates: Rates, clock: Clock) -> None:
        self._rates = rates
        self._clock = clock
        self._hands: dict[tuple[str, str], _Hand] = {}

    def wait_of(self, key: Key) -> Duration:
        """How long the client has to wait; 0: this request may go."""
        limit = key.rules.rate
        return 0 if limit is None else self.wait(key.name, limit)

    def known_wait(self, name: str, *, by: str = "") -> Duration:
        """How long there is nothing to take, as far as is known without asking."""
        hand = self._hands.get((name, by))
        return 0 if hand is None else max(hand.refused_until - self._clock.wall(), 0)

    def wait(self, name: str, limit: RateLimit, *, by: str = "") -> Duration:
        """How long until one may be taken; 0: one is. Several may share a count, each with a limit of its own."""
        now = self._clock.wall()
        hand = self._hands.setdefault((name, by), _Hand())
        if hand.refused_until > now:
            return hand.refused_until - now
        if hand.left == 0 or hand.until <= now:
            self._take(name, limit, hand, now)
            if hand.refused_until > now:
                return hand.refused_until - now
        hand.left -= 1
        return 0

    def _take(self, name: str, limit: RateLimit, hand: _Hand, now: Instant) -> None:
        asked = lease_of(limit)
        try:
            wait = self._rates.take(name, asked, limit, now)
        except CarillonError:
            hand.left, hand.until = MANY, now + UNKNOWN_FOR
            return
        if wait:
            hand.left, hand.refused_until = 0, now + wait
        else:
            hand.left, hand.until = asked, now + HELD_FOR


def lease_of(limit: RateLimit) -> int:
    """A tenth of a second's requests, and no more than a tenth of the burst: ten writes a second at the very most."""
    return max(1, min(int(limit.per_second), limit.burst) // 10)
