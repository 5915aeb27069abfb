"""Turns what a person asks through a message's link into statements of theirs; looking at the page changes nothing.

Mail scanners follow links, so only a POST speaks for the person (RFC 8058).
"""

import hashlib
from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from shared.domain.consent.former_addresses import SENT_TO
from shared.domain.consent.words import address_digest
from shared.domain.events import Event, EventType, SystemEvent, Trust
from shared.domain.timing import SECOND, Instant
from shared.ports.clock import Clock
from shared.ports.queues import EventQueue
from shared.ports.secrets import SigningSecrets
from shared.services.links import PreferencesLink, UnsubscribeLink, preferences_token, read_unsubscribe_token

SOURCE: Final = "preferences"


class Choice(StrEnum):
    """What a person can ask of the link in a message."""

    ONE_CLICK = "one_click"
    """The mail program's own button: no marketing on this channel, and this topic nowhere."""
    TOPIC = "topic"
    """This topic nowhere."""
    CHANNEL = "channel"
    """No marketing on this channel."""
    UNDO = "undo"
    """As it was when the message came: this topic on this channel. Never more: an undo is no new consent."""


class PreferenceDesk:
    """Reads links, and takes what people say through them."""

    def __init__(self, *, events: EventQueue, secrets: SigningSecrets, clock: Clock) -> None:
        self._events = events
        self._secrets = secrets
        self._clock = clock

    def read(self, token: str) -> UnsubscribeLink:
        """What the link is about; ``InvalidLinkError`` or ``ExpiredLinkError`` where it is none, or none any more."""
        return read_unsubscribe_token(token, self._secrets.accepted(), self._clock.now())

    def way_to_preferences(self, link: UnsubscribeLink) -> str:
        """The token of the person's preference centre; it works no longer than the link does."""
        onward = PreferencesLink(
            profile_id=link.profile_id,
            channel=link.channel,
            message_id=link.message_id,
            expires_at=link.expires_at,
            address=address_digest(link.channel, link.address) if link.address else "",
        )
        return preferences_token(onward, self._secrets.signing())

    def take(self, token: str, choice: Choice) -> UnsubscribeLink:
        """Put the person's statements into their stream; they hold once this has returned."""
        link = self.read(token)
        self._events.put(list(_statements(link, token, choice, self._clock.now())))
        return link


def _statements(link: UnsubscribeLink, token: str, choice: Choice, now: Instant) -> Iterator[Event]:
    """The events of a choice.

    An id is of the link, the choice and the second. A double click or a retry within it is the same event; later
    ones say the same again, which changes nothing; and "stop" after "undo" is never mistaken for the first "stop".
    """
    name = SystemEvent.SUBSCRIBED if choice is Choice.UNDO else SystemEvent.UNSUBSCRIBED
    source = Choice.ONE_CLICK if choice is Choice.ONE_CLICK else "page"
    sent_to = {SENT_TO: {"channel": link.channel.value, "address": link.address}} if link.address else {}
    for index, scope in enumerate(_scopes(link, choice)):
        repeat = f"{token}|{choice}|{index}|{now // SECOND}"
        yield Event(
            id=f"{name.lower()}:{hashlib.sha256(repeat.encode()).hexdigest()[:32]}",
            type=EventType.TRACK,
            name=name,
            at=now,
            received_at=now,
            profile_id=link.profile_id,
            properties={**scope, "source": str(source), "message_id": link.message_id, **sent_to},
            trust=Trust.SYSTEM,
            source=SOURCE,
        )


def _scopes(link: UnsubscribeLink, choice: Choice) -> list[dict[str, str]]:
    """What each statement covers: without a topic all of them, without a channel all of them."""
    channel = {"channel": link.channel.value}
    topic = {"topic": link.topic} if link.topic is not None else channel
    match choice:
        case Choice.ONE_CLICK:
            return [channel] if link.topic is None else [channel, topic]
        case Choice.CHANNEL:
            return [channel]
        case Choice.TOPIC:
            return [topic]
        case Choice.UNDO:
            return [channel | topic]
