"""Webhooks: the partners that are told of a person, and the signature by which they know that it was us.

The signature, its headers and its secrets are those of Standard Webhooks (standardwebhooks.com).
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from shared.domain.events import NOTHING
from shared.domain.timing import SECOND, Duration, Instant

MAX_BYTES: Final = 65_536
"""Of a body …"""
ADVISED_BYTES: Final = 20_000
"""… and what Standard Webhooks advises."""
SECRET_PREFIX: Final = "whsec_"  # noqa: S105
KEY_BYTES: Final = range(24, 65)
"""How long a signing key may be."""
USUAL_TIMEOUT: Final[Duration] = 5 * SECOND
LONGEST_TIMEOUT: Final[Duration] = 8 * SECOND
"""As long as any provider is waited for: the function has to note what came of it."""
USUAL_RATE: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """Somebody outside who is told by webhook: a printer of letters, a chat, an audience of advertisements.

    Attributes:
        secret: what the secret that signs is called, below the stage's own.
        to: the trait that a person must have to be reached, as keys; empty: everybody is.
        timeout: for the whole request, from finding the host to its answer.
        deduplicates: it takes a ``webhook-id`` once, so that what it may have may be sent again.
    """

    name: str
    url: str
    secret: str
    to: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default=NOTHING)
    timeout: Duration = USUAL_TIMEOUT
    per_second: float = USUAL_RATE
    deduplicates: bool = False

    def reaches(self, traits: Mapping[str, Any]) -> bool:
        """Whether the person has what the partner needs to reach them."""
        found: Any = traits
        for key in self.to:
            found = found.get(key) if isinstance(found, Mapping) else None
        return not self.to or found not in (None, "", [], {})


def lane_of(partner: Partner) -> str:
    """What the partner's pace is counted by."""
    return f"webhook:{partner.name}"


def signing_key(secret: str) -> bytes:
    """The key of a secret such as ``whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw``.

    Raises:
        ValueError: it is none. The wording says nothing of it.
    """
    try:
        key = base64.b64decode(secret.strip().removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("a signing secret is base64 after whsec_") from None
    if len(key) not in KEY_BYTES:
        raise ValueError(f"a signing key has {KEY_BYTES[0]} to {KEY_BYTES[-1]} bytes")
    return key


def signed_headers(keys: Iterable[bytes], message_id: str, body: bytes, at: Instant) -> dict[str, str]:
    """What proves who sent the body: one signature a key, so that a partner may still have the one before."""
    seconds = str(at // SECOND)
    signed = b".".join((message_id.encode(), seconds.encode(), body))
    digests = (hmac.new(key, signed, hashlib.sha256).digest() for key in keys)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests),
    }
