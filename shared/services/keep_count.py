"""What is counted of everybody: agreed with the deployments before, and filled up for who did something earlier."""

from collections.abc import Iterator, Sequence
from heapq import merge
from operator import itemgetter
from typing import Final

from shared.domain.behaviour.counting import Counting, lacking, needed, renewed
from shared.domain.behaviour.recount import Recount, filled, is_folded
from shared.domain.events import Event
from shared.domain.identity.parting import is_of
from shared.domain.playbook import Playbook
from shared.domain.profiles import Profile
from shared.domain.timing import Duration, Instant
from shared.errors import ConflictError, RetryableError
from shared.ports.clock import Clock
from shared.ports.people import Timeline
from shared.ports.playbook import Countings
from shared.services.join_people import PeopleJoiner

ATTEMPTS: Final = 5
"""How often it is agreed anew because another deployment was first."""


class CountKeeper:
    """Knows what the playbook counts; ``kept_for``: how far back timelines reach."""

    def __init__(
        self,
        *,
        playbook: Playbook,
        countings: Countings,
        timeline: Timeline,
        people: PeopleJoiner,
        clock: Clock,
        kept_for: Duration,
    ) -> None:
        self._playbook = playbook
        self._countings = countings
        self._timeline = timeline
        self._people = people
        self._clock = clock
        self._kept_for = kept_for
        self._agreed: Counting | None = None
        self._latest = 0

    def agreed(self) -> Counting:
        """What is counted now: read once, and written where this playbook is the first of its kind."""
        if self._agreed is None:
            self._agreed = self._agree()
            self._latest = self._agreed.latest
        return self._agreed

    def _agree(self) -> Counting:
        for _ in range(ATTEMPTS):
            before = self._countings.load()
            counting = renewed(before, self._playbook, self._clock.now())
            if counting is before:
                return before
            try:
                self._countings.save(counting, over=before)
            except ConflictError:
                continue
            return counting
        raise RetryableError("what is counted is agreed by too many at once")

    def is_whole(self, person: Profile) -> bool:
        """Whether all that is counted of the person is all there was; of nobody it is."""
        self.agreed()
        return person.decided_at == 0 or person.whole >= self._latest

    def fill(self, person: Profile, now: Instant) -> Profile:
        """The person with what they lack, counted again from their timeline; read as far as that needs."""
        if self.is_whole(person):
            return person
        counting = self.agreed()
        known = needed(self._playbook)
        recount = Recount([known[id_] for id_ in lacking(counting, person)], max(now, person.decided_at))
        for event in self._events(person, recount):
            recount.add(event)
        return filled(person, recount, counting, now - self._kept_for)

    def _events(self, person: Profile, recount: Recount) -> Iterator[Event]:
        """Those that were folded, each once: a batch that came again in another cut is filed in several pages.

        What those did who became this person is on their own timelines. Of those from whom the person was parted, what
        happened while they were one is where it came, and counts where it belongs.
        """
        apart = self._people.apart(person)
        seen: set[tuple[str, Instant]] = set()
        for latest, is_own, events in self._pages(person, apart):
            if not recount.asks_for(latest):
                return
            for event in events:
                if recount.concerns(event.name) and (event.known_as, event.received_at) not in seen:
                    is_theirs = not any(is_of(event, other) for other in apart) if is_own else is_of(event, person)
                    if is_theirs and is_folded(event, person):
                        seen.add((event.known_as, event.received_at))
                        yield event

    def _pages(self, person: Profile, apart: Sequence[Profile]) -> Iterator[tuple[Instant, bool, Sequence[Event]]]:
        """Of all timelines the latest page first, and whether it is the person's."""
        whose = dict.fromkeys((person.id, *self._people.absorbed(person)), True)
        whose |= {other.id: False for other in apart}
        return merge(*(self._pages_of(id_, is_own) for id_, is_own in whose.items()), key=itemgetter(0), reverse=True)

    def _pages_of(self, profile_id: str, is_own: bool) -> Iterator[tuple[Instant, bool, Sequence[Event]]]:
        return ((at, is_own, page) for at, page in self._timeline.pages(profile_id))
