"""What stands for an address, a network or a person where the thing itself may not be kept.

A keyed digest: whoever gets hold of the table cannot try out every phone number there is, as with a plain hash.
"""

from hmac import digest
from typing import Final

_BYTES: Final = 16
"""Half of SHA-256: two among a billion people meet with a chance of one in 10^20."""


def keyed_digest(key: bytes, kind: str, value: str) -> str:
    """32 hex digits, the same for ever; digests of one value as different kinds have nothing in common.

    ``kind`` says what the value is (``suppressed email``) and holds no line break; bring the value into one form first.
    """
    content = f"carillon digest 1 {kind}\n{value}".encode("utf-8", "surrogatepass")
    return digest(key, content, "sha256")[:_BYTES].hex()
