"""Links of our own, short enough for a text: one token a message, and behind it the number of the link in it.

Where each leads is kept under the token, and nowhere else: a link leads only to where its message led, whoever made it
up.
"""

import hashlib
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import Final

from shared.domain.consent.words import Channel
from shared.domain.timing import Instant

PATH: Final = "/l/"

MAX_TARGETS: Final = 100
"""Of one message; further links stay as they are."""

_TOKEN_BYTES: Final = 9
"""Twelve characters: nobody guesses one, and two messages never share one."""

_PLACE: Final = re.compile(r"([A-Za-z0-9_-]{12})([0-9]{1,2})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class SentLinks:
    """Where the links of one message lead, in their order; ``at``: when it was about to be sent."""

    message_id: str
    channel: Channel
    targets: tuple[str, ...]
    at: Instant

    @property
    def token(self) -> str:
        return token_of(self.message_id)


def token_of(message_id: str) -> str:
    """The same whenever the message is rendered again."""
    digest = hashlib.blake2b(f"link\0{message_id}".encode(), digest_size=_TOKEN_BYTES).digest()
    return urlsafe_b64encode(digest).decode()


def short_link(base: str, token: str, number: int) -> str:
    return f"{base.rstrip('/')}{PATH}{token}{number}"


def read_place(text: str) -> tuple[str, int] | None:
    """The token and the number that a link's last part says; ``None``: it is none of ours."""
    found = _PLACE.fullmatch(text)
    return None if found is None else (found[1], int(found[2]))
