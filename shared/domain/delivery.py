"""What became of a message, told twice: by the provider's feedback to us, and by us to the person's own stream.

Event ids follow from the message and what happened to it, so that telling it again changes nothing.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from shared.domain.behaviour.machines import Signal
from shared.domain.consent.words import ANY, Channel, SuppressionReason
from shared.domain.events import NOTHING, Event, EventType, SystemEvent, Trust
from shared.domain.ledger import LedgerEntry, MessageStatus
from shared.domain.timing import Instant

SOURCE: Final = "carillon"

PROVIDER: Final = "provider"
"""The source of an opt-out that the provider knew before us."""

DEAD_ADDRESS: Final = "dead_address"
"""Why a push token is given up: its provider knows no device behind it."""


class DeliveryKind(StrEnum):
    """What a provider can report of a message that it accepted."""

    SENT = "sent"
    DELIVERED = "delivered"
    DELAYED = "delayed"
    OPENED = "opened"
    CLICKED = "clicked"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    FAILED = "failed"
    """Accepted first, and then not sent after all."""
    REPORTED = "reported"
    """A mailbox provider's report that is no complaint of the person."""
    PREFERENCE = "preference"
    """A change in the provider's own subscription lists: of it we take what the person wants no more."""
    UNKNOWN = "unknown"
    """A kind that this version does not know, or of which its provider knows nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryEvent:
    """One piece of feedback.

    Attributes:
        message_id: our ledger's id.
        address: where we had sent it, as the profile spells it: what a hard bounce or a complaint suppresses.
        is_hard: a bounce that will repeat.
        link: what was clicked.
        flags: what the provider notes about an opening or a click, such as that a machine did it.
        machine: what tells that a machine did it; ``None``: the person.
        opted_out: the topics that the person no longer wants; ``ANY``: nothing any more.
        parts, price: of a text, as the ledger has them.
    """

    kind: DeliveryKind
    message_id: str
    channel: Channel
    at: Instant
    provider_id: str
    address: str | None = None
    is_hard: bool = False
    reason: str | None = None
    link: str | None = None
    flags: Mapping[str, bool] = field(default=NOTHING)
    machine: Signal | None = None
    opted_out: tuple[str, ...] = ()
    parts: int | None = None
    price: str | None = None


STATUSES: Final[Mapping[DeliveryKind, MessageStatus]] = {
    DeliveryKind.SENT: MessageStatus.SENT,
    DeliveryKind.DELIVERED: MessageStatus.DELIVERED,
    DeliveryKind.OPENED: MessageStatus.OPENED,
    DeliveryKind.CLICKED: MessageStatus.CLICKED,
    DeliveryKind.BOUNCED: MessageStatus.BOUNCED,
    DeliveryKind.COMPLAINED: MessageStatus.COMPLAINED,
    DeliveryKind.FAILED: MessageStatus.FAILED,
}
"""The ledger's state after each kind; the others leave it as it is."""


def status_of(delivery: DeliveryEvent) -> MessageStatus:
    """The ledger's state after it. What a machine opens has arrived, and that is all that is known.

    Raises:
        KeyError: it is of a kind that changes nothing.
    """
    return MessageStatus.DELIVERED if delivery.machine else STATUSES[delivery.kind]


_NAMES: Final[Mapping[DeliveryKind, SystemEvent]] = {
    DeliveryKind.SENT: SystemEvent.MESSAGE_SENT,
    DeliveryKind.DELIVERED: SystemEvent.MESSAGE_DELIVERED,
    DeliveryKind.OPENED: SystemEvent.MESSAGE_OPENED,
    DeliveryKind.CLICKED: SystemEvent.MESSAGE_CLICKED,
    DeliveryKind.BOUNCED: SystemEvent.MESSAGE_BOUNCED,
    DeliveryKind.COMPLAINED: SystemEvent.MESSAGE_COMPLAINED,
    DeliveryKind.FAILED: SystemEvent.MESSAGE_FAILED,
}


def outcome_event(entry: LedgerEntry, now: Instant) -> Event:
    """``Message Sent`` or ``Message Failed`` for a message whose dispatch has ended."""
    if entry.sent_at is not None:
        return _event(entry, DeliveryKind.SENT, at=entry.sent_at, now=now, event_id=f"sent:{entry.id}")
    return _event(
        entry,
        DeliveryKind.FAILED,
        at=entry.at,
        now=now,
        event_id=f"failed:{entry.id}",
        reason=entry.reason,
        outcome=entry.status.value,
    )


