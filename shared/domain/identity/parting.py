"""Two people who were taken for one are parted: each as they were, and what happened since to whom it happened.

Both profiles are restored from before, and their events since are decided anew, on the side that the events' own
identifiers name; what names neither is the survivor's, but for a no, which counts for both. Nothing is sent for what is
past, and nothing announced. What is the absorbed one's goes from the survivor's timeline to theirs, and out of what is
kept to undo the survivor's later joins, so that the survivor holds no more of them.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from shared.domain.behaviour.engagement import MARK_LENGTH
from shared.domain.behaviour.recount import is_folded
from shared.domain.decide import decide
from shared.domain.events import ASKED, NOTHING, SERVERS, Event, SystemEvent
from shared.domain.identity.identifiers import Identifier, identifiers, provisional_profile_id
from shared.domain.messages import AliasClaim, Announcement, ConsentRecorded, Effect, SegmentChange, Wake
from shared.domain.own_events import DECIDED
from shared.domain.playbook import Playbook
from shared.domain.profiles import MAX_APART, Profile
from shared.domain.records import changed
from shared.domain.timing import Instant

MESSAGE_ID: Final = "message_id"
_NOES: Final = frozenset({SystemEvent.UNSUBSCRIBED, SystemEvent.MARKETING_PAUSED})


class Before(NamedTuple):
    """Both profiles as they were before they were joined."""

    survivor: Profile
    absorbed: Profile


class Part(NamedTuple):
    """One of the two as they are from now on, to be written over ``profile.version``, and what is to be done."""

    profile: Profile
    effects: tuple[Effect, ...]


class Parted(NamedTuple):
    """Both people.

    Attributes:
        released: (kind, value) of the identifiers that lead to the survivor no longer.
        moved: what belongs onto the timeline of the absorbed one, wherever it stands.
        later: the survivor before each later join, as they would have been without this one.
    """

    survivor: Part
    absorbed: Part
    released: tuple[tuple[str, str], ...]
    moved: tuple[Event, ...] = ()
    later: tuple[Profile, ...] = ()


class _Life(NamedTuple):
    """What a person's events made of them, and all that followed."""

    profile: Profile
    effects: tuple[Effect, ...]

    @property
    def wakes(self) -> tuple[Effect, ...]:
        return tuple(effect for effect in self.effects if isinstance(effect, Wake))


def split(
    playbook: Playbook,
    survivor: Profile,
    tombstone: Profile,
    before: Before,
    events: Iterable[Event],
    now: Instant,
    *,
    others: Mapping[str, Profile] = NOTHING,
    histories: Mapping[str, Sequence[Event]] = NOTHING,
    later: Sequence[Profile] = (),
) -> Parted:
    """Undo that the one was folded into the other; from now on they are kept apart.

    ``survivor`` and ``tombstone`` are as they are stored. ``events``: what is on the timelines of both since the two
    in ``before`` were decided last. ``others`` and ``histories``: of those whom the survivor absorbed since, as
    ``decide`` takes them, and ``later`` the survivor before each of these joins.

    Raises:
        ValueError: they were not joined.
    """
    if tombstone.merged_into != survivor.id or tombstone.id != before.absorbed.id or survivor.id != before.survivor.id:
        raise ValueError(f"{tombstone.id} was not merged into {survivor.id}")
    events = [*events]
    happened = sorted(_each_once(events), key=lambda event: event.received_at)
    restored = changed(
        before.absorbed,
        version=tombstone.version,
        scheduled_at=tombstone.scheduled_at,
        apart=_with(before.absorbed.apart, survivor.id),
    )
    theirs = [event for event in happened if is_of(event, before.absorbed)]
    marks = {touch.mark for touch in _relived(playbook, restored, theirs, now).profile.touches if touch.mark}
    theirs = [event for event in happened if is_of(event, before.absorbed) or _answers(event, marks)]
    taken = {id(event) for event in theirs}
    ours = [event for event in happened if id(event) not in taken]
    theirs = [event for event in happened if id(event) in taken or is_no_of_either(event)]
    them = _relived(playbook, restored, theirs, now)
    apart = [id_ for id_ in survivor.apart if id_ != tombstone.id]
    kept = changed(
        before.survivor,
        version=survivor.version,
        scheduled_at=survivor.scheduled_at,
        apart=_with((*before.survivor.apart, *apart), tombstone.id),
    )
    person = _relived(playbook, kept, ours, now, others=others, histories=histories)
    released = tuple(one for one in survivor.claimed if one not in person.profile.claimed)
    snapshots = (
        _relived(
            playbook, kept, [e for e in ours if is_folded(e, one)], one.decided_at, others=others, histories=histories
        )
        for one in later
    )
    given_back = (
        AliasClaim(*one, vouched=one in them.profile.vouched, over=(survivor.id,)) for one in them.profile.claimed
    )
    return Parted(
        Part(person.profile, (*_moves(survivor, person.profile, now), *person.wakes)),
        Part(them.profile, (*given_back, *_moves(tombstone, them.profile, now), *_stated(them), *them.wakes)),
        released,
        (*theirs, *_noticed_of(them, events)),
        tuple(
            changed(one.profile, version=snapshot.version, scheduled_at=snapshot.scheduled_at, apart=snapshot.apart)
            for one, snapshot in zip(snapshots, later, strict=True)
        ),
    )


