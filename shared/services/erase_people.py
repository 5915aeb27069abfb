"""Erase a person: mark them, take the profile away, then whatever is found by it, and look once more later.

The order matters. The marker comes first, so that nothing in flight makes the person anew; the profile goes next, so
that nothing in flight finds it. By what it was found stands beside the receipt from before the first step until the
second sweep has ended, so any step may be repeated after a crash, and none depends on what an earlier one removed.

Somebody who comes back under the same id is a new person: the second sweep then takes only what is older.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Final

from shared.domain.consent.words import Channel, SuppressionReason
from shared.domain.events import Event, SystemEvent
from shared.domain.identity.identifiers import (
    EMAIL,
    PHONE,
    Identifier,
    claimed_identifiers,
    identifiers,
    provisional_profile_id,
)
from shared.domain.profiles import Profile
from shared.domain.records import changed
from shared.domain.rights.erasure import (
    MAX_MESSAGES,
    SECOND_SWEEP_AFTER,
    Belongings,
    RightsOrder,
    next_sweep,
    together,
)
from shared.domain.rights.kept_files import GIVEN_UP, QUARANTINE, without_person
from shared.domain.rights.mentions import Mentions
from shared.domain.rights.other_people import without
from shared.domain.timing import Instant
from shared.errors import ConflictError, RetryableError
from shared.ports.clock import Clock
from shared.ports.people import Aliases, Profiles, Timeline
from shared.ports.rights import (
    DeadLetters,
    ErasedPeople,
    Erasures,
    KeptFiles,
    PersonItems,
    PersonSchedules,
    RightsQueue,
    SuppressedAddresses,
)
from shared.ports.sending import MessageIndex
from shared.services.find_people import PeopleFinder, identifier_of

PAGE: Final = 1_000
"""Messages of a person that are listed, and removed, at once."""

ATTEMPTS: Final = 5
"""How often somebody else's profile is read anew because another writer was first."""

FILES: Final = (GIVEN_UP, QUARANTINE)
"""In the order of their names, so that one name tells how far an attempt came."""

CHANNELS: Final = {EMAIL: (Channel.EMAIL,), PHONE: (Channel.SMS, Channel.WHATSAPP)}

_SEGMENT_EVENTS: Final = frozenset({SystemEvent.SEGMENT_ENTERED, SystemEvent.SEGMENT_LEFT})


