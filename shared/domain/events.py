"""An event: one thing that happened to one person, in the shape of the Segment spec.

Everything is an event: what the storefront tracks, a till's receipt, a bounce, an opt-out, a wake-up that is due.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, Never

from shared.domain.records import quick
from shared.domain.timing import DAY, Instant, format_instant, parse_instant


class _Nothing(Mapping[str, Any]):
    """An empty mapping that is hashable, which Python 3.11 asks of a field's default (its mapping proxies are not)."""

    __slots__ = ()

    def __getitem__(self, key: str) -> Never:
        raise KeyError(key)

    def get(self, key: str, default: Any = None) -> Any:  # noqa: ARG002
        return default

    def __contains__(self, key: object) -> bool:
        return False

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __hash__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return "NOTHING"


NOTHING: Final[Mapping[str, Any]] = _Nothing()

REMEMBERED_FOR: Final = DAY
"""A duplicate is known by its id for 24 hours (playbook, Events)."""

LATE_AFTER: Final = DAY
"""An event later than this counts for conditions, and starts no run (playbook, Events)."""


class EventType(StrEnum):
    """The calls of the Segment spec, and what we ourselves ask a person's stream for."""

    TRACK = "track"
    IDENTIFY = "identify"
    ALIAS = "alias"
    PAGE = "page"
    SCREEN = "screen"
    GROUP = "group"
    TIMER = "timer"
    BACKFILL = "backfill"
    SPLIT = "split"


ASKED: Final = frozenset({EventType.TIMER, EventType.BACKFILL, EventType.SPLIT})
"""Nothing happened: the system asks what time has brought due, what the timeline knows, or that two be parted."""


class Trust(StrEnum):
    """Who vouches for an event, from nobody up."""

    PUBLIC = "public"
    """A browser's or an app's key, which anybody can read there."""
    USER = "user"
    """The same, with the proof that it speaks for its ``userId``: where that person is written to, never consent."""
    SECRET = "secret"  # noqa: S105
    """A server's key."""
    SYSTEM = "system"
    """Our own functions."""


SERVERS: Final = frozenset({Trust.SECRET, Trust.SYSTEM})
"""Who may state consent, and whose event ids no client can use."""


class SystemEvent(StrEnum):
    """Names of the events that the system itself adds to a person's stream."""

    MESSAGE_SENT = "Message Sent"
    MESSAGE_DELIVERED = "Message Delivered"
    MESSAGE_OPENED = "Message Opened"
    MESSAGE_CLICKED = "Message Clicked"
    MESSAGE_BOUNCED = "Message Bounced"
    MESSAGE_COMPLAINED = "Message Complained"
    MESSAGE_FAILED = "Message Failed"
    UNSUBSCRIBED = "Unsubscribed"
    SUBSCRIBED = "Subscribed"
    MARKETING_PAUSED = "Marketing Paused"
    MARKETING_RESUMED = "Marketing Resumed"
    ADDRESS_CHANGE_ASKED = "Address Change Asked"
    ADDRESS_CHANGED = "Address Changed"
    SEGMENT_ENTERED = "Segment Entered"
    SEGMENT_LEFT = "Segment Left"
    JOURNEY_ENTERED = "Journey Entered"
    JOURNEY_EXITED = "Journey Exited"
    JOURNEY_COMPLETED = "Journey Completed"
    GOAL_REACHED = "Goal Reached"
    SMS_RECEIVED = "SMS Received"
    MESSAGE_RECEIVED = "Message Received"
    ADDRESS_SUPPRESSED = "Address Suppressed"
    ADDRESS_RELEASED = "Address Released"
    COUPON_REDEEMED = "Coupon Redeemed"


CONSENT_EVENTS: Final = frozenset(
    {
        SystemEvent.UNSUBSCRIBED,
        SystemEvent.SUBSCRIBED,
        SystemEvent.MARKETING_PAUSED,
        SystemEvent.MARKETING_RESUMED,
    }
)
"""What a server's key may say beside the system: a person's own statement, made elsewhere."""

RESERVED_NAMES: Final = frozenset(SystemEvent)

IMPLIED_NAMES: Final = MappingProxyType(
    {
        EventType.IDENTIFY: "User Identified",
        EventType.ALIAS: "User Aliased",
        EventType.PAGE: "Page Viewed",
        EventType.SCREEN: "Screen Viewed",
        EventType.GROUP: "Group Joined",
        EventType.TIMER: "Timer Due",
        EventType.BACKFILL: "Backfill Asked",
        EventType.SPLIT: "Split Asked",
    }
)
"""The name under which journeys and conditions know the calls that carry no event name of their own."""


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened to one person.

    Attributes:
        id: ``messageId``; a second event with it within 24 hours is a duplicate.
        name: the track call's event name, else the implied one.
        at: when it happened, by the sender's corrected clock; never after ``received_at``.
        received_at: when it arrived here.
        profile_id: the person it belongs to, once resolved.
    """

    id: str
    type: EventType
    name: str
    at: Instant
    received_at: Instant
    profile_id: str
    user_id: str | None = None
    anonymous_id: str | None = None
    properties: Mapping[str, Any] = field(default=NOTHING)
    traits: Mapping[str, Any] = field(default=NOTHING)
    context: Mapping[str, Any] = field(default=NOTHING)
    trust: Trust = Trust.PUBLIC
    source: str = "http"

    @property
    def is_late(self) -> bool:
        return self.received_at - self.at > LATE_AFTER

    @property
    def known_as(self) -> str:
        """Under what the event is known again: ids can be guessed, and a client's must not make a server's a duplicate.

        No id holds the character that sets a client's apart.
        """
        return self.id if self.trust in SERVERS else f"\0{self.id}"


def event_to_dict(event: Event) -> dict[str, Any]:
    """The event in its canonical JSON: Segment's names, ``profileId``, ``receivedAt``, ``trust`` and ``source``."""
    plain: dict[str, Any] = {
        "type": event.type.value,
        "messageId": event.id,
        "timestamp": format_instant(event.at),
        "receivedAt": format_instant(event.received_at),
        "profileId": event.profile_id,
        "trust": event.trust.value,
        "source": event.source,
    }
    if event.name != IMPLIED_NAMES.get(event.type):
        plain["event"] = event.name
    if event.user_id is not None:
        plain["userId"] = event.user_id
    if event.anonymous_id is not None:
        plain["anonymousId"] = event.anonymous_id
    for name, mapping in (("properties", event.properties), ("traits", event.traits), ("context", event.context)):
        if mapping:
            plain[name] = dict(mapping)
    return plain


def event_from_dict(plain: Mapping[str, Any]) -> Event:
    """What ``event_to_dict`` wrote."""
    type_ = EventType(plain["type"])
    return Event(
        id=plain["messageId"],
        type=type_,
        name=plain["event"] if "event" in plain else IMPLIED_NAMES[type_],
        at=parse_instant(plain["timestamp"]),
        received_at=parse_instant(plain["receivedAt"]),
        profile_id=plain["profileId"],
        user_id=plain.get("userId"),
        anonymous_id=plain.get("anonymousId"),
        properties=plain.get("properties", NOTHING),
        traits=plain.get("traits", NOTHING),
        context=plain.get("context", NOTHING),
        trust=Trust(plain["trust"]),
        source=plain["source"],
    )
