"""What joining people asks of the world: who may be joined, what each heard of, and where a joined one's events go."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import Final

from shared.domain.draft import is_known
from shared.domain.events import ASKED, Event
from shared.domain.identity.identifiers import (
    ANONYMOUS,
    Identifier,
    identifiers,
    is_provisional,
    joins,
    provisional_profile_id,
)
from shared.domain.identity.joined_runs import heard_since, is_heard_of
from shared.domain.playbook import Playbook
from shared.domain.profiles import Profile
from shared.domain.timing import Instant
from shared.errors import PermanentError
from shared.ports.people import Aliases, Profiles, Timeline
from shared.ports.queues import EventQueue
from shared.services.find_survivor import survivor_of

MAX_OTHERS: Final = 20
"""How many are joined by one decision; a transaction takes a hundred items."""

MAX_NAMES: Final = 500
"""Of what a person is known by, that is looked at for those who became them."""

MAX_PAGES: Final = 200
"""Of a timeline that is looked at for what a person's runs never heard of."""


class PeopleJoiner:
    """Finds those who are one person, and sends on what comes for those who were."""

    def __init__(self, *, profiles: Profiles, timeline: Timeline, aliases: Aliases, queue: EventQueue) -> None:
        self._profiles = profiles
        self._timeline = timeline
        self._aliases = aliases
        self._queue = queue

    def elsewhere(self, held: Profile, events: Sequence[Event]) -> str | None:
        """Whose the events are, where they are not this profile's: its survivor's, or who claimed what it is named by.

        Nobody is made of an address that meanwhile is somebody's. An anonymous profile needs no such look: joining one
        that never was leaves a tombstone too.
        """
        if held.merged_into is not None:
            return survivor_of(self._profiles, held).id
        if held.version > 0 or not is_provisional(held.id):
            return None
        named = {one for event in events for one in identifiers(event) if provisional_profile_id(one) == held.id}
        owners = {self._aliases.owner(*one) for one in named if one.kind != ANONYMOUS}
        return next((owner for owner in owners if owner not in {None, held.id}), None)

    def send_on(self, events: Sequence[Event], to: str) -> bool:
        """Put them on that person's queue, as the events that they are; whether any was more than a question."""
        happened = [replace(event, profile_id=to) for event in events if event.type not in ASKED]
        if happened:
            self._queue.put(happened)
        return bool(happened)

    def others(self, person: Profile, events: Sequence[Event]) -> Mapping[str, Profile]:
        """Those whom the events say to be this person, as they are now; who was joined before is not looked at again.

        Raises:
            PermanentError: too many for one decision.
        """
        said = [(event, ids) for event in events if (ids := joins(event))]
        if not said:
            return {}
        new = (ids for event, ids in said if not is_known(person.recent_events, event, person.decided_at))
        settled = (*(one for one in person.claimed if one[0] in UNVOUCHED), *person.vouched)
        known = {_named_by(*one) for one in settled}
        sought = [id_ for id_ in dict.fromkeys(chain.from_iterable(new)) if id_ not in known or id_ in person.apart]
        if len(sought) > MAX_OTHERS:
            raise PermanentError("too many people are joined at once", profile=person.id)
        return {id_: self._profiles.load(id_) for id_ in sought}

    def absorbed(self, person: Profile) -> Iterator[str]:
        """The ids of those who became this person, also by way of others: they keep their timelines."""
        named = (_named_by(*one) for one in islice(chain(person.claimed, self._aliases.of(person.id)), MAX_NAMES))
        for id_ in dict.fromkeys(named):
            held = self._profiles.load(id_) if id_ != person.id else person
            if held.merged_into is not None and survivor_of(self._profiles, held).id == person.id:
                yield id_

    def apart(self, person: Profile) -> list[Profile]:
        """Those who were taken for this person and are not: some of what happened to each is with the other."""
        return [self._profiles.load(id_) for id_ in person.apart]

    def histories(self, playbook: Playbook, person: Profile, others: Mapping[str, Profile]) -> dict[str, list[Event]]:
        """What happened to each that runs of another may have waited for, by profile id."""
        asked: dict[str, Instant] = {}
        since = heard_since(playbook, person)
        for other in others.values():
            if other.merged_into is None and other.version > 0:
                theirs = heard_since(playbook, other)
                if since is not None:
                    asked[other.id] = since
                if theirs is not None:
                    asked[person.id] = min(theirs, asked.get(person.id, theirs))
        return {id_: self._happened(playbook, id_, at) for id_, at in asked.items()}

    def _happened(self, playbook: Playbook, profile_id: str, since: Instant) -> list[Event]:
        found: dict[tuple[str, Instant], Event] = {}
        for number, (latest, events) in enumerate(self._timeline.pages(profile_id)):
            if latest < since or number == MAX_PAGES:
                break
            for event in events:
                if is_heard_of(playbook, event.name):
                    found[event.id, event.received_at] = event
        return sorted(found.values(), key=lambda event: (event.received_at, event.at, event.id))


KNOWN: Final = "user"
UNVOUCHED: Final = frozenset({ANONYMOUS, KNOWN})
"""Kinds of which one claim is as good as another: it joined what it named."""


def _named_by(kind: str, value: str) -> str:
    """The profile that the identifier led to before it was claimed."""
    return value if kind == KNOWN else provisional_profile_id(Identifier(kind, value))
