"""The proof that a client speaks for a user: a keyed hash of the user id, which only the shop's servers can make."""

import hmac
from collections.abc import Sequence
from typing import Final

USER_HASH: Final = "userHash"
"""Where it stands in an event's context."""

_PURPOSE: Final = "carillon:user:"
"""So that no hash that the key makes for another end is one of these."""


def user_hash(user_id: str, secret: bytes) -> str:
    return hmac.digest(secret, f"{_PURPOSE}{user_id}".encode(), "sha256").hex()


def is_proof(presented: str, user_id: str, secrets: Sequence[bytes]) -> bool:
    """Whether one of the secrets made it; looks at each, in a time that tells nothing of where they differ."""
    given = presented.lower().encode("utf-8", "surrogatepass")
    found = False
    for secret in secrets:
        found |= hmac.compare_digest(given, user_hash(user_id, secret).encode())
    return found
