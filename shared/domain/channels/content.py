"""What each channel carries, rendered: a message on its way to one person."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from shared.domain.consent.words import Channel
from shared.domain.events import NOTHING
from shared.domain.messages import Message


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes along with a mail; ``media_type`` as in ``application/pdf``.

    ``content_id``: by which the mail's HTML shows it (``cid:…``); empty: it is beside the mail.
    """

    name: str
    media_type: str
    content: bytes
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A file that the shop keeps, and that is to go along with a mail: ``key`` is its place."""

    name: str
    media_type: str
    key: str


@dataclass(frozen=True, slots=True)
class EmailContent:
    """A mail's words, and what its message says of the envelope.

    Attributes:
        sender: which of the brand's ``senders`` it comes from; empty: the brand itself.
        from_name, reply_to: instead of the sender's name, and the brand's address for replies.
        headers: beside those that every mail has; of the build's allow-list.
        documents: what is still to be fetched, to become attachments.
    """

    subject: str
    html: str
    text: str
    sender: str = ""
    from_name: str = ""
    reply_to: str = ""
    headers: Mapping[str, str] = field(default=NOTHING)
    attachments: tuple[Attachment, ...] = ()
    documents: tuple[Document, ...] = ()


@dataclass(frozen=True, slots=True)
class SmsContent:
    text: str


@dataclass(frozen=True, slots=True)
class PushContent:
    """A notification.

    Attributes:
        link: what a tap opens: an address of the web, or of the app's own.
        badge: the number at the app's icon.
        collapse: what it is about: a later notification of the same takes its place.
        time_to_live: seconds for which the service keeps trying.
        sound: a file of the app's; ``None``: the device's own.
        icon: the brand's picture, by its address.
        color: the brand's own, as ``#2f5d50``.
    """

    title: str
    body: str
    link: str | None = None
    image: str | None = None
    badge: int | None = None
    collapse: str | None = None
    time_to_live: int | None = None
    sound: str | None = None
    icon: str | None = None
    color: str | None = None


@dataclass(frozen=True, slots=True)
class WhatsAppContent:
    """A message by WhatsApp: a template that Meta approved, and what may be said instead to who has just written.

    Attributes:
        template, language: its name and Meta's code of the language; empty: there is none.
        variables: name and value of what fills it, in order; a name of digits is a place.
        media: ``image``, ``video`` or ``document``, and its address: the template's header, or what ``text`` goes with.
        text: free words; empty: none, or not now.
    """

    template: str = ""
    language: str = ""
    variables: tuple[tuple[str, str], ...] = ()
    media: tuple[str, str] | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class WebhookContent:
    """What a partner is told: ``partner`` is its name in the playbook, ``body`` JSON."""

    partner: str
    body: str


Content: TypeAlias = EmailContent | SmsContent | PushContent | WhatsAppContent | WebhookContent


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A rendered message on its way to one person on one channel.

    Attributes:
        addresses: one, or for push all devices: token → platform in ``platforms``.
        unsubscribe_url: the signed one-click link; ``None`` for transactional messages.
    """

    message: Message
    channel: Channel
    addresses: tuple[str, ...]
    content: Content
    platforms: Mapping[str, str] = field(default=NOTHING)
    unsubscribe_url: str | None = None
