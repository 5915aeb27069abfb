"""Whether a client may come in: by its key, the page that it runs on, and how often its key was used."""

from typing import Final

from shared.domain.intake.client_keys import Key
from shared.errors import Fault, InvalidInputError, TooOftenError
from shared.ports.secrets import Keys
from shared.services.throttle import Throttle

UNKNOWN_KEY: Final = "unknown-key"
ORIGIN_REFUSED: Final = "origin-not-allowed"


class ClientGate:
    """Asked before anything of a request is read that can wait."""

    def __init__(self, *, keys: Keys, throttle: Throttle) -> None:
        self._keys = keys
        self._throttle = throttle

    def admit(self, presented: object, *, at: str, origin: str) -> Key:
        """The key; ``at`` is where it stood, ``origin`` what a browser says of the page, empty for anything else.

        Raises:
            InvalidInputError: the key is unknown, or not for that page.
            TooOftenError: the key was used up; later it may be used again.
        """
        unknown = "holds no write key that is known" if at == "authorization" else "is not known"
        key = self._keys.find(presented) if isinstance(presented, str) else None
        if key is None:
            raise InvalidInputError([Fault(at, "is required" if presented is None else unknown)], code=UNKNOWN_KEY)
        if not key.rules.allows_origin(origin):
            raise InvalidInputError([Fault("origin", "is no page's that may use this key")], code=ORIGIN_REFUSED)
        wait = self._throttle.wait_of(key)
        if wait:
            raise TooOftenError("a key is used more often than its rate allows", wait=wait, key=key.name)
        return key
