"""Fold a batch of events into the people they happened to: read the profile, decide, one write.

A person's events are folded in their order, all in one go; if that cannot be, one by one, so that the good ones
before the bad one are kept. What fails holds back that person's later events, and nobody else's.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby
from typing import Final, Protocol

from shared.domain.behaviour.counting import stamped
from shared.domain.draft import Absorbed, Occurrence
from shared.domain.events import ASKED, Event, EventType
from shared.domain.identity.merges import Merge, tombstone
from shared.domain.messages import Announcement, Effect
from shared.domain.own_events import own_event
from shared.domain.playbook import Playbook
from shared.domain.profiles import Profile
from shared.domain.timing import Instant
from shared.errors import ConflictError, PermanentError, RetryableError
from shared.ports.clock import Clock
from shared.ports.people import Profiles, Timeline
from shared.ports.rights import ErasedPeople
from shared.services.join_people import PeopleJoiner
from shared.services.keep_count import CountKeeper
from shared.services.keep_versions import VersionKeeper
from shared.services.mind_erasures import ErasureMinder
from shared.services.part_people import PeopleParter
from shared.services.watch_quality import Folded

APART: Final = frozenset({EventType.BACKFILL, EventType.SPLIT})

ATTEMPTS: Final = 5
"""How often a person is decided for anew because another writer of the profile was first."""


class Decided(Protocol):
    """What is needed of a decision."""

    @property
    def profile(self) -> Profile: ...

    @property
    def effects(self) -> Sequence[Effect]: ...

    @property
    def trace(self) -> Sequence[Occurrence]: ...

    @property
    def absorbed(self) -> Sequence[Absorbed]: ...


class Decide(Protocol):
    """``decide``, as far as it is needed."""

    def __call__(
        self,
        playbook: Playbook,
        profile: Profile,
        events: Sequence[Event],
        now: Instant,
        /,
        *,
        others: Mapping[str, Profile],
        histories: Mapping[str, Sequence[Event]],
        sending_at: Instant | None,
    ) -> Decided: ...


IsKnown = Callable[[Mapping[str, Instant], Event, Instant], bool]


class Outcome(StrEnum):
    """What became of one event."""

    STORED = "stored"
    """It changed the person, and that is written."""
    SENT_ON = "sent_on"
    """The person turned out to be another one, on whose queue it is now."""
    UNCHANGED = "unchanged"
    """It was known already, or changes nothing: nothing was written."""
    ERASED = "erased"
    """It happened to somebody who was erased since: nothing is left of it."""
    FAILED = "failed"
    """It could not be folded in."""
    HELD_BACK = "held_back"
    """An earlier event of the person failed, and this one must not overtake it."""


RETURNED: Final = frozenset({Outcome.FAILED, Outcome.HELD_BACK})


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event as the queue handed it over.

    Attributes:
        id: the queue's own.
        group: the person's message group, within which the queue keeps order.
        event: ``None`` for what is no event; ``fault`` says why.
        receives: how often the queue has handed it over by now.
    """

    id: str
    group: str
    event: Event | None
    fault: str = ""
    receives: int = 1


