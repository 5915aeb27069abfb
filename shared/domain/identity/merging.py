"""Two profiles of one person become one: what each knows of them, put together part by part.

The outcome is the same whichever is folded into which, and in whichever order several are, as far as the bounds of a
profile's collections allow. What follows for runs and segments is told in ``joining``.
"""

from collections import Counter
from collections.abc import Mapping
from itertools import chain
from typing import Final

from shared.domain.behaviour.aggregates import Aggregate, Amounts, Total, add, observe
from shared.domain.consent.brought import Brought, brought_consent
from shared.domain.consent.statements import MAX_STATEMENTS
from shared.domain.consent.suppressing import MAX_SUPPRESSED
from shared.domain.consent.words import ANY, merged, merged_pause, merged_unconfirmed
from shared.domain.draft import Draft
from shared.domain.identity.contacts import CONTACTS
from shared.domain.identity.identifiers import ADDRESSES
from shared.domain.messages import AliasClaim
from shared.domain.profiles import MAX_CLAIMED, MAX_DEVICES, MAX_REACHED_DAYS, MAX_RECENT_EVENTS, Dated
from shared.domain.shop.interests import together
from shared.domain.timing import Instant
from shared.domain.traits import fold_traits

_NEVER: Final = Dated(None)


def fold(draft: Draft, theirs: Draft, *, with_contacts: bool) -> None:
    """Put what the other profile knows of the person into this one; ``with_contacts``: where to write to, too."""
    said = (
        Brought(theirs.consent, theirs.unconfirmed, theirs.pause) if with_contacts else brought_consent(draft, theirs)
    )
    fold_traits(draft, theirs, without=frozenset() if with_contacts else CONTACTS)
    if with_contacts:
        _fold_devices(draft, theirs)
        draft.wrote_at = max(draft.wrote_at, theirs.wrote_at)
    _fold_consent(draft, said)
    _fold_suppressed(draft, theirs)
    _fold_behaviour(draft, theirs)
    _fold_claims(draft, theirs, with_contacts=with_contacts)
    _fold_recent_events(draft, theirs)
    _fold_touches(draft, theirs)
    for key, at in theirs.exits.items():
        draft.exits[key] = max(at, draft.exits.get(key, at))
    _fold_dates(draft, theirs)
    draft.interests = together(draft.interests, theirs.interests)
    draft.is_somebody = draft.is_somebody or theirs.is_somebody


def _fold_claims(draft: Draft, theirs: Draft, *, with_contacts: bool) -> None:
    """What the other was known by, the person is; an address only where it may come along, or a server vouched."""
    for one in theirs.claimed:
        is_vouched = one in theirs.vouched
        if not with_contacts and one[0] in ADDRESSES and not is_vouched:
            continue
        if one not in draft.claimed:
            draft.claimed = (*draft.claimed, one)[-MAX_CLAIMED:]
        if is_vouched and one not in draft.vouched:
            draft.vouched = (*draft.vouched, one)[-MAX_CLAIMED:]
        draft.order(AliasClaim(*one, vouched=is_vouched, over=(theirs.profile_id,)))


def _fold_devices(draft: Draft, theirs: Draft) -> None:
    for token, device in theirs.devices.items():
        held = draft.devices.get(token)
        if held is None or (held.seen_at, held.platform) < (device.seen_at, device.platform):
            draft.devices[token] = device
    while len(draft.devices) > MAX_DEVICES:
        del draft.devices[min(draft.devices, key=lambda token: (draft.devices[token].seen_at, token))]