class Eraser:
    """Carries out erasures. ``exports`` names a person's exports; ``segments`` are those of the playbook."""

    def __init__(
        self,
        *,
        finder: PeopleFinder,
        profiles: Profiles,
        timeline: Timeline,
        aliases: Aliases,
        index: MessageIndex,
        items: PersonItems,
        schedules: PersonSchedules,
        erased: ErasedPeople,
        erasures: Erasures,
        queue: RightsQueue,
        dead_letters: DeadLetters,
        files: KeptFiles,
        suppressions: SuppressedAddresses,
        exports: Callable[[str], str],
        segments: Callable[[], Iterable[str]],
        clock: Clock,
    ) -> None:
        self._finder = finder
        self._profiles = profiles
        self._timeline = timeline
        self._aliases = aliases
        self._index = index
        self._items = items
        self._schedules = schedules
        self._erased = erased
        self._erasures = erasures
        self._queue = queue
        self._dead_letters = dead_letters
        self._files = files
        self._suppressions = suppressions
        self._exports = exports
        self._segments = segments
        self._clock = clock

    def erase(self, order: RightsOrder, *, may_go_on: Callable[[], bool]) -> Counter[str]:
        """Carry out one sweep, as far as there is time for it; returns what was removed."""
        self._erasures.open(order.receipt, self._clock.now())
        belongings = self._erasures.recall(order.receipt)
        if belongings is None:
            if order.sweep > 1:  # it came once more after its end
                return Counter()
            belongings = self._belongings(order)
            self._erasures.remember(order.receipt, belongings)
        counts: Counter[str] = Counter()
        if not order.after:
            if not belongings.until:
                belongings = self._remove_profiles(belongings, counts)
                self._erasures.remember(order.receipt, belongings)
            self._remove_items(belongings, counts, order)
        mentions = Mentions(belongings.profile_ids, belongings.identifiers)
        stopped_at = self._clean_files(mentions, counts, order.after, may_go_on)
        if stopped_at:
            self._erasures.add(order.receipt, counts)
            self._queue.put(replace(order, after=stopped_at))
            return counts
        counts["dead_letters"] += self._dead_letters.remove(mentions.are_in_text)
        self._erasures.add(order.receipt, counts)
        if order.sweep == 1:
            self._queue.put(next_sweep(order), delay=SECOND_SWEEP_AFTER)
        else:
            self._erasures.close(order.receipt, self._clock.now())
        return counts

    def _remove_profiles(self, belongings: Belongings, counts: Counter[str]) -> Belongings:
        """Marked before and after: what happened until the profile was gone belongs to who is erased."""
        until = 0
        for _ in range(2):
            until = self._clock.now()
            for profile_id in belongings.profile_ids:
                self._erased.mark(profile_id, until)
            for profile_id in belongings.profile_ids:
                counts["profiles"] += self._items.remove_profile(profile_id)
        return replace(belongings, until=until)

    def _remove_items(self, belongings: Belongings, counts: Counter[str], order: RightsOrder) -> None:
        came_back = {id_ for id_ in belongings.profile_ids if self._profiles.load(id_).version}
        gone = [id_ for id_ in belongings.profile_ids if id_ not in came_back]
        for identifier in belongings.identifiers:
            counts["identifiers"] += self._items.release(*identifier, gone) if gone else 0
            for channel in CHANNELS.get(identifier.kind, ()) if order.sweep == 1 else ():
                self._suppressions.suppress(channel, identifier.value, SuppressionReason.ERASED, belongings.until)
        self._items.forget_messages(belongings.message_ids)
        for other in belongings.apart:
            counts["mentions"] += self._forget_with(other, belongings)
        for profile_id in belongings.profile_ids:
            counts["exports"] += self._files.remove(self._exports(profile_id))
            for ids in self._ordered(profile_id, belongings.until):
                counts["messages"] += self._items.forget_messages(ids)
            if profile_id in came_back:
                counts["coupons"] += self._items.remove_coupons(profile_id, until=belongings.until)
                counts["records"] += self._items.remove_records(profile_id, until=belongings.until)
                continue
            counts["memberships"] += self._items.unlist(belongings.segments, profile_id)
            counts["schedules"] += self._schedules.clear(profile_id)
            counts["coupons"] += self._items.remove_coupons(profile_id)
            counts["records"] += self._items.remove_records(profile_id)

    def _forget_with(self, other: str, belongings: Belongings) -> int:
        """Who was taken for the person once says so no longer; whether anything of it was there."""
        gone, named = set(belongings.profile_ids), set(belongings.identifiers)
        self._timeline.rewrite(other, lambda event: without(event, gone, named), since=0)
        for _ in range(ATTEMPTS):
            held = self._profiles.load(other)
            left = tuple(id_ for id_ in held.apart if id_ not in gone)
            if left == held.apart:
                return 0
            try:
                self._profiles.save(changed(held, apart=left), ())
            except ConflictError:
                continue
            return 1
        raise RetryableError("the profile is written by too many at once", profile=other)

    def _clean_files(self, mentions: Mentions, counts: Counter[str], after: str, may_go_on: Callable[[], bool]) -> str:
        """The name of the object at which time was up; empty where all were looked at."""
        for prefix in FILES:
            if after > prefix and not after.startswith(prefix):
                continue
            changed, stopped_at = self._files.rewrite(
                prefix,
                lambda name, text: without_person(name, text, mentions),
                after=after if after.startswith(prefix) else "",
                may_go_on=may_go_on,
            )
            counts["files"] += changed
            if stopped_at:
                return stopped_at
        return ""

    def _ordered(self, profile_id: str, until: Instant) -> Iterator[list[str]]:
        before = None
        while page := self._index.of(profile_id, limit=PAGE, before=before):
            yield [one.id for one in page if one.decided_at <= until]
            before = (page[-1].decided_at, page[-1].id)

    def _belongings(self, order: RightsOrder) -> Belongings:
        return together(self._of(reference) for reference in order.references)

    def _of(self, reference: str) -> Belongings:
        person = self._finder.find(reference)
        if person is None:
            # Nobody: but quarantine and dead letters may hold what never became a person.
            identifier = identifier_of(reference)
            named = () if identifier is None else (identifier,)
            own_id = reference if identifier is None else provisional_profile_id(identifier)
            return Belongings(profile_ids=(own_id,), identifiers=named)
        return self._of_person(person)

    def _of_person(self, person: Profile) -> Belongings:
        known = dict.fromkeys(self._finder.identifiers(person))
        partitions = self._finder.partitions(person, known)
        segments = {*person.segments, *self._segments()}
        message_ids: dict[str, None] = {}
        for partition in partitions:
            if partition != person.id:
                known.update(dict.fromkeys(self._finder.identifiers(self._profiles.load(partition))))
            for ordered in self._index.of(partition, limit=MAX_MESSAGES):
                message_ids.setdefault(ordered.id)
            for _, events in self._timeline.pages(partition):
                for event in events:
                    known.update(dict.fromkeys(_said_in(event)))
                    if event.name in _SEGMENT_EVENTS and isinstance(name := event.properties.get("segment"), str):
                        segments.add(name)
        owners = self._aliases.resolve(known) if known else {}
        theirs = tuple(one for one in known if one not in owners or owners[one].profile_id in partitions)
        own = (*partitions, *(provisional_profile_id(one) for one in theirs if one in owners))
        return Belongings(
            profile_ids=tuple(dict.fromkeys(own)),
            identifiers=theirs,
            segments=tuple(sorted(segments)),
            message_ids=tuple(islice(message_ids, MAX_MESSAGES)),
            apart=tuple(id_ for id_ in person.apart if id_ not in own),
        )


def _said_in(event: Event) -> tuple[Identifier, ...]:
    """By what the event itself is its person's; not whatever address it may speak of."""
    return claimed_identifiers(event) if event.user_id is not None else identifiers(event)
