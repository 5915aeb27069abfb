"""The write keys in Secrets Manager: a public one for browsers and apps, a secret one for servers."""

import hmac
from typing import Final

from shared.adapters.secrets import CachedSecret
from shared.domain.events import Trust
from shared.domain.timing import SECOND, Duration, Instant
from shared.ports import Clock

REREAD_AFTER: Final[Duration] = 5 * SECOND
"""A key that is not known may have been made a moment ago; anyone can send one, so looking has its limit."""


class SecretWriteKeys:
    """Implements ``ports.Keys``. What is kept in memory is as old as ``CachedSecret`` allows."""

    def __init__(self, *, public: CachedSecret, secret: CachedSecret, clock: Clock) -> None:
        self._secrets = ((Trust.PUBLIC, public), (Trust.SECRET, secret))
        self._clock = clock
        self._may_reread_at: Instant = 0

    def trust_of(self, key: str) -> Trust | None:
        now = self._clock.wall()
        if self._may_reread_at == 0:
            self._may_reread_at = now + REREAD_AFTER
        trust = self._find(key)
        if trust is not None or now < self._may_reread_at:
            return trust
        self._may_reread_at = now + REREAD_AFTER
        for _, secret in self._secrets:
            secret.expire()
        return self._find(key)

    def _find(self, key: str) -> Trust | None:
        """Compares with every key, in a time that tells nothing of where they differ."""
        presented = key.encode("utf-8", "surrogatepass")
        found: Trust | None = None
        for trust, secret in self._secrets:
            for value in secret.values():
                if hmac.compare_digest(presented, value.encode()):
                    found = trust
        return found