def _fold_consent(draft: Draft, said: Brought) -> None:
    """The latest statement stands, and a refusal before a grant of the same instant.

    Of too many the oldest grants go; where all are refusals, they become one of everything.
    """
    draft.consent = merged(draft.consent, said.consent)
    draft.unconfirmed = merged_unconfirmed(draft.unconfirmed, said.unconfirmed)
    draft.pause = merged_pause(draft.pause, said.pause)
    surplus = len(draft.consent) - MAX_STATEMENTS
    if surplus > 0:
        granted = sorted((held.at, key) for key, held in draft.consent.items() if held.subscribed)
        for _, key in granted[:surplus]:
            del draft.consent[key]
        if len(draft.consent) > MAX_STATEMENTS:
            draft.consent = {(ANY, ANY): max(draft.consent.values(), key=lambda held: (held.at, held.source))}


def _fold_suppressed(draft: Draft, theirs: Draft) -> None:
    for key, why in theirs.suppressed.items():
        held = draft.suppressed.get(key)
        if held is None or (held.at, held.reason) < (why.at, why.reason):
            draft.suppressed[key] = why
    while len(draft.suppressed) > MAX_SUPPRESSED:
        del draft.suppressed[min(draft.suppressed, key=lambda key: (draft.suppressed[key].at, key))]


def _fold_behaviour(draft: Draft, theirs: Draft) -> None:
    """What both did, counted as if one had: each instant as often as either knows of it."""
    needed: Mapping[str, Aggregate | Total] = {}
    if draft.aggregates.keys() & theirs.aggregates.keys() or draft.sums.keys() & theirs.sums.keys():
        known = (draft.playbook.aggregates, draft.playbook.former_aggregates)
        needed = {each.id: each for each in chain.from_iterable(chain(*(places.values() for places in known)))}
    for id_, instants in theirs.aggregates.items():
        draft.aggregates[id_] = _latest(draft.aggregates.get(id_, ()), instants, needed.get(id_), draft.clock)
    for id_, amounts in theirs.sums.items():
        draft.sums[id_] = _amounts(draft.sums.get(id_, ()), amounts, needed.get(id_), draft.clock)


def _latest(
    ours: tuple[Instant, ...], theirs: tuple[Instant, ...], needed: Aggregate | Total | None, now: Instant
) -> tuple[Instant, ...]:
    if not ours or not isinstance(needed, Aggregate):  # nobody asks for it any more
        return theirs if len(theirs) >= len(ours) else ours
    latest = ours
    for at, often in Counter(theirs).items():
        for _ in range(often):
            latest = observe(latest, at, needed, now)
    return latest


def _amounts(ours: Amounts, theirs: Amounts, needed: Aggregate | Total | None, now: Instant) -> Amounts:
    if not ours or not isinstance(needed, Total):
        return theirs if len(theirs) >= len(ours) else ours
    amounts = ours
    for at, amount in theirs:
        amounts = add(amounts, at, amount, needed, now)
    return amounts


def _fold_recent_events(draft: Draft, theirs: Draft) -> None:
    arrivals = dict(theirs.recent)
    for digest, arrived in draft.recent.items():
        arrivals[digest] = min(arrived, arrivals.get(digest, arrived))
    ordered = sorted(arrivals.items(), key=lambda item: (item[1], item[0]))
    draft.recent = dict(ordered[-MAX_RECENT_EVENTS:])


def _fold_touches(draft: Draft, theirs: Draft) -> None:
    """As if they had been sent one after the other: so the latest of each purpose are kept."""
    every = sorted(
        (*draft.touches, *theirs.touches),
        key=lambda one: (one.at, one.channel, one.purpose, one.journey, one.message, one.mark, one.is_answered),
    )
    draft.touches = ()
    for touch in every:
        draft.touch(touch)


def _fold_dates(draft: Draft, theirs: Draft) -> None:
    """What either reached is reached; when each is due next is reckoned anew."""
    for name, dated in theirs.dates.items():
        if name in draft.playbook.journeys:
            held = draft.dates.get(name, _NEVER)
            reached = sorted({*held.reached, *dated.reached})
            draft.dates[name] = Dated(held.next_at, tuple(reached[-MAX_REACHED_DAYS:]))
            draft.moved_dates.add(name)
