"""Signed links: what a person may do without a password, because only our message to them holds the address.

A token is sealed, not only signed: whoever reads it in a log or a browser's history learns nothing of the person,
and nobody can make one or turn one to another purpose. The construction is SIV (deterministic authenticated
encryption) from HMAC-SHA256, the one keyed primitive of the standard library: a first HMAC over the content is
both the signature and the nonce from which a second one derives the key stream. The keys are derived from the
secret and the purpose. Deterministic, so that rendering a message twice gives the same bytes.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as EncodingError
from collections.abc import Sequence
from dataclasses import dataclass
from hmac import compare_digest, digest
from typing import Any, Final

from shared.domain.consent import Channel
from shared.domain.timing import DAY, SECOND, Instant
from shared.errors import ExpiredLinkError, InvalidLinkError

UNSUBSCRIBE: Final = "unsubscribe"
UNSUBSCRIBE_PATH: Final = "/v1/unsubscribe/"

LIFETIME: Final = 180 * DAY
"""Longer than any law asks of an unsubscribe link (30 days), shorter than a leaked mailbox stays interesting."""

MAX_TOKEN_LENGTH: Final = 2_048

_VERSION: Final = b"\x01"
_TAG_BYTES: Final = 16
_BLOCK_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsubscribeLink:
    """What an unsubscribe link says: who, and which message on which channel and topic it stands in."""

    profile_id: str
    channel: Channel
    topic: str | None
    message_id: str
    expires_at: Instant


def unsubscribe_url(
    base: str,
    secret: bytes,
    *,
    profile_id: str,
    channel: Channel,
    topic: str | None,
    message_id: str,
    now: Instant,
) -> str:
    """The address of one message's unsubscribe page; ``secret`` is the signing one, ``base`` the public URL."""
    expires_second = -(-(now + LIFETIME) // SECOND)
    token = seal(UNSUBSCRIBE, [expires_second, profile_id, channel.value, topic, message_id], secret)
    return base.rstrip("/") + UNSUBSCRIBE_PATH + token


def read_unsubscribe_token(token: str, secrets: Sequence[bytes], now: Instant) -> UnsubscribeLink:
    """What the link says, if one of ``secrets`` (current, previous) made it.

    Raises:
        InvalidLinkError: forged, damaged, or made for something else.
        ExpiredLinkError: ours, but its time is over.
    """
    expires_second, profile_id, channel, topic, message_id = unseal(UNSUBSCRIBE, token, secrets)
    link = UnsubscribeLink(
        profile_id=profile_id,
        channel=Channel(channel),
        topic=topic,
        message_id=message_id,
        expires_at=expires_second * SECOND,
    )
    if now >= link.expires_at:
        raise ExpiredLinkError
    return link


def seal(purpose: str, fields: Sequence[Any], secret: bytes) -> str:
    """A token of URL-safe characters that holds the fields (JSON values) for one purpose."""
    content = json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
    signing, hiding = _keys(purpose, secret)
    tag = digest(signing, content, "sha256")[:_TAG_BYTES]
    return urlsafe_b64encode(_VERSION + tag + _xor(content, hiding, tag)).rstrip(b"=").decode()


def unseal(purpose: str, token: str, secrets: Sequence[bytes]) -> Any:
    """The fields of a token that one of the secrets sealed for this purpose.

    Raises:
        InvalidLinkError: any other token.
    """
    sealed = _decode(token)
    tag, hidden = sealed[1 : 1 + _TAG_BYTES], sealed[1 + _TAG_BYTES :]
    for secret in secrets:
        signing, hiding = _keys(purpose, secret)
        content = _xor(hidden, hiding, tag)
        if compare_digest(digest(signing, content, "sha256")[:_TAG_BYTES], tag):
            return json.loads(content)
    raise InvalidLinkError


def _decode(token: str) -> bytes:
    """The bytes of a well-formed token; only the one spelling that ``seal`` writes is accepted."""
    if len(token) > MAX_TOKEN_LENGTH or not token.isascii():
        raise InvalidLinkError
    try:
        sealed = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except EncodingError:
        raise InvalidLinkError from None
    if sealed[:1] != _VERSION or urlsafe_b64encode(sealed).rstrip(b"=").decode() != token:
        raise InvalidLinkError
    return sealed


def _keys(purpose: str, secret: bytes) -> tuple[bytes, bytes]:
    """Independent keys for signing and for hiding, of this purpose alone."""
    signing, hiding = (
        digest(secret, f"carillon link 1 {use} {purpose}".encode(), "sha256") for use in ("sign", "hide")
    )
    return signing, hiding


def _xor(content: bytes, key: bytes, nonce: bytes) -> bytes:
    """The content combined with the key stream; the same again restores it."""
    blocks = -(-len(content) // _BLOCK_BYTES)
    stream = b"".join(digest(key, nonce + block.to_bytes(4, "big"), "sha256") for block in range(blocks))
    return bytes(a ^ b for a, b in zip(content, stream, strict=False))
