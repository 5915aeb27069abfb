"""Part two people who were taken for one: both are written anew in one transaction, from how they were before."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Final

from shared.domain.events import Event
from shared.domain.identity.merges import UNDONE_WITHIN, Merge, Undoing
from shared.domain.identity.parting import Before, Parted, is_no_of_either, split
from shared.domain.messages import AliasClaim, ConsentRecorded
from shared.domain.profiles import Profile
from shared.domain.timing import Instant
from shared.errors import ConflictError, PermanentError, RetryableError
from shared.ports.clock import Clock
from shared.ports.people import ConsentHistory, Merges, Profiles, Timeline
from shared.services.join_people import PeopleJoiner
from shared.services.keep_versions import VersionKeeper

ABSORBED: Final = "absorbed"
"""The property of a ``split`` event that names who is to be parted from the person."""

ATTEMPTS: Final = 5

PAGE: Final = 500
"""Events that are copied at once."""

MAX_EVENTS: Final = 20_000
"""Of both since they were joined; what it takes to decide them anew must fit into one delivery."""


class PeopleParter:
    """Undoes what joined two people, on the survivor's queue like everything that happens to them.

    What the absorbed one did since is put on their own timeline first, then both profiles are written, and only then it
    leaves the survivor's: whatever is cut off, nothing is lost, and the next delivery clears up.
    """

    def __init__(
        self,
        *,
        profiles: Profiles,
        merges: Merges,
        timeline: Timeline,
        history: ConsentHistory,
        people: PeopleJoiner,
        versions: VersionKeeper,
        clock: Clock,
    ) -> None:
        self._profiles = profiles
        self._merges = merges
        self._timeline = timeline
        self._history = history
        self._people = people
        self._versions = versions
        self._clock = clock

    def part(self, event: Event) -> bool:
        """Part the two; ``False`` where they are not joined, or were too long ago."""
        absorbed_id = str(event.properties.get(ABSORBED))
        for _ in range(ATTEMPTS):
            survivor, tombstone = self._profiles.load(event.profile_id), self._profiles.load(absorbed_id)
            if survivor.merged_into is not None:
                return False
            if absorbed_id in survivor.apart:
                self._clear_up(survivor.id, absorbed_id)
                return False
            merges = self._merges.of(survivor.id)
            merge = next((one for one in merges if one.absorbed.id == absorbed_id), None)
            if merge is None or tombstone.merged_into != survivor.id or not merge.may_be_undone(self._clock.now()):
                return False
            later = [one for one in merges if one.at >= merge.at and not one.is_of_one_write(merge)]
            held = [*self._happened(survivor.id, merge.survivor.decided_at)]
            now = max(event.received_at, survivor.decided_at)
            parted = self._parted(survivor, tombstone, merge, merges, held, later, now)
            self._copy(held, parted, absorbed_id)
            self._versions.keep(survivor, parted.survivor.profile)
            self._versions.keep(tombstone, parted.absorbed.profile)
            given_back = {effect for effect in parted.absorbed.effects if isinstance(effect, AliasClaim)}
            released = (AliasClaim(*one, over=(survivor.id,)) for one in parted.released)
            theirs = {(one.kind, one.value) for one in given_back}
            more = [claim for claim in released if (claim.kind, claim.value) not in theirs]
            written = [
                (parted.survivor.profile, parted.survivor.effects),
                (parted.absorbed.profile, (*more, *parted.absorbed.effects)),
            ]
            undoing = Undoing(
                merge,
                is_alone=not any(one.is_of_one_write(merge) for one in merges if one is not merge),
                later=[replace(one, survivor=before) for one, before in zip(later, parted.later, strict=True)],
            )
            try:
                self._profiles.save_all(written, undoing=undoing)
            except ConflictError:
                continue
            self._clear_up(survivor.id, absorbed_id)
            return True
        raise RetryableError("the profiles are written by too many at once", profile=event.profile_id)

    def _parted(
        self,
        survivor: Profile,
        tombstone: Profile,
        merge: Merge,
        merges: Sequence[Merge],
        held: Sequence[Event],
        later: Sequence[Merge],
        now: Instant,
    ) -> Parted:
        """Whom the survivor absorbed since stays theirs, unless they were parted from them already."""
        before = Before(merge.survivor, merge.absorbed)
        since = {one.absorbed.id: one.absorbed for one in merges if one.at >= merge.at and one is not merge}
        since.pop(tombstone.id, None)
        others = {id_: one for id_, one in since.items() if self._profiles.load(id_).merged_into == survivor.id}
        playbook = self._versions.playbook_for(survivor, *before, *others.values())
        happened = chain(held, self._happened(tombstone.id, before.absorbed.decided_at))
        return split(
            playbook,
            survivor,
            tombstone,
            before,
            list(happened),
            now,
            others=others,
            histories=self._people.histories(playbook, before.survivor, others),
            later=[one.survivor for one in later],
        )

    def _copy(self, held: Sequence[Event], parted: Parted, absorbed_id: str) -> None:
        """Put what is theirs of the survivor's timeline on their own."""
        moved = {_known(event) for event in parted.moved}
        found = (replace(event, profile_id=absorbed_id) for event in held if _known(event) in moved)
        theirs = sorted(found, key=lambda event: event.received_at)
        for start in range(0, len(theirs), PAGE):
            self._timeline.append(absorbed_id, theirs[start : start + PAGE])

    def _clear_up(self, survivor_id: str, absorbed_id: str) -> None:
        """Leave nothing with the survivor that stands with who was parted from them, but for what is of both."""
        since = self._clock.now() - UNDONE_WITHIN
        copied = [event for event in self._since(absorbed_id, since) if not is_no_of_either(event)]
        theirs = {_known(event) for event in copied}
        if not theirs:
            return
        self._timeline.rewrite(survivor_id, lambda event: None if _known(event) in theirs else event, since=since)
        said = {(event.at, event.id) for event in copied}
        self._history.remove(survivor_id, [one for one in self._history.of(survivor_id) if _is_said(one, said)])

    def _happened(self, profile_id: str, since: Instant) -> Iterator[Event]:
        for count, event in enumerate(self._since(profile_id, since), start=1):
            if count > MAX_EVENTS:
                raise PermanentError("too much happened since to part the two", profile=profile_id)
            yield event

    def _since(self, profile_id: str, since: Instant) -> Iterator[Event]:
        for latest, events in self._timeline.pages(profile_id):
            if latest < since:
                return
            yield from events


def _known(event: Event) -> tuple[str, Instant]:
    return event.id, event.received_at


def _is_said(statement: ConsentRecorded, said: set[tuple[Instant, str]]) -> bool:
    """Whether one of these events said it; where it said several things, the channel or topic follows its id."""
    parts = statement.id.rsplit(":", 1)
    return any((statement.at, id_) in said for id_ in (statement.id, parts[0]))