def ending_events(entry: LedgerEntry, now: Instant) -> Iterator[Event]:
    """All that a dispatch which has ended tells of the message: of one that a partner took, that it arrived too."""
    yield outcome_event(entry, now)
    if entry.channel is Channel.WEBHOOK and entry.sent_at is not None:
        yield _event(entry, DeliveryKind.DELIVERED, at=entry.sent_at, now=now, event_id=f"delivered:{entry.id}")


def feedback_event(entry: LedgerEntry, delivery: DeliveryEvent, now: Instant) -> Event:
    """The person's event for a piece of feedback; ``delivery.kind`` is one of ``STATUSES``."""
    more: dict[str, Any] = {"channel": delivery.channel.value, "reason": delivery.reason}
    event_id = f"{delivery.kind.value}:{entry.id}"
    match delivery.kind:
        case DeliveryKind.OPENED | DeliveryKind.CLICKED:
            more |= {"link": delivery.link, "flags": dict(delivery.flags) or None}
            more |= {"machine": True, "signal": delivery.machine.value} if delivery.machine else {}
            event_id += f":{delivery.at}:{_digest(delivery.link or '')}"
        case DeliveryKind.BOUNCED:
            more |= {"hard": delivery.is_hard, "address": delivery.address}
            event_id += ":hard" if delivery.is_hard else ":soft"
        case DeliveryKind.COMPLAINED:
            more |= {"address": delivery.address}
        case DeliveryKind.FAILED:
            more |= {"outcome": MessageStatus.FAILED.value}
    return _event(entry, delivery.kind, at=delivery.at, now=now, event_id=event_id, **more)


def dead_address_event(
    entry: LedgerEntry, channel: Channel, address: str, now: Instant, *, successor: tuple[str, str] | None = None
) -> Event:
    """A hard bounce of one address, whatever became of the message elsewhere.

    ``successor`` is the push token, and its platform, that the provider gave the device instead: as with any event,
    the context's device is the person's from now on.
    """
    event = _event(
        entry,
        DeliveryKind.BOUNCED,
        at=entry.at,
        now=now,
        event_id=f"bounced:{entry.id}:{_digest(address)}",
        channel=channel.value,
        hard=True,
        address=address,
        reason=DEAD_ADDRESS,
    )
    if successor is None:
        return event
    token, platform = successor
    return replace(event, context={"device": {"token": token, "type": platform}})


def preference_events(entry: LedgerEntry, delivery: DeliveryEvent, now: Instant) -> Iterator[Event]:
    """``Unsubscribed``, once for each thing that the person no longer wants by the provider's own page or button."""
    for topic in delivery.opted_out:
        about = {} if topic == ANY else {"topic": topic}
        yield Event(
            id=f"unsubscribed:{entry.id}:{delivery.at}:{_digest(topic)}",
            type=EventType.TRACK,
            name=SystemEvent.UNSUBSCRIBED,
            at=min(delivery.at, now),
            received_at=now,
            profile_id=entry.profile_id,
            properties={"channel": delivery.channel.value, "source": PROVIDER, "message_id": entry.id, **about},
            trust=Trust.SYSTEM,
            source=SOURCE,
        )


def opt_out_event(entry: LedgerEntry, channel: Channel, address: str, now: Instant) -> Event:
    """The provider refused the message: the person had opted out there, which it tells only now."""
    return Event(
        id=f"unsubscribed:{entry.id}:{channel.value}",
        type=EventType.TRACK,
        name=SystemEvent.UNSUBSCRIBED,
        at=now,
        received_at=now,
        profile_id=entry.profile_id,
        properties={
            "channel": channel.value,
            "source": PROVIDER,
            "phone": address,
            "reason": SuppressionReason.STOP.value,
            "message_id": entry.id,
        },
        trust=Trust.SYSTEM,
        source=SOURCE,
    )


def _event(entry: LedgerEntry, kind: DeliveryKind, *, at: Instant, now: Instant, event_id: str, **more: Any) -> Event:
    properties: dict[str, Any] = {
        "message": entry.name,
        "message_id": entry.id,
        "channel": entry.channel.value if entry.channel else None,
        "journey": entry.journey or None,
        **more,
    }
    return Event(
        id=event_id,
        type=EventType.TRACK,
        name=_NAMES[kind],
        at=min(at, now),
        received_at=now,
        profile_id=entry.profile_id,
        properties={name: value for name, value in properties.items() if value is not None},
        trust=Trust.SYSTEM,
        source=SOURCE,
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