@dataclass(slots=True)
class Report:
    """What became of a batch, by delivery id, and the error of each that failed."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    errors: dict[str, Exception] = field(default_factory=dict)
    incomplete: set[str] = field(default_factory=set)
    """The ids of those who did more than was counted, so that conditions know only a part of it."""
    folded: list[Folded] = field(default_factory=list)
    """What was told of the events that are folded in, person by person."""


class EventEvaluator:
    """Folds events into profiles.

    ``versions`` gives each person the playbook that they are on; ``people`` knows who is one person,
    ``parter`` undoes it where an event of the type ``split`` asks for it.
    ``counts`` knows what is counted of everybody; an event of the type ``backfill`` asks it to fill the person up.
    ``is_known`` tells by a profile's recent events whether one came before: then it is on the timeline already.
    ``max_receives``: how often the queue hands over an event before it sets it aside.
    """

    def __init__(
        self,
        *,
        decide: Decide,
        is_known: IsKnown,
        profiles: Profiles,
        timeline: Timeline,
        counts: CountKeeper,
        versions: VersionKeeper,
        erased: ErasedPeople,
        people: PeopleJoiner,
        parter: PeopleParter,
        clock: Clock,
        max_receives: int,
    ) -> None:
        self._decide = decide
        self._is_known = is_known
        self._profiles = profiles
        self._timeline = timeline
        self._counts = counts
        self._versions = versions
        self._erasures = ErasureMinder(erased)
        self._people = people
        self._parter = parter
        self._clock = clock
        self._max_receives = max_receives

    def evaluate(self, deliveries: Sequence[Delivery]) -> Report:
        """Fold the deliveries; without any, only agree on what is counted, as the first batch would."""
        report = Report()
        if not deliveries:
            self._counts.agreed()
        people: defaultdict[str, list[Delivery]] = defaultdict(list)
        for delivery in deliveries:
            people[delivery.group].append(delivery)
        for of_one_person in people.values():
            if not self._fold_together(of_one_person, report):
                self._fold_one_by_one(of_one_person, report)
        return report

    def _fold_together(self, deliveries: Sequence[Delivery], report: Report) -> bool:
        """False if nothing can be said of all of them at once."""
        events = [delivery.event for delivery in deliveries if delivery.event is not None]
        if len(events) < len(deliveries) or len({event.profile_id for event in events}) > 1:
            return False
        try:
            outcome = self._fold(events, report)
        except Exception as error:  # noqa: BLE001  # whatever it is, other people's events go on
            if len(deliveries) > 1 and not isinstance(error, RetryableError):
                return False
            _fail(deliveries, error, report)
        else:
            report.outcomes.update({delivery.id: outcome for delivery in deliveries})
        return True

    def _fold_one_by_one(self, deliveries: Sequence[Delivery], report: Report) -> None:
        for index, delivery in enumerate(deliveries):
            try:
                report.outcomes[delivery.id] = self._fold([_readable(delivery)], report)
            except Exception as error:  # noqa: BLE001  # as above
                # What the queue sets aside now will not come back in order: from here on the later events need not
                # wait for it, and would be set aside with it if they did.
                if isinstance(error, RetryableError) or delivery.receives < self._max_receives:
                    _fail(deliveries[index:], error, report)
                    return
                _fail([delivery], error, report)

    def _fold(self, events: Sequence[Event], report: Report) -> Outcome:
        """Fold events of one person; what asks for more than a decision is done by itself, in its place."""
        outcomes = set[Outcome]()
        for asked, part in groupby(events, key=lambda event: event.type if event.type in APART else None):
            if asked is EventType.SPLIT:
                outcomes |= {Outcome.STORED if self._parter.part(event) else Outcome.UNCHANGED for event in part}
            else:
                is_backfill = asked is EventType.BACKFILL
                outcomes.add(self._fold_at_once(list(part), report, is_backfill=is_backfill))
        return next(outcome for outcome in Outcome if outcome in outcomes)

    def _fold_at_once(self, events: Sequence[Event], report: Report, *, is_backfill: bool) -> Outcome:
        """One read, one decision, one write.

        The timeline comes first: an event whose page is written and whose profile is not comes again, and its page is
        written over; the other way round, the profile would know the event, and the timeline never.
        """
        counting = self._counts.agreed()
        profile_id = events[0].profile_id
        now = max(event.received_at for event in events)
        filed: Sequence[Event] = []
        for _ in range(ATTEMPTS):
            before = self._profiles.load(profile_id)
            if (elsewhere := self._people.elsewhere(before, events)) is not None:
                return Outcome.SENT_ON if self._people.send_on(events, elsewhere) else Outcome.UNCHANGED
            before, events = self._erasures.told_apart(before, events)
            if not events:
                return Outcome.ERASED
            person = self._counts.fill(before, now) if is_backfill else before
            joined = self._people.others(person, events)
            others = {id_: self._erasures.after_erasure(other, events) for id_, other in joined.items()}
            playbook = self._versions.playbook_for(person, *others.values())
            histories = self._people.histories(playbook, person, others)
            decision = self._decide(
                playbook, person, events, now, others=others, histories=histories, sending_at=self._clock.now()
            )
            fresh = [*self._fresh(events, before)]
            page = [*fresh, *_noticed(profile_id, decision.effects)]
            if page != filed:
                self._timeline.append(profile_id, page)
                filed = page
            if not self._counts.is_whole(person):
                report.incomplete.add(profile_id)
            folded = Folded(events, fresh, decision.trace)
            if decision.profile == before and not decision.effects and not decision.absorbed:
                report.folded.append(folded)
                return Outcome.UNCHANGED
            self._versions.keep(before, decision.profile)
            try:
                absorbed = [one.profile for one in decision.absorbed]
                self._save(before, stamped(counting, person, decision.profile, absorbed), decision)
            except ConflictError:
                continue
            report.folded.append(folded)
            return Outcome.STORED
        raise RetryableError("the profile is written by too many at once", profile=profile_id)

    def _save(self, before: Profile, after: Profile, decision: Decided) -> None:
        """All else is one write; only who absorbs others is written together with them."""
        if not decision.absorbed:
            self._profiles.save(after, decision.effects)
            return
        at = after.decided_at
        for absorbed in decision.absorbed:
            self._timeline.append(absorbed.profile.id, [*_noticed(absorbed.profile.id, absorbed.effects)])
        buried = [(tombstone(one.profile, after.id, at), one.effects) for one in decision.absorbed]
        merges = [Merge(at=at, survivor=before, absorbed=one.profile) for one in decision.absorbed]
        self._profiles.save_all([(after, decision.effects), *buried], merges)

    def _fresh(self, events: Sequence[Event], before: Profile) -> Iterable[Event]:
        """What happened and was not known yet; of duplicates the first, since that is the one that counts."""
        fresh: dict[str, Event] = {}
        for event in events:
            if event.type in ASKED or fresh.keys() & {event.known_as, event.id}:
                continue
            if not self._is_known(before.recent_events, event, before.decided_at):
                fresh[event.known_as] = event
        return fresh.values()


def _noticed(profile_id: str, effects: Iterable[Effect]) -> Iterator[Event]:
    return (own_event(profile_id, effect) for effect in effects if isinstance(effect, Announcement))


def _fail(deliveries: Sequence[Delivery], error: Exception, report: Report) -> None:
    """The first failed; the rest wait for it."""
    failed, *later = deliveries
    report.outcomes[failed.id] = Outcome.FAILED
    report.errors[failed.id] = error
    report.outcomes.update({delivery.id: Outcome.HELD_BACK for delivery in later})


def _readable(delivery: Delivery) -> Event:
    if delivery.event is None:
        raise PermanentError(f"not an event: {delivery.fault}")
    return delivery.event
