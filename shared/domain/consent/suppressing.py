"""What an event says of addresses that must not be written to: kept with the person, and ordered for the list of all.

The person's own map answers where to write; the list (``suppressions``), which the dispatcher asks, also knows the
addresses of who was erased, imported, or shares an address with somebody.
"""

from collections.abc import Iterator
from typing import Final

from shared.domain.conditions.needs import Kind
from shared.domain.consent.statements import CONFIRMED
from shared.domain.consent.suppressions import lifted_by_opt_in, stronger
from shared.domain.consent.words import WRITTEN_TO, Channel, SuppressionReason
from shared.domain.draft import Draft
from shared.domain.events import Event, SystemEvent, Trust
from shared.domain.identity.standing import may_consent
from shared.domain.messages import SuppressionChange
from shared.domain.profiles import Suppression, suppression_key
from shared.domain.timing import Instant

MAX_SUPPRESSED: Final = 50

IMPORT: Final = "import"
UNDO: Final = "undo"
LIFTING_NOTHING: Final = frozenset({IMPORT, UNDO})
"""The sources of a yes that was said long ago elsewhere, and of one that only takes back a no of this page."""

_REASONS: Final = {
    SystemEvent.MESSAGE_BOUNCED: SuppressionReason.HARD_BOUNCE,
    SystemEvent.MESSAGE_COMPLAINED: SuppressionReason.COMPLAINT,
}

_SAYING_WHY: Final = frozenset({SystemEvent.UNSUBSCRIBED, SystemEvent.ADDRESS_SUPPRESSED})
"""An opt-out by keyword, or one that a provider told of, is for the address; by a link, for the person alone."""


def take_suppression(draft: Draft, event: Event) -> None:
    """Note what the event suppresses or lifts; after its statement was taken."""
    if event.trust is Trust.SYSTEM:
        reason = _reason(event)
        if reason is not None:
            _suppress(draft, event, reason)
        elif event.name == SystemEvent.ADDRESS_RELEASED:
            _release(draft, event)
    if event.name == SystemEvent.SUBSCRIBED and may_consent(event, draft.profile_id, draft):
        _lift_by_opt_in(draft, event)


def _reason(event: Event) -> SuppressionReason | None:
    """Why the event's address must not be written to any more; ``None``: it does not say so."""
    if event.name == SystemEvent.MESSAGE_BOUNCED and event.properties.get("hard") is not True:
        return None
    if event.name in _REASONS:
        return _REASONS[SystemEvent(event.name)]
    said = event.properties.get("reason") if event.name in _SAYING_WHY else None
    return SuppressionReason(said) if said in tuple(SuppressionReason) else None


def _suppress(draft: Draft, event: Event, reason: SuppressionReason) -> None:
    key = _key(event)
    if key is None:
        return
    if key[0] != Channel.PUSH:  # a dead token is nobody else's
        draft.order(SuppressionChange(*key, reason, event.at))
    held = draft.suppressed.get(key)
    if reason is SuppressionReason.STOP and _has_opted_in_since(draft, key[0], event.at):
        return
    draft.concern(Kind.ADDRESS)
    if held is None or stronger(held.reason, reason) is reason:
        draft.suppressed[key] = Suppression(reason, event.at)
    if len(draft.suppressed) > MAX_SUPPRESSED:
        _forget_one(draft)


def _has_opted_in_since(draft: Draft, channel: str, at: Instant) -> bool:
    return any(held.subscribed and held.at > at for (on, _), held in draft.consent.items() if on == channel)


def _release(draft: Draft, event: Event) -> None:
    """Staff looked, and lifted it from the list; they say which reasons."""
    key, reasons = _key(event), event.properties.get("reasons")
    if key is not None and isinstance(reasons, list):
        _forgive(draft, key, tuple(reason for reason in SuppressionReason if reason in reasons), event.at)


def _lift_by_opt_in(draft: Draft, event: Event) -> None:
    """Only a yes that names the channel, was said now, and counts: it may wait to be confirmed.

    Said through a link on another channel it proves nothing of the address: anybody may have made it their own.
    """
    channel = event.properties.get("channel")
    if channel not in WRITTEN_TO or event.properties.get("source") in LIFTING_NOTHING:
        return
    if event.properties.get(CONFIRMED) is False:
        return
    said_now = (held for (on, _), held in draft.consent.items() if on == channel and held.at == event.at)
    if not any(held.subscribed for held in said_now):
        return
    reasons = lifted_by_opt_in(Channel(channel))
    for address in _theirs(draft, event, Channel(channel)):
        key = suppression_key(channel, address)
        for reason in reasons:
            draft.order(SuppressionChange(*key, reason, event.at, is_lifted=True))
        _forgive(draft, key, reasons, event.at)


def _theirs(draft: Draft, event: Event, channel: Channel) -> Iterator[str]:
    """The address that the yes came from, where it says so; else those of the person."""
    said = event.properties.get("phone") if channel is not Channel.EMAIL else None
    return iter((said,) if isinstance(said, str) else draft.reach().known_addresses(channel))


def _forgive(draft: Draft, key: tuple[str, str], reasons: tuple[SuppressionReason, ...], at: Instant) -> None:
    held = draft.suppressed.get(key)
    if held is not None and held.reason in reasons and held.at < at:
        del draft.suppressed[key]
        draft.concern(Kind.ADDRESS)


def _key(event: Event) -> tuple[str, str] | None:
    by_keyword = event.name == SystemEvent.UNSUBSCRIBED
    channel, address = event.properties.get("channel"), event.properties.get("phone" if by_keyword else "address")
    if channel not in tuple(Channel) or not isinstance(address, str):
        return None
    return suppression_key(channel, address)


def _forget_one(draft: Draft) -> None:
    """Of an address that the person no longer has, of a dead token sooner than of one that may be given again."""
    reach = draft.reach()
    theirs = {suppression_key(channel, address) for channel in Channel for address in reach.known_addresses(channel)}

    def worth(key: tuple[str, str]) -> tuple[bool, bool, Instant, tuple[str, str]]:
        return key in theirs, key[0] != Channel.PUSH, draft.suppressed[key].at, key

    del draft.suppressed[min(draft.suppressed, key=worth)]
