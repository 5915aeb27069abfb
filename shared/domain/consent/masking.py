"""Addresses as whoever holds a link may see them: the person knows their own again, a stranger learns little."""

from collections.abc import Sequence
from typing import Final

from shared.domain.consent.words import WRITTEN_TO, Channel

_DOTS: Final = "•••"
_SHOWN_DIGITS: Final = 3


def masked(channel: Channel, addresses: Sequence[str]) -> str:
    """``a•••@example.com``, ``••• 567``; of devices and partners nothing: people have no address there."""
    if not addresses or channel not in WRITTEN_TO:
        return ""
    return mask_email(addresses[0]) if channel is Channel.EMAIL else _mask_phone(addresses[0])


def mask_email(address: str) -> str:
    name, _, domain = address.rpartition("@")
    return f"{name[:1]}{_DOTS}@{domain}"


def _mask_phone(number: str) -> str:
    return f"{_DOTS} {number[-_SHOWN_DIGITS:]}"
