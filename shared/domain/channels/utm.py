"""UTM parameters: by which the shop's own analytics tell which message somebody came from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlsplit

from shared.domain.consent.words import Channel
from shared.domain.events import NOTHING
from shared.domain.messages import Message

TRACKING: Final = "tracking"
UTM: Final = "utm"
"""The brand's section, and what it and a message say of links."""

SOURCE: Final = "carillon"

PARAMETERS: Final = ("source", "medium", "campaign", "content")
"""Each with ``utm_`` before it."""

_BRANCHES: Final = frozenset({"then", "else", "otherwise"})


@dataclass(frozen=True, slots=True)
class Utm:
    """Attributes:
    source: who sends.
    medium: channel → what it is called; a channel's own name otherwise.
    by_message: whether a campaign is a message, and not a journey.
    """

    source: str = SOURCE
    medium: Mapping[str, str] = field(default=NOTHING)
    by_message: bool = False


def parameters_of(utm: Utm, message: Message, channel: Channel, own: Mapping[str, str] = NOTHING) -> dict[str, str]:
    """What the links of the message say; ``own``: what it says itself instead.

    The content is the arm of a split that it stands in, else the message where the campaign is the journey.
    """
    arms = [word for word in message.step.split(".") if not word.isdigit() and word not in _BRANCHES]
    by_message = utm.by_message or not message.journey
    found = {
        "source": utm.source,
        "medium": utm.medium.get(channel.value, channel.value),
        "campaign": message.name if by_message else message.journey,
        "content": ".".join(arms) or ("" if by_message else message.name),
    }
    found |= own
    return {f"utm_{name}": value for name, value in found.items() if value}


def with_parameters(address: str, parameters: Mapping[str, str]) -> str:
    """The address with the parameters behind its own, which stay as they are; one that it has already is not added."""
    before, hash_, fragment = address.partition("#")
    known = {name for name, _ in parse_qsl(urlsplit(before).query, keep_blank_values=True)}
    added = "&".join(f"{name}={quote(value, safe='')}" for name, value in parameters.items() if name not in known)
    if not added:
        return address
    joint = "" if before.endswith(("?", "&")) else "&" if "?" in before else "?"
    return f"{before}{joint}{added}{hash_}{fragment}"


def read_own(value: Any) -> Mapping[str, str] | None:
    """What a message says of its links, which was checked; ``None``: that they are to be left as they are."""
    return None if value is False else {} if value is None else dict(value)
