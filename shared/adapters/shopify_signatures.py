"""How Shopify signs what it sends: base64 of HMAC-SHA256 over the body's raw bytes, by the app's client secret."""

import base64
import hmac

from shared.adapters.reread_secret import RereadSecret
from shared.adapters.secrets import CachedSecret
from shared.ports.clock import Clock


class ShopifySignatures:
    """Implements ``ports.secrets.WebhookSignatures`` over one secret, read for the first signature."""

    def __init__(self, secret: CachedSecret, *, clock: Clock) -> None:
        self._secret = RereadSecret(secret, clock=clock)

    def is_good(self, body: bytes, signature: str) -> bool:
        presented = signature.encode("utf-8", "surrogatepass")
        return self._secret.matches(lambda value: hmac.compare_digest(presented, _signed(body, value)))


def _signed(body: bytes, secret: bytes) -> bytes:
    return base64.b64encode(hmac.digest(secret, body, "sha256"))
