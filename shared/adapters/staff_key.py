"""The secret key as staff and servers present it; a public key is no better than an invented one."""

import hmac

from shared.adapters.reread_secret import RereadSecret
from shared.adapters.secrets import CachedSecret
from shared.ports.clock import Clock


class SecretStaffKeys:
    """Implements ``ports.secrets.StaffKeys`` over one secret."""

    def __init__(self, secret: CachedSecret, *, clock: Clock) -> None:
        self._secret = RereadSecret(secret, clock=clock)

    def is_good(self, key: str) -> bool:
        presented = key.encode("utf-8", "surrogatepass")
        return self._secret.matches(lambda value: hmac.compare_digest(presented, value))
