"""Seals: what a token says can be read and made by us alone, for one purpose.

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
from hmac import compare_digest, digest
from typing import Any, Final

from shared.errors import InvalidLinkError

MAX_TOKEN_LENGTH: Final = 2_048

_VERSION: Final = b"\x01"
_TAG_BYTES: Final = 16
_BLOCK_BYTES: Final = 32


def seal(purpose: str, fields: Sequence[Any], secret: bytes) -> str:
    """A token of URL-safe characters that holds the fields (JSON values) for one purpose."""
    content = json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
    signing, hiding = _keys(purpose, secret)
    tag = digest(signing, content, "sha256")[:_TAG_BYTES]
    return urlsafe_b64encode(_VERSION + tag + _xor(content, hiding, tag)).rstrip(b"=").decode()


def unseal(purpose: str, token: str, secrets: Sequence[bytes], *, longest: int = MAX_TOKEN_LENGTH) -> Any:
    """The fields of a token, of at most ``longest`` characters, that one of the secrets sealed for this purpose.

    Raises:
        InvalidLinkError: any other token.
    """
    sealed = _decode(token, longest)
    tag, hidden = sealed[1 : 1 + _TAG_BYTES], sealed[1 + _TAG_BYTES :]
    for secret in secrets:
        signing, hiding = _keys(purpose, secret)
        content = _xor(hidden, hiding, tag)
        if compare_digest(digest(signing, content, "sha256")[:_TAG_BYTES], tag):
            return json.loads(content)
    raise InvalidLinkError


def _decode(token: str, longest: int) -> bytes:
    """The bytes of a well-formed token; only the one spelling that ``seal`` writes is accepted."""
    if len(token) > longest or not token.isascii():
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
