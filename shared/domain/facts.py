"""What an event changes about the person itself: traits, identifiers, devices, consent, suppressed addresses."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from shared.domain.behaviour.engagement import take_answer
from shared.domain.behaviour.shopping import take_interest
from shared.domain.conditions.needs import Kind
from shared.domain.consent.address_change import take_address_change
from shared.domain.consent.statements import take_statement
from shared.domain.consent.suppressing import take_suppression
from shared.domain.draft import Draft
from shared.domain.events import NOTHING, SERVERS, Event, EventType, SystemEvent, Trust
from shared.domain.identity.contacts import PUSH_TOKEN, may_set_contacts, tells_first
from shared.domain.identity.external_ids import external_ids
from shared.domain.identity.identifiers import (
    ADDRESSES,
    Identifier,
    address_key,
    claimed_visits,
    provisional_profile_id,
)
from shared.domain.identity.standing import standing
from shared.domain.messages import AliasClaim
from shared.domain.profiles import (
    MAX_CLAIMED,
    MAX_DEVICES,
    MAX_TRAIT_SIZE,
    Device,
)
from shared.domain.traits import take_traits

CLAIMING: Final = frozenset({EventType.IDENTIFY, EventType.ALIAS})
_PLATFORMS: Final = {"ios": "ios", "apns": "ios", "android": "android", "gcm": "android", "fcm": "android"}
_COMMON_PLATFORM: Final = "android"
"""Of a token that comes without a device."""


def absorb(draft: Draft, event: Event) -> None:
    """Take into the profile what the event says of the person."""
    trust = standing(event, draft.profile_id, draft)
    tokens = [*_tokens(event)] if event.context or event.traits else []
    may_contact = bool(tokens) and may_set_contacts(trust, draft.profile_id, draft)
    if event.type is EventType.IDENTIFY:
        take_traits(draft, event.traits, event.at, trust)
    if event.type in CLAIMING:
        _claim_identifiers(draft, event, trust)
    if tokens:
        _take_devices(draft, event, tokens, may_contact=may_contact)
    take_answer(draft, event)
    take_interest(draft, event)
    _take_reply(draft, event)
    take_statement(draft, event)
    take_suppression(draft, event)
    take_address_change(draft, event)
    if not draft.is_told_of and tells_first(trust, draft.profile_id, draft):
        draft.is_told_of = True


def _take_reply(draft: Draft, event: Event) -> None:
    """The person wrote: for a day they may be answered in any words."""
    if event.name == SystemEvent.MESSAGE_RECEIVED and event.trust is Trust.SYSTEM:
        draft.wrote_at = max(draft.wrote_at, event.at)


def _claim_identifiers(draft: Draft, event: Event, trust: Trust) -> None:
    """Events that bring only one of these belong to the person from now on; an address only if it became theirs."""
    for one in claimed_visits(event):
        if provisional_profile_id(one) not in draft.apart:
            _claim(draft, one, trust)
    if event.type is EventType.IDENTIFY:
        for kind in ADDRESSES:
            held, said = draft.traits.get(kind), draft.said.get(kind)
            # What was read by a guess may be somebody else's.
            if held is not None and (said is None or said.reason is None):
                key = address_key(kind, held, NOTHING)
                if key is not None:
                    _claim(draft, Identifier(kind, key), trust)
        for kind, value in external_ids(event.context):
            _claim(draft, Identifier(kind, value), trust)


def _claim(draft: Draft, one: Identifier, trust: Trust) -> None:
    """What leads to a provisional profile by itself needs no claim, and stays free for whoever signs up with it."""
    is_vouched = trust in SERVERS
    if one in (draft.vouched if is_vouched else draft.claimed) or provisional_profile_id(one) == draft.profile_id:
        return
    if one not in draft.claimed:
        draft.claimed = (*draft.claimed, (one.kind, one.value))[-MAX_CLAIMED:]
    if is_vouched:
        draft.vouched = (*draft.vouched, (one.kind, one.value))[-MAX_CLAIMED:]
    draft.order(AliasClaim(one.kind, one.value, vouched=is_vouched))


def _tokens(event: Event) -> Iterator[str]:
    """Push tokens: one comes with the context of any call, or as the trait ``push_token``."""
    for token in (_device_of(event).get("token"), event.traits.get(PUSH_TOKEN)):
        if isinstance(token, str) and 0 < len(token) <= MAX_TRAIT_SIZE:
            yield token


def _device_of(event: Event) -> Mapping[str, Any]:
    device = event.context.get("device")
    return device if isinstance(device, Mapping) else NOTHING


def _take_devices(draft: Draft, event: Event, tokens: Sequence[str], *, may_contact: bool) -> None:
    before = set(draft.devices)
    platform = _PLATFORMS.get(str(_device_of(event).get("type", "")).lower())
    for token in tokens:
        held = draft.devices.get(token)
        if held is None and not may_contact:
            if event.type is not EventType.IDENTIFY or PUSH_TOKEN not in event.traits:  # told as a trait already
                draft.tell("contact_refused", contact=PUSH_TOKEN)
        elif held is None:
            draft.devices[token] = Device(platform or _COMMON_PLATFORM, event.at)
        elif held.seen_at < event.at:
            draft.devices[token] = Device(platform or held.platform, event.at)
    while len(draft.devices) > MAX_DEVICES:
        del draft.devices[min(draft.devices, key=lambda token: (draft.devices[token].seen_at, token))]
    if draft.devices.keys() != before:
        draft.concern(Kind.ADDRESS)
