"""Who may be written to, where and about what: the latest statement that applies decides."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from shared.domain.timing import Instant

ANY: Final = "*"
"""Every channel, or every topic."""

MAX_TOPIC_LENGTH: Final = 100


class Channel(StrEnum):
    """A way to reach a person."""

    EMAIL = "email"
    SMS = "sms"
    PUSH = "push"
    WHATSAPP = "whatsapp"


USUAL_ORDER: Final = (Channel.EMAIL, Channel.PUSH, Channel.SMS, Channel.WHATSAPP)
"""Of channels between which nothing else decides."""


class Purpose(StrEnum):
    """Marketing needs consent; transactional is what the person's own act calls for."""

    MARKETING = "marketing"
    TRANSACTIONAL = "transactional"


class SuppressionReason(StrEnum):
    """Why an address is never written to again, whatever the purpose."""

    HARD_BOUNCE = "hard_bounce"
    COMPLAINT = "complaint"
    STOP = "stop"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Statement:
    """What a person last said about one channel and topic (either may be ``ANY``)."""

    subscribed: bool
    at: Instant
    source: str


Statements = Mapping[tuple[str, str], Statement]


def applicable(statements: Statements, channel: str, topic: str) -> Statement | None:
    """The latest of the statements that cover this channel and topic; at one instant the refusal wins."""
    found: Statement | None = None
    for key in ((channel, topic), (channel, ANY), (ANY, topic), (ANY, ANY)):
        statement = statements.get(key)
        if statement is not None and (
            found is None or statement.at > found.at or (statement.at == found.at and not statement.subscribed)
        ):
            found = statement
    return found


def is_granted(statements: Statements, channel: str, topic: str | None, *, default: bool) -> bool:
    """Whether marketing may be sent: by the latest statement that applies, else by the topic's ``default``."""
    statement = applicable(statements, channel, topic or ANY)
    return default if statement is None else statement.subscribed


def record(statements: Statements, channel: str, topic: str, statement: Statement) -> dict[tuple[str, str], Statement]:
    """The statements with one more; an older one than what is held for the same key changes nothing."""
    held = statements.get((channel, topic))
    kept = dict(statements)
    if (
        held is None
        or statement.at > held.at
        or (statement.at == held.at and held.subscribed and not statement.subscribed)
    ):
        kept[channel, topic] = statement
    return kept
