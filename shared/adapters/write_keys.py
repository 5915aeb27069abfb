"""The keys in Secrets Manager: a secret one for servers, and public ones for browsers and apps.

The public secret is a key itself, which may do all that a public key may; the named ones derive from it.
"""

import hmac
from collections.abc import Iterator, Mapping
from typing import Final

from shared.adapters.secrets import CachedSecret
from shared.domain.events import Trust
from shared.domain.intake.client_keys import Key, KeyRules, key_text, named
from shared.domain.timing import SECOND, Duration, Instant
from shared.ports.clock import Clock

REREAD_AFTER: Final[Duration] = 5 * SECOND
"""A key that is not known may have been made a moment ago; anyone can send one, so looking has its limit."""


class SecretWriteKeys:
    """Implements ``ports.secrets.Keys``. What is kept in memory is as old as ``CachedSecret`` allows."""

    def __init__(
        self,
        *,
        public: CachedSecret,
        secret: CachedSecret,
        clock: Clock,
        rules: Mapping[str, KeyRules] | None = None,
    ) -> None:
        """``rules``: the public keys that have a name, and what each may do; a name that is not there is unknown."""
        self._public = public
        self._secret = secret
        self._named = {name: Key(Trust.PUBLIC, name, limits) for name, limits in (rules or {}).items()}
        self._clock = clock
        self._may_reread_at: Instant = 0

    def trust_of(self, key: str) -> Trust | None:
        found = self.find(key)
        return None if found is None else found.trust

    def find(self, key: str) -> Key | None:
        now = self._clock.wall()
        if self._may_reread_at == 0:
            self._may_reread_at = now + REREAD_AFTER
        found = self._compare(key)
        if found is not None or now < self._may_reread_at:
            return found
        self._may_reread_at = now + REREAD_AFTER
        self._public.expire()
        self._secret.expire()
        return self._compare(key)

    def _compare(self, key: str) -> Key | None:
        """Compares with every key that it could be, in a time that tells nothing of where they differ."""
        presented = key.encode("utf-8", "surrogatepass")
        found: Key | None = None
        for candidate, text in self._candidates(key):
            if hmac.compare_digest(presented, text.encode()):
                found = candidate
        return found

    def _candidates(self, key: str) -> Iterator[tuple[Key, str]]:
        claimed = self._named.get(named(key))
        for value in self._public.values():
            yield PUBLIC, value
            if claimed is not None:
                yield claimed, key_text(claimed.name, value)
        for value in self._secret.values():
            yield SECRET, value


PUBLIC: Final = Key(Trust.PUBLIC)
SECRET: Final = Key(Trust.SECRET)
