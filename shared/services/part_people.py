"""Part two people who were taken for one: both are written anew in one transaction, from how they were before."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final

from shared.domain.events import Event
from shared.domain.identity.merges import Merge
from shared.domain.identity.parting import Before, Parted, split
from shared.domain.messages import AliasClaim
from shared.domain.profiles import Profile
from shared.domain.timing import Instant
from shared.errors import ConflictError, PermanentError, RetryableError
from shared.ports.clock import Clock
from shared.ports.people import Merges, Profiles, Timeline
from shared.services.join_people import PeopleJoiner
from shared.services.keep_versions import VersionKeeper

ABSORBED: Final = "absorbed"
"""The property of a ``split`` event that names who is to be parted from the person."""

ATTEMPTS: Final = 5

MAX_EVENTS: Final = 20_000
"""Of both since they were joined; what it takes to decide them anew must fit into one delivery."""


class PeopleParter:
    """Undoes what joined two people, on the survivor's queue like everything that happens to them."""

    def __init__(
        self,
        *,
        profiles: Profiles,
        merges: Merges,
        timeline: Timeline,
        people: PeopleJoiner,
        versions: VersionKeeper,
        clock: Clock,
    ) -> None:
        self._profiles = profiles
        self._merges = merges
        self._timeline = timeline
        self._people = people
        self._versions = versions
        self._clock = clock

    def part(self, event: Event) -> bool:
        """Part the two; ``False`` where they are not joined, or were too long ago."""
        absorbed_id = str(event.properties.get(ABSORBED))
        for _ in range(ATTEMPTS):
            survivor, tombstone = self._profiles.load(event.profile_id), self._profiles.load(absorbed_id)
            merges = self._merges.of(survivor.id)
            merge = next((one for one in merges if one.absorbed.id == absorbed_id), None)
            if merge is None or tombstone.merged_into != survivor.id or not merge.may_be_undone(self._clock.now()):
                return False
            parted = self._parted(survivor, tombstone, merge, merges, max(event.received_at, survivor.decided_at))
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
            try:
                self._profiles.save_all(written)
            except ConflictError:
                continue
            return True
        raise RetryableError("the profiles are written by too many at once", profile=event.profile_id)

    def _parted(
        self, survivor: Profile, tombstone: Profile, merge: Merge, merges: Sequence[Merge], now: Instant
    ) -> Parted:
        """Whom the survivor absorbed since stays theirs, unless they were parted from them already."""
        before = Before(merge.survivor, merge.absorbed)
        since = {one.absorbed.id: one.absorbed for one in merges if one.at >= merge.at and one is not merge}
        since.pop(tombstone.id, None)
        others = {id_: one for id_, one in since.items() if self._profiles.load(id_).merged_into == survivor.id}
        playbook = self._versions.playbook_for(survivor, *before, *others.values())
        happened = chain(
            self._happened(survivor.id, before.survivor.decided_at),
            self._happened(tombstone.id, before.absorbed.decided_at),
        )
        return split(
            playbook,
            survivor,
            tombstone,
            before,
            list(happened),
            now,
            others=others,
            histories=self._people.histories(playbook, before.survivor, others),
        )

    def _happened(self, profile_id: str, since: Instant) -> Iterator[Event]:
        count = 0
        for latest, events in self._timeline.pages(profile_id):
            if latest < since:
                return
            count += len(events)
            if count > MAX_EVENTS:
                raise PermanentError("too much happened since to part the two", profile=profile_id)
            yield from events
