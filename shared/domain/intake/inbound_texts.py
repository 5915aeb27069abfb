"""A message that a person sent us by SMS or WhatsApp, and what it says in their stream.

Event ids follow from the message's own, so that the same one twice is one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from shared.domain.consent.sms_keywords import Keyword, read_keyword, seems_to_ask_for_an_end
from shared.domain.consent.words import Channel, SuppressionReason
from shared.domain.events import Event, EventType, SystemEvent, Trust
from shared.domain.timing import Instant

SOURCE: Final = "carillon"
BY_KEYWORD: Final = {Channel.SMS: "sms_keyword", Channel.WHATSAPP: "whatsapp_keyword"}
"""Where such a statement was said."""

RECEIVED: Final = {Channel.SMS: SystemEvent.SMS_RECEIVED, Channel.WHATSAPP: SystemEvent.MESSAGE_RECEIVED}

MAX_TEXT: Final = 1_600
"""Of what is kept: ten texts in one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundText:
    """One text.

    Attributes:
        sender: the person's number, in E.164.
        receiver: ours.
        answers: the provider's id of the message that it answers, where it knows.
        channel: SMS or WhatsApp.
    """

    id: str
    at: Instant
    sender: str
    receiver: str
    text: str
    answers: str | None = None
    channel: Channel = Channel.SMS

    @property
    def keyword(self) -> Keyword | None:
        return read_keyword(self.text)


def events_of(text: InboundText, profile_id: str, now: Instant) -> Iterator[Event]:
    """That it came, and what it states: the statement first, so that journeys find it made."""
    keyword = text.keyword
    on = text.channel.value
    stated = {"channel": on, "source": BY_KEYWORD[text.channel], "phone": text.sender, "keyword": keyword}
    if keyword is Keyword.STOP:
        more = stated | {"reason": SuppressionReason.STOP.value}
        yield _event(f"unsubscribed:{on}:{text.id}", SystemEvent.UNSUBSCRIBED, text, profile_id, now, more)
    elif keyword is Keyword.START:
        yield _event(f"subscribed:{on}:{text.id}", SystemEvent.SUBSCRIBED, text, profile_id, now, stated)
    received = {
        "channel": on if text.channel is not Channel.SMS else None,
        "text": text.text[:MAX_TEXT],
        "phone": text.sender,
        "to": text.receiver,
        "keyword": keyword,
        "answers": text.answers,
        "seems_to_ask_for_an_end": seems_to_ask_for_an_end(text.text) or None,
    }
    yield _event(f"received:{text.id}", RECEIVED[text.channel], text, profile_id, now, received)


def _event(
    id_: str, name: SystemEvent, text: InboundText, profile_id: str, now: Instant, properties: dict[str, Any]
) -> Event:
    return Event(
        id=id_,
        type=EventType.TRACK,
        name=name,
        at=text.at,
        received_at=now,
        profile_id=profile_id,
        properties={
            key: value.value if isinstance(value, Keyword) else value
            for key, value in properties.items()
            if value is not None
        },
        trust=Trust.SYSTEM,
        source=SOURCE,
    )
