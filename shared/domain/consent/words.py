"""What people say of where and about what they may be written to (``rules``: what follows from it)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from shared.domain.timing import Instant

ANY: Final = "*"
"""Every channel, or every topic."""

MAX_TOPIC_LENGTH: Final = 100
MAX_WORDING: Final = 200
"""Characters by which a shop names the text that a person agreed to."""


class Channel(StrEnum):
    """A way to reach a person."""

    EMAIL = "email"
    SMS = "sms"
    PUSH = "push"
    WHATSAPP = "whatsapp"
    WEBHOOK = "webhook"
    """By a partner that is told: it prints, calls, posts or advertises."""


USUAL_ORDER: Final = (Channel.EMAIL, Channel.PUSH, Channel.SMS, Channel.WHATSAPP, Channel.WEBHOOK)
"""Of channels between which nothing else decides."""

WRITTEN_TO: Final = frozenset({Channel.EMAIL, Channel.SMS, Channel.WHATSAPP})
"""Channels whose addresses a person has, rather than an app, or nobody at all."""


class Purpose(StrEnum):
    """Marketing needs consent; transactional is what the person's own act calls for."""

    MARKETING = "marketing"
    TRANSACTIONAL = "transactional"


class SuppressionReason(StrEnum):
    """Why an address is not written to any more (``suppressions``: what each reason stops, and what lifts it)."""

    HARD_BOUNCE = "hard_bounce"
    COMPLAINT = "complaint"
    STOP = "stop"
    INVALID = "invalid"
    ERASED = "erased"
    """Its person had everything deleted: no marketing until they ask for it anew."""
    UNSUBSCRIBED = "unsubscribed"
    """Said through a link in a message to it, by whoever has it after that message's person."""


class ConsentState(StrEnum):
    """What a person said, as the consent history tells it."""

    SUBSCRIBED = "subscribed"
    UNSUBSCRIBED = "unsubscribed"
    PENDING = "pending"
    """Yes, and not yet confirmed: it counts for nothing until it is."""
    PAUSED = "paused"
    RESUMED = "resumed"


@dataclass(frozen=True, slots=True)
class Statement:
    """What a person last said about one channel and topic (either may be ``ANY``).

    Attributes:
        kept_at: when the person last answered a message, which keeps a yes from lapsing; 0: never since.
    """

    subscribed: bool
    at: Instant
    source: str
    kept_at: Instant = 0


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """A yes that waits to be confirmed, about one channel and topic.

    Attributes:
        wording: which text the person agreed to; empty where nobody said.
        asked_at, asked_to: when the person was asked to confirm it, and the digest of the address that was asked;
            0 and empty: not yet, for want of an address.
    """

    at: Instant
    wording: str = ""
    asked_at: Instant = 0
    asked_to: str = ""


@dataclass(frozen=True, slots=True)
class Pause:
    """No marketing at all until then; one that was ended early ends when it was said."""

    at: Instant
    until: Instant


Scope: TypeAlias = tuple[str, str]
"""A channel and a topic, either of which may be ``ANY``."""

Statements: TypeAlias = Mapping[Scope, Statement]


def covering(channel: str, topic: str | None) -> tuple[Scope, ...]:
    """The scopes that speak of this channel and topic, the narrowest first."""
    topic = topic or ANY
    return tuple(dict.fromkeys(((channel, topic), (channel, ANY), (ANY, topic), (ANY, ANY))))


def is_within(inner: Scope, outer: Scope) -> bool:
    """Whether all that ``inner`` speaks of, ``outer`` speaks of too."""
    return outer[0] in (inner[0], ANY) and outer[1] in (inner[1], ANY)


def record(statements: Statements, channel: str, topic: str, statement: Statement) -> dict[Scope, Statement]:
    """The statements with one more: of one scope the latest stays, at one instant the refusal.

    The same statements in any order, and any of them twice, leave the same.
    """
    kept = dict(statements)
    kept[channel, topic] = max(kept.get((channel, topic), statement), statement, key=_rank)
    return kept


def _rank(statement: Statement) -> tuple[Instant, bool, Instant, str]:
    """The later, then the refusal; the rest only so that of any two one wins."""
    return statement.at, not statement.subscribed, statement.kept_at, statement.source


def merged(some: Statements, others: Statements) -> dict[Scope, Statement]:
    """The statements of two profiles that prove to be one person: ``record`` of all of them, in any order."""
    kept = dict(some)
    for (channel, topic), statement in others.items():
        kept = record(kept, channel, topic, statement)
    return kept


def merged_unconfirmed(
    some: Mapping[Scope, Unconfirmed], others: Mapping[Scope, Unconfirmed]
) -> dict[Scope, Unconfirmed]:
    """What waits to be confirmed, of two profiles: of one scope the latest request."""
    kept = dict(some)
    for scope, one in others.items():
        kept[scope] = max(kept.get(scope, one), one, key=lambda of: (of.at, of.asked_at, of.asked_to, of.wording))
    return kept


def merged_pause(one: Pause | None, other: Pause | None) -> Pause | None:
    """The latest of two; at one instant the longer."""
    if one is None or other is None:
        return one or other
    return max(one, other, key=lambda pause: (pause.at, pause.until))


def address_digest(channel: str, address: str) -> str:
    """By which a confirmation knows the address that it was asked at."""
    return hashlib.blake2b(f"{channel}\0{address}".encode(), digest_size=12).hexdigest()
