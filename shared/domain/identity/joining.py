"""Whether a profile may be folded into another, and what follows: for runs, segments and what each heard of.

As far as it can be, the person stands where they would if all events had come to one profile. What was decided
before they were known to be one stays: what was sent, the branches that runs took, the runs that did not begin.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from shared.domain import membership
from shared.domain.draft import Absorbed, Draft
from shared.domain.events import SERVERS, Event, EventType
from shared.domain.identity import joined_runs, merging
from shared.domain.identity.contacts import may_set_contacts
from shared.domain.identity.identifiers import is_provisional
from shared.domain.identity.standing import is_vouched
from shared.domain.journeys import runs
from shared.domain.messages import AliasClaim, Announcement, Effect, Message, SegmentChange
from shared.domain.profiles import MAX_APART, MAX_CLAIMED, Profile
from shared.domain.records import changed

KNOWN: Final = "user"
"""The kind of identifier that an absorbed person's user id is."""


class Refusal(StrEnum):
    """Why a profile is not joined, though an event says that it is its person's."""

    MERGED_ELSEWHERE = "merged_elsewhere"
    """It is another person's already."""
    KEPT_APART = "kept_apart"
    """The two were parted; only an explicit ``alias`` with a secret key joins them again."""
    NOT_VOUCHED = "not_vouched"
    """It is a known person, of whom only an ``alias`` with a secret key may say so."""


def may_join(draft: Draft, other: Profile, event: Event) -> bool:
    """Whether the event's word is enough; where it is not, that is told. ``False``, too, for one joined already."""
    if is_joined(draft, other):
        return False
    refused = _reason_to_refuse(draft, other, event)
    if refused is not None:
        draft.tell("join_refused", other=other.id, reason=refused.value)
    return refused is None


def is_joined(draft: Draft, other: Profile) -> bool:
    """Whether it is a tombstone of the person's own, or of somebody who became theirs."""
    if any(absorbed.profile.id == other.id for absorbed in draft.absorbed):
        return True
    into = other.merged_into
    return into is not None and (into == draft.profile_id or (KNOWN, into) in draft.claimed)


def _reason_to_refuse(draft: Draft, other: Profile, event: Event) -> Refusal | None:
    if other.merged_into is not None:
        return Refusal.MERGED_ELSEWHERE
    is_explicit = event.type is EventType.ALIAS and event.trust in SERVERS
    if event.user_id is None and not is_vouched(event, draft.profile_id, draft):
        return Refusal.NOT_VOUCHED
    if not is_explicit and not is_provisional(other.id):
        return Refusal.NOT_VOUCHED
    if not is_explicit and (other.id in draft.apart or draft.profile_id in other.apart):
        return Refusal.KEPT_APART
    return None


def join(draft: Draft, theirs: Draft, event: Event, *, heard: Sequence[Event], told: Sequence[Event]) -> None:
    """Fold the other profile, brought up to the same instant, into the person's.

    ``heard``: what happened to the other since the person's live runs began; ``told``: the other way round. Of both
    only those events matter of which ``joined_runs.is_heard_of``.
    """
    draft.cause = f"join\0{theirs.profile_id}"
    if theirs.is_somebody:
        draft.explain("joined", other=theirs.profile_id)
        ours, exits = joined_runs.runs_of(draft), dict(draft.exits)
        merging.fold(draft, theirs, with_contacts=may_set_contacts(event.trust, draft.profile_id, draft))
        joined_runs.fold(draft, theirs)
        joined_runs.hear(draft, ours, heard, theirs.exits)
        joined_runs.hear(draft, joined_runs.runs_of(theirs), told, exits)
        joined_runs.let_one_stand(draft, ours)
        _take_memberships(draft, theirs)
        draft.unsettled.update(draft.playbook.segments.by_name, draft.memberships, draft.turns)
    _absorb(draft, theirs)
    membership.settle(draft)
    runs.exit_by_condition(draft)


def _take_memberships(draft: Draft, theirs: Draft) -> None:
    """Who was in a segment as the other stays in it, without entering anew, unless it no longer holds of them."""
    for name, since in theirs.memberships.items():
        held = draft.memberships.get(name)
        if held is None:
            draft.order(SegmentChange(name, draft.clock, is_in=True))
        draft.memberships[name] = since if held is None else min(since, held)


def _absorb(draft: Draft, theirs: Draft) -> None:
    """What the other profile had ordered until now goes on, and the lists of segments know it no longer."""
    before, effects = theirs.profile, list[Effect]()
    draft.retell(theirs.told)
    for effect in theirs.ordered:
        if isinstance(effect, Message):
            draft.order(changed(effect, profile_id=draft.profile_id))
        elif isinstance(effect, Announcement):
            effects.append(effect)
    effects += (SegmentChange(name, draft.clock, is_in=False) for name in before.segments)
    draft.absorbed.append(Absorbed(before, tuple(effects)))
    them = {draft.profile_id, before.id}
    apart = dict.fromkeys((*draft.apart, *before.apart))
    draft.apart = tuple(id_ for id_ in apart if id_ not in them)[-MAX_APART:]
    if not is_provisional(before.id):
        claim = (KNOWN, before.id)
        draft.claimed = (*(one for one in draft.claimed if one != claim), claim)[-MAX_CLAIMED:]
        draft.vouched = (*(one for one in draft.vouched if one != claim), claim)[-MAX_CLAIMED:]
        draft.order(AliasClaim(*claim, vouched=True, over=(before.id,)))
