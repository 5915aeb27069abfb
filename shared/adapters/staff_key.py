"""The secret key as staff and servers present it; a public key is no better than an invented one."""

import hmac

from shared.adapters.secrets import CachedSecret
from shared.adapters.write_keys import REREAD_AFTER
from shared.domain.timing import Instant
from shared.ports import Clock


class SecretStaffKeys:
    """Implements ``ports.StaffKeys`` over one secret."""

    def __init__(self, secret: CachedSecret, *, clock: Clock) -> None:
        self._secret = secret
        self._clock = clock
        self._may_reread_at: Instant = 0

    def is_good(self, key: str) -> bool:
        """One that is not known may have been made a moment ago: the secret is read again, once in a while."""
        now = self._clock.wall()
        if self._may_reread_at == 0:
            self._may_reread_at = now + REREAD_AFTER
        if self._matches(key):
            return True
        if now < self._may_reread_at:
            return False
        self._may_reread_at = now + REREAD_AFTER
        self._secret.expire()
        return self._matches(key)

    def _matches(self, key: str) -> bool:
        presented = key.encode("utf-8", "surrogatepass")
        return any([hmac.compare_digest(presented, value.encode()) for value in self._secret.values()])  # noqa: C419
