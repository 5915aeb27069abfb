"""Keeps all dispatchers together within what each provider takes, at next to no cost a message.

The rate is the throttle's, in leases; what a provider lets the account send is asked now and then. Where neither can
be asked, messages go: the provider has the last word, and what it then says slows this dispatcher down.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from shared.domain.channels.pace import Quota
from shared.domain.consent.words import Purpose
from shared.domain.timing import MINUTE, SECOND, Duration, Instant
from shared.errors import CarillonError, HeldError
from shared.ports.clock import Clock
from shared.ports.sending import Quotas
from shared.services.throttle import Throttle

REFRESHED_AFTER: Final[Duration] = 2 * MINUTE
"""Long enough that a hundred dispatchers stay within one question a second, which is what SES takes."""
FIRST_REST: Final[Duration] = SECOND
LONGEST_REST: Final[Duration] = 5 * MINUTE
QUOTA_REST: Final[Duration] = 15 * MINUTE
"""A day's quota comes back as what was sent a day ago ages out."""

DAILY_QUOTA: Final = "daily_quota"
RATE: Final = "rate"
RESTING: Final = "throttled"


@dataclass(slots=True)
class _Known:
    """What one dispatcher knows of one lane.

    Attributes:
        quota: as it was read last, at ``read_at``; ``sent_since``: how many went from here since.
        rests_until: until when the provider is left alone, for the provider asked for it ``throttled`` times in a row.
        spent_until: the same for the day's quota.
    """

    quota: Quota | None = None
    read_at: Instant | None = None
    sent_since: int = 0
    rests_until: Instant = 0
    throttled: int = 0
    spent_until: Instant = 0


class Pace:
    """One dispatcher's view. ``quotas``: by lane, of those whose provider tells; ``fixed``: of the others.

    A lane is a channel, or one partner of webhooks: whatever has a pace of its own.
    """

    def __init__(
        self, throttle: Throttle, clock: Clock, *, quotas: Mapping[str, Quotas], fixed: Mapping[str, Quota]
    ) -> None:
        self._throttle = throttle
        self._clock = clock
        self._quotas = quotas
        self._fixed = fixed
        self._known: dict[str, _Known] = {}

    def check(self, lane: str, purpose: Purpose) -> None:
        """The same as ``admit`` from memory alone: takes nothing, and asks nobody."""
        known = self._known.get(lane)
        if known is None:
            return
        now = self._clock.wall()
        if known.rests_until > now:
            raise HeldError(RESTING, wait=known.rests_until - now)
        is_fresh = known.read_at is not None and now < known.read_at + REFRESHED_AFTER
        quota = known.quota if is_fresh else None
        if known.spent_until > now or (quota is not None and _has_nothing(quota, purpose, known)):
            raise HeldError(DAILY_QUOTA, wait=QUOTA_REST)
        wait = self._throttle.known_wait(lane, by=purpose.value)
        if wait:
            raise HeldError(RATE, wait=wait)

    def admit(self, lane: str, purpose: Purpose) -> None:
        """Take what one message needs.

        Raises:
            HeldError: not now; ``wait`` says for how long, ``code`` why.
        """
        known = self._known.setdefault(lane, _Known())
        now = self._clock.wall()
        if known.rests_until > now:
            raise HeldError(RESTING, wait=known.rests_until - now)
        quota = self._quota(lane, known, now)
        if quota is None:
            return
        if known.spent_until > now or _has_nothing(quota, purpose, known):
            raise HeldError(DAILY_QUOTA, wait=QUOTA_REST)
        wait = self._throttle.wait(lane, quota.limit(purpose), by=purpose.value)
        if wait:
            raise HeldError(RATE, wait=wait)
        known.sent_since += 1

    def went(self, lane: str) -> None:
        """The provider took one."""
        self._known.setdefault(lane, _Known()).throttled = 0

    def slow_down(self, lane: str, told: Duration = 0) -> None:
        """The provider asked for it: longer each time, until it takes one again; as long as it said at least."""
        known = self._known.setdefault(lane, _Known())
        rest = min(FIRST_REST << min(known.throttled, 16), LONGEST_REST)
        known.rests_until = self._clock.wall() + max(rest, told)
        known.throttled += 1

    def spent(self, lane: str) -> None:
        """The provider says that the day's quota is used up."""
        self._known.setdefault(lane, _Known()).spent_until = self._clock.wall() + QUOTA_REST

    def _quota(self, lane: str, known: _Known, now: Instant) -> Quota | None:
        if lane not in self._quotas:
            return self._fixed.get(lane)
        if known.read_at is None or known.read_at + REFRESHED_AFTER <= now:
            known.read_at = now
            try:
                known.quota, known.sent_since = self._quotas[lane].read(), 0
            except CarillonError:
                return known.quota  # as it was, if it ever was: asked again when it would have been anyway
        return known.quota


def _has_nothing(quota: Quota, purpose: Purpose, known: _Known) -> bool:
    return not quota.is_open or quota.is_spent(purpose, known.sent_since)
