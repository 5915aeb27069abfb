"""Signed links: what a person may do without a password, because only our message to them holds the address.

Each kind is sealed for a purpose of its own, so that none can be turned into another, and tells when it ends.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from shared.domain.consent.words import Channel
from shared.domain.timing import DAY, SECOND, Duration, Instant
from shared.errors import ExpiredLinkError
from shared.services.seals import seal, unseal

UNSUBSCRIBE: Final = "unsubscribe"
UNSUBSCRIBE_PATH: Final = "/v1/unsubscribe/"
PREFERENCES: Final = "preferences"
PREFERENCES_PATH: Final = "/v1/preferences/"

CONFIRM: Final = "confirm"
CONFIRM_PATH: Final = "/v1/confirm/"

ADDRESS: Final = "address"
ADDRESS_PATH: Final = "/v1/address/"

LIFETIME: Final = 180 * DAY
"""Longer than any law asks of an unsubscribe link (30 days), shorter than a leaked mailbox stays interesting."""


CONFIRM_LIFETIME: Final = 7 * DAY
"""Who wants it confirms it within days; later, nobody knows any more what it was about."""

NOTICE_LIFETIME: Final = 7 * DAY
"""Of the way back for who is told, at the address that was theirs, that it is no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsubscribeLink:
    """What an unsubscribe link says: who, and which message on which channel and topic it stands in.

    ``address``: where it was sent; empty of a message to devices, and of links from before it was said.
    """

    profile_id: str
    channel: Channel
    topic: str | None
    message_id: str
    expires_at: Instant
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmLink:
    """What a link says that confirms a yes: whose, to which channel and topic, and at which address it was asked for.

    Attributes:
        topic: ``None``: whatever waits on the channel.
        address: ``consent.words.address_digest`` of the one that the link was sent to.
    """

    profile_id: str
    channel: Channel
    topic: str | None
    address: str
    expires_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressLink:
    """What a link says that makes an address the person's.

    Attributes:
        address: the new one, to which the link was sent.
        was: ``consent.words.address_digest`` of the one that the person had then; empty where they had none.
    """

    profile_id: str
    address: str
    was: str
    expires_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferencesLink:
    """What a link to the preference centre says: who, and on which channel in which message they got it.

    ``address``: ``consent.words.address_digest`` of the one that it was sent to, and opens the page for while it is the
    person's; empty of a message to devices, and of links from before it was said.
    """

    profile_id: str
    channel: Channel
    message_id: str
    expires_at: Instant
    address: str = ""


def unsubscribe_url(
    base: str,
    secret: bytes,
    *,
    profile_id: str,
    channel: Channel,
    topic: str | None,
    message_id: str,
    now: Instant,
    address: str = "",
) -> str:
    """The address of one message's unsubscribe page; ``secret`` is the signing one, ``base`` the public URL."""
    fields = [_seconds(now + LIFETIME), profile_id, channel.value, topic, message_id, *([address] if address else [])]
    return base.rstrip("/") + UNSUBSCRIBE_PATH + seal(UNSUBSCRIBE, fields, secret)


def read_unsubscribe_token(token: str, secrets: Sequence[bytes], now: Instant) -> UnsubscribeLink:
    """What the link says, if one of ``secrets`` (current, previous) made it.

    Raises:
        InvalidLinkError: forged, damaged, or made for something else.
        ExpiredLinkError: ours, but its time is over.
    """
    expires_at, (profile_id, channel, topic, message_id, *address) = _opened(UNSUBSCRIBE, token, secrets, now)
    return UnsubscribeLink(
        profile_id=profile_id,
        channel=Channel(channel),
        topic=topic,
        message_id=message_id,
        expires_at=expires_at,
        address="".join(address),
    )


def preferences_url(
    base: str,
    secret: bytes,
    *,
    profile_id: str,
    channel: Channel,
    message_id: str,
    now: Instant,
    address: str = "",
    lifetime: Duration = LIFETIME,
) -> str:
    """The address of the person's preference centre, for one message; ``address`` is the digest of where it goes."""
    link = PreferencesLink(
        profile_id=profile_id, channel=channel, message_id=message_id, expires_at=now + lifetime, address=address
    )
    return base.rstrip("/") + PREFERENCES_PATH + preferences_token(link, secret)


def preferences_token(link: PreferencesLink, secret: bytes) -> str:
    fields = [_seconds(link.expires_at), link.profile_id, link.channel.value, link.message_id]
    fields += [link.address] if link.address else []
    return seal(PREFERENCES, fields, secret)


def read_preferences_token(token: str, secrets: Sequence[bytes], now: Instant) -> PreferencesLink:
    """What the link says; raises as ``read_unsubscribe_token`` does."""
    expires_at, (profile_id, channel, message_id, *address) = _opened(PREFERENCES, token, secrets, now)
    return PreferencesLink(
        profile_id=profile_id,
        channel=Channel(channel),
        message_id=message_id,
        expires_at=expires_at,
        address="".join(address),
    )


def confirm_url(
    base: str, secret: bytes, *, profile_id: str, channel: Channel, topic: str | None, address: str, now: Instant
) -> str:
    """The address of the page that confirms a yes; ``address`` is the digest of the one that the link is sent to."""
    fields = [_seconds(now + CONFIRM_LIFETIME), profile_id, channel.value, topic, address]
    return base.rstrip("/") + CONFIRM_PATH + seal(CONFIRM, fields, secret)


def read_confirm_token(token: str, secrets: Sequence[bytes], now: Instant) -> ConfirmLink:
    """What the link says; raises as ``read_unsubscribe_token`` does."""
    expires_at, (profile_id, channel, topic, address) = _opened(CONFIRM, token, secrets, now)
    return ConfirmLink(
        profile_id=profile_id, channel=Channel(channel), topic=topic, address=address, expires_at=expires_at
    )


def address_url(base: str, secret: bytes, *, profile_id: str, address: str, was: str, now: Instant) -> str:
    """The address of the page that makes a new mail address the person's."""
    return (
        base.rstrip("/")
        + ADDRESS_PATH
        + seal(ADDRESS, [_seconds(now + CONFIRM_LIFETIME), profile_id, address, was], secret)
    )


def read_address_token(token: str, secrets: Sequence[bytes], now: Instant) -> AddressLink:
    """What the link says; raises as ``read_unsubscribe_token`` does."""
    expires_at, (profile_id, address, was) = _opened(ADDRESS, token, secrets, now)
    return AddressLink(profile_id=profile_id, address=address, was=was, expires_at=expires_at)


def _opened(purpose: str, token: str, secrets: Sequence[bytes], now: Instant) -> tuple[Instant, list[Any]]:
    """When the link ends, and what else it says; the end is the first that any link says."""
    expires_second, *fields = unseal(purpose, token, secrets)
    if now >= expires_second * SECOND:
        raise ExpiredLinkError
    return expires_second * SECOND, fields


def _seconds(at: Instant) -> int:
    """Whole seconds, rounded up."""
    return -(-at // SECOND)
