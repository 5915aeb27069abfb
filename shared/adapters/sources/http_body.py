"""An API Gateway request's body and key, read with bounds: nothing is inflated beyond what would be accepted."""

import base64
import binascii
import zlib
from collections.abc import Mapping
from typing import Any, Final

from shared.domain.intake.json_values import MALFORMED
from shared.errors import Fault, InvalidInputError

TOO_LARGE: Final = "too-large"
_GZIP: Final = 16 + zlib.MAX_WBITS
_MOST_MEMBERS: Final = 16
"""Of one gzip body. Clients write one; each costs a copy of what follows it, and an empty one has 20 bytes."""
_MOST_CREDENTIALS: Final = 1_000
"""Characters of an Authorization header that are looked at."""


def read_body(request: Mapping[str, Any], *, limit: int) -> bytes:
    """The body as the client meant it: out of base64 and gzip.

    Raises:
        InvalidInputError: more than ``limit`` bytes, or not what its headers say.
    """
    body = raw_body(request, limit=limit)
    encoding = header(request, "content-encoding").lower()
    if encoding in {"", "identity"}:
        return body
    if encoding in {"gzip", "x-gzip"}:
        return _inflate(body, limit)
    raise _malformed("has a Content-Encoding other than gzip")


def raw_body(request: Mapping[str, Any], *, limit: int) -> bytes:
    """The bytes as they were sent, for who is to check a signature of them.

    Raises:
        InvalidInputError: more than ``limit`` bytes, or not what API Gateway says.
    """
    body = _transferred(request, limit)
    if len(body) > limit:
        raise _too_large(limit)
    return body


def read_text(body: bytes) -> str:
    """The body as text: UTF-8, with or without a byte order mark.

    Raises:
        InvalidInputError: it is not UTF-8.
    """
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _malformed(f"is not UTF-8: byte {error.start} fits in nowhere") from None


def basic_user(request: Mapping[str, Any]) -> str | None:
    """The user name of Basic authentication; ``None`` where the request has none, or another scheme's."""
    scheme, _, credentials = header(request, "authorization").partition(" ")
    if scheme.lower() != "basic":
        return None
    if len(credentials) > _MOST_CREDENTIALS:
        return ""
    try:
        text = base64.b64decode(credentials.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return ""
    return text.partition(":")[0]


def presented_key(request: Mapping[str, Any]) -> str | None:
    """The key of Basic authentication's user name or of a Bearer token; ``None`` where the request has neither."""
    scheme, _, credentials = header(request, "authorization").partition(" ")
    return credentials.strip() if scheme.lower() == "bearer" else basic_user(request)


def header(request: Mapping[str, Any], name: str) -> str:
    """The header of that name (small letters); empty where there is none."""
    headers = request.get("headers") or {}
    return next((str(value).strip() for key, value in headers.items() if key.lower() == name), "")


def _transferred(request: Mapping[str, Any], limit: int) -> bytes:
    """Not decoded at all where even its base64, or its characters, are too many."""
    body = request.get("body") or ""
    if len(body) > limit * (2 if request.get("isBase64Encoded") else 1):
        raise _too_large(limit)
    if not request.get("isBase64Encoded"):
        return str(body).encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        raise _malformed("is not the base64 that it is said to be") from None


def _inflate(body: bytes, limit: int) -> bytes:
    """Stops one byte beyond the limit, however much more the rest would come to."""
    inflated = b""
    if not body:
        return inflated
    for _ in range(_MOST_MEMBERS):
        member = zlib.decompressobj(_GZIP)
        try:
            inflated += member.decompress(body, limit + 1 - len(inflated))
        except zlib.error:
            raise _malformed("is not gzip, as its Content-Encoding says") from None
        if len(inflated) > limit:
            raise _too_large(limit)
        if not member.eof:
            raise _malformed("is gzip cut short")
        body = member.unused_data
        if not body:
            return inflated
    raise _malformed(f"is gzip in more than {_MOST_MEMBERS} pieces")


def _too_large(limit: int) -> InvalidInputError:
    return InvalidInputError([Fault("", f"must have at most {limit} bytes")], code=TOO_LARGE)


def _malformed(message: str) -> InvalidInputError:
    return InvalidInputError([Fault("", message)], code=MALFORMED)
