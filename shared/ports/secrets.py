"""Secrets, and who may do what by them. Every comparison takes constant time."""

from collections.abc import Sequence
from typing import Protocol

from shared.domain.events import Trust
from shared.domain.intake.client_keys import Key


class Keys(Protocol):
    """The write keys that clients present."""

    def find(self, key: str) -> Key | None:
        """The key, current or previous; ``None`` for an unknown one. Compares in constant time."""
        ...

    def trust_of(self, key: str) -> Trust | None:
        """What a key is good for; ``None`` for an unknown one."""
        ...


class StaffKeys(Protocol):
    """The key of those who may see people."""

    def is_good(self, key: str) -> bool:
        """Whether it is the secret key, current or previous. Compares in constant time."""
        ...


class WebhookSignatures(Protocol):
    """Who may speak for another system."""

    def is_good(self, body: bytes, signature: str) -> bool:
        """Whether it is that system's signature of just these bytes. Compares in constant time."""
        ...


class SigningSecrets(Protocol):
    """The secrets that sign links."""

    def signing(self) -> bytes: ...

    def accepted(self) -> Sequence[bytes]:
        """Current first, then the previous one."""
        ...


class DigestKey(Protocol):
    """The secret by which addresses and the like are digested where they may not be kept; see ``services.digests``."""

    def key(self) -> bytes:
        """The same for ever: with another one, nothing kept by digest would be found again."""
        ...
