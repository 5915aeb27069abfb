"""How fast a channel's provider may be asked, and what of that is kept for what people wait for.

One count goes for all purposes, and fills evenly. Marketing leaves the last of it alone, so that an order
confirmation finds room at once, however many offers are on their way; of the day's quota likewise.
"""

from dataclasses import dataclass
from typing import Final

from shared.domain.consent.words import Purpose
from shared.domain.intake.client_keys import RateLimit

RESERVED: Final = 0.2
"""Of a second, for transactional messages."""
RESERVED_OF_DAY: Final = 0.1
"""Of the day's quota."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """What a provider lets an account send.

    Attributes:
        per_second: messages.
        per_day: messages in any 24 hours; ``None``: as many as they are.
        sent: how many went in the last 24 hours.
        is_open: whether it takes any at all now.
    """

    per_second: float
    per_day: float | None = None
    sent: float = 0
    is_open: bool = True

    def is_spent(self, purpose: Purpose, sent_since: int = 0) -> bool:
        """Whether the day has nothing left for the purpose, so many having gone since this was read."""
        if self.per_day is None:
            return False
        reserved = RESERVED_OF_DAY if purpose is Purpose.MARKETING else 0
        return self.sent + sent_since >= self.per_day * (1 - reserved)

    def limit(self, purpose: Purpose) -> RateLimit:
        """How often the purpose may take from the count that it shares with the other."""
        at_once = max(2, int(self.per_second))
        burst = max(1, int(at_once * (1 - RESERVED))) if purpose is Purpose.MARKETING else at_once
        return RateLimit(per_second=min(max(self.per_second, 0.01), 100_000), burst=min(burst, 1_000_000))
