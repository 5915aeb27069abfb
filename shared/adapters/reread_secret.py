"""A secret that others present, or sign with: what does not match may go by a value that was made a moment ago."""

from collections.abc import Callable

from shared.adapters.secrets import CachedSecret
from shared.adapters.write_keys import REREAD_AFTER
from shared.domain.timing import Instant
from shared.ports.clock import Clock


class RereadSecret:
    """One secret, which is read again, once in a while, when something matches neither of its values."""

    def __init__(self, secret: CachedSecret, *, clock: Clock) -> None:
        self._secret = secret
        self._clock = clock
        self._may_reread_at: Instant = 0

    def matches(self, is_match: Callable[[bytes], bool]) -> bool:
        """Whether the current or the previous value is a match; each is tried, so that time tells of neither."""
        now = self._clock.wall()
        if self._may_reread_at == 0:
            self._may_reread_at = now + REREAD_AFTER
        if self._is_matched(is_match):
            return True
        if now < self._may_reread_at:
            return False
        self._may_reread_at = now + REREAD_AFTER
        self._secret.expire()
        return self._is_matched(is_match)

    def _is_matched(self, is_match: Callable[[bytes], bool]) -> bool:
        return any([is_match(value.encode()) for value in self._secret.values()])  # noqa: C419