def _each_once(events: Iterable[Event]) -> Iterable[Event]:
    """Without what the system noticed itself, and will again."""
    once = {(event.id, event.received_at): event for event in events}
    return (event for event in once.values() if event.source != DECIDED and event.type not in ASKED)


def is_of(event: Event, absorbed: Profile) -> bool:
    """Whether the event names the absorbed person, by their id or by what they were known by before."""
    if event.user_id is not None:
        return event.user_id == absorbed.id
    named: tuple[Identifier, ...] = identifiers(event)
    return any(provisional_profile_id(one) == absorbed.id or one in absorbed.claimed for one in named)


def _answers(event: Event, marks: set[str]) -> bool:
    """Whether it tells of a message that was the absorbed person's."""
    message = event.properties.get(MESSAGE_ID)
    return isinstance(message, str) and message[:MARK_LENGTH] in marks and event.user_id is None


def is_no_of_either(event: Event) -> bool:
    """Whether it is a no, through a link, of which nobody can tell whose it was: it counts for both."""
    return event.name in _NOES and event.trust in SERVERS and event.user_id is None and not identifiers(event)


def _relived(
    playbook: Playbook,
    restored: Profile,
    happened: Sequence[Event],
    now: Instant,
    *,
    others: Mapping[str, Profile] = NOTHING,
    histories: Mapping[str, Sequence[Event]] = NOTHING,
) -> _Life:
    """The person as the events since would have left them."""
    since = [changed(event, profile_id=restored.id) for event in happened if not is_folded(event, restored)]
    decision = decide(playbook, restored, since, now, others=others, histories=histories)
    return _Life(decision.profile, decision.effects)


def _stated(person: _Life) -> Iterable[ConsentRecorded]:
    """Their statements since, for their own consent history."""
    return (effect for effect in person.effects if isinstance(effect, ConsentRecorded))


def _noticed_of(person: _Life, events: Iterable[Event]) -> Iterable[Event]:
    """What the system noticed of them while they were taken for another: it would have of them alone."""
    runs = person.profile.runs.keys()
    theirs = {_as_noticed(one.name, one.at, one.properties) for one in person.effects if isinstance(one, Announcement)}
    for event in events:
        if event.source == DECIDED and (
            event.properties.get("run") in runs or _as_noticed(event.name, event.at, event.properties) in theirs
        ):
            yield event


def _as_noticed(name: str, at: Instant, properties: Mapping[str, Any]) -> tuple[str, Instant, str]:
    """The same whoever's it was: a run's id is drawn from the person's."""
    said = {key: value for key, value in properties.items() if key != "run"}
    return name, at, json.dumps(said, sort_keys=True, default=str)


def _moves(listed: Profile, person: Profile, now: Instant) -> Iterable[SegmentChange]:
    """What the lists of segments still have to learn."""
    yield from (SegmentChange(name, now, is_in=False) for name in listed.segments if name not in person.segments)
    for name, since in person.segments.items():
        if name not in listed.segments:
            yield SegmentChange(name, since, is_in=True)


def _with(apart: Sequence[str], one: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*(id_ for id_ in apart if id_ != one), one)))[-MAX_APART:]
