"""Secrets that everybody may know."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from shared.domain.events import Trust
from shared.domain.intake.client_keys import Key


@dataclass
class FakeKeys:
    known: Mapping[str, Key] = field(
        default_factory=lambda: {"public-key": Key(Trust.PUBLIC), "secret-key": Key(Trust.SECRET)}
    )

    def find(self, key: str) -> Key | None:
        return self.known.get(key)

    def trust_of(self, key: str) -> Trust | None:
        found = self.find(key)
        return None if found is None else found.trust


@dataclass
class FakeStaffKeys:
    keys: tuple[str, ...] = ("secret-key", "previous-key")

    def is_good(self, key: str) -> bool:
        return key in self.keys


@dataclass
class FakeWebhookSignatures:
    secrets: tuple[bytes, ...] = (b"current-secret", b"previous-secret")

    def is_good(self, body: bytes, signature: str) -> bool:
        return signature in {self.sign(body, secret) for secret in self.secrets}

    def sign(self, body: bytes, secret: bytes) -> str:
        return sha256(secret + body).hexdigest()


@dataclass
class FakeSigningSecrets:
    secrets: tuple[bytes, ...] = (b"current-secret", b"previous-secret")

    def signing(self) -> bytes:
        return self.secrets[0]

    def accepted(self) -> Sequence[bytes]:
        return self.secrets


class FakeDigestKey:
    def key(self) -> bytes:
        return b"digest-secret"
