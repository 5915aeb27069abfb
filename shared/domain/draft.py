"""A decision in the making: the profile's parts, open for change, and what was ordered and noticed so far.

Lives only inside one call of ``decide``; the profile it was made from is never touched.
"""

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from shared.domain.conditions.needs import Kind, Need
from shared.domain.conditions.trees import Condition, Scope
from shared.domain.conditions.wording import examine
from shared.domain.consent.rules import Ruling, said_by
from shared.domain.consent.words import Channel
from shared.domain.events import LATE_AFTER, NOTHING, REMEMBERED_FOR, Event
from shared.domain.journeys.live_runs import Runs
from shared.domain.locales.local_time import ZONE_TRAITS
from shared.domain.messages import Announcement, Effect, Wake
from shared.domain.own_events import own_event
from shared.domain.playbook import Playbook
from shared.domain.profiles import (
    MAX_ENDED_RUNS,
    MAX_EXITS,
    MAX_RECENT_EVENTS,
    MAX_TOUCHES,
    MERGED,
    Profile,
    Reach,
    Run,
    Touch,
)
from shared.domain.records import changed, quick
from shared.domain.shop.interests import NO_INTERESTS
from shared.domain.timing import DAY, Duration, Instant

FORGET_ENDED_AFTER: Final = 2 * DAY
"""How long an ended run is kept where re-entry does not ask for it: out-of-order events and sends still do."""

MARKED_FOR: Final = 31 * DAY
"""How long a message is known again by its mark: a month for its answers, and a day for those that come late."""

UNSENT_FOR: Final = 14 * DAY
"""For as long as a queue keeps a message it may yet be sent."""

MAX_CASCADE: Final = 200
"""How many events of its own one event may cause, and how many starts: journeys that start each other end here."""


@quick
@dataclass(frozen=True, slots=True)
class Occurrence:
    """Something worth telling: a row of ``simulate``'s output, or something that only ``explain`` tells."""

    kind: str
    at: Instant
    details: Mapping[str, Any]


@quick
@dataclass(frozen=True, slots=True)
class Absorbed:
    """Another profile that turned out to be the person's, as it was before it was folded into theirs.

    ``effects`` are to be carried out under its own id, beside its tombstone.
    """

    profile: Profile
    effects: tuple[Effect, ...] = ()


@quick
@dataclass(frozen=True, slots=True)
class Decision:
    """What follows from some events: the profile as it is now, what to do, and why.

    ``profile`` is the very object that was given where nothing changed. Where others were ``absorbed``, it is to be
    written together with their tombstones, or not at all.
    """

    profile: Profile
    effects: tuple[Effect, ...]
    trace: tuple[Occurrence, ...]
    absorbed: tuple[Absorbed, ...] = ()


class Draft:
    """The profile's parts, open for change; ``clock`` is the instant as of which things are decided."""

    def __init__(
        self, playbook: Playbook, profile: Profile, *, sending_at: Instant | None = None, explaining: bool = False
    ) -> None:
        self.playbook = playbook
        self.explaining = explaining
        self._profile = profile
        self.clock: Instant = profile.decided_at
        self.sending_at = sending_at
        self.traits = dict(profile.traits)
        self.said = dict(profile.said)
        self.trait_times = dict(profile.trait_times)
        self.claimed = profile.claimed
        self.vouched = profile.vouched
        self.devices = dict(profile.devices)
        self.consent = dict(profile.consent)
        self.unconfirmed = dict(profile.unconfirmed)
        self.pause = profile.pause
        self.wrote_at = profile.wrote_at
        self.suppressed = dict(profile.suppressed)
        self.aggregates = dict(profile.aggregates)
        self.sums = dict(profile.sums)
        self.runs = Runs(profile.runs)
        self.fallbacks = dict(profile.fallbacks)
        self.exits = dict(profile.exits)
        self.dates, self.dates_version = dict(profile.dates), profile.dates_version
        self.moved_dates: set[str] = set()
        """The journeys by date whose next instant is to be reckoned anew."""
        self.recent = dict(profile.recent_events)
        self.touches = profile.touches
        self.memberships = dict(profile.segments)
        self.turns = dict(profile.turns)
        self.segments_version = profile.segments_version
        self.apart = profile.apart
        self.is_told_of = profile.is_told_of
        self.interests = profile.interests if playbook.recommends else NO_INTERESTS
        self.absorbed: list[Absorbed] = []
        self.unsettled: set[str] = set()
        """The segments that what happened may have turned."""
        self.cause = ""
        """The id of the event that is being applied; empty for what time brings."""
        self.pending: deque[Event] = deque()
        self.begun: deque[str] = deque()
        """The runs that have begun and still stand before their first step."""
        self.starts = 0
        """How many runs were started by other runs at this instant."""
        self.in_line: set[str] = set()
        """The runs that have come to a message at this instant."""
        self.is_somebody = profile.decided_at > 0
        """Whether anything ever happened to the person: of nobody, nothing holds."""
        self.changed = False
        self._scope: Scope | None = None
        self._effects: list[Effect] = []
        self._trace: list[Occurrence] = []

    @property
    def profile_id(self) -> str:
        return self._profile.id

    @property
    def profile(self) -> Profile:
        """The profile that the draft was made from."""
        return self._profile

    # reading

    @property
    def moment(self) -> Instant:
        """When what is decided now is carried out: later than the clock where a wake-up or a queue was late."""
        return self.clock if self.sending_at is None else max(self.clock, self.sending_at)

    def scope(self, event: Event | None = None, entry: Mapping[str, Any] = NOTHING) -> Scope:
        """What can be seen now; the same object as long as the question is: what it shows changes with the draft."""
        known = self._scope
        if known is None or known.event is not event or known.entry is not entry or known.now != self.clock:
            known = self._scope = Scope(self.clock, self.traits, event, entry, self.aggregates, self, self.sums)
        return known

    def live_runs(self) -> Iterator[Run]:
        return iter(self.runs.live.values())

    def is_in_segment(self, segment: str) -> bool:
        return segment in self.memberships

    def is_in_journey(self, journey: str) -> bool:
        return any(run.journey == journey for run in self.live_runs())

    def ruling(self, channel: Channel, topic: str | None, now: Instant | None = None) -> Ruling:
        """Whether marketing may be sent there now, and what decides."""
        at = self.clock if now is None else now
        return self.playbook.ruling(said_by(self), self.traits, channel, topic, at)

    def is_reachable(self, channel: Channel) -> bool:
        return bool(self.reach().addresses(channel))

    def reach(self) -> Reach:
        """Where the person can be written to as of now."""
        return Reach(self.traits, self.devices, self.suppressed)

    # events

    def is_known(self, event: Event) -> bool:
        return is_known(self.recent, event, self.clock)

    def remember(self, event: Event) -> None:
        oldest = self.clock - REMEMBERED_FOR
        if min(self.recent.values(), default=oldest) < oldest:  # of all: arrivals are nearly, not strictly, in order
            self.recent = {digest: arrived for digest, arrived in self.recent.items() if arrived >= oldest}
        while len(self.recent) >= MAX_RECENT_EVENTS:
            del self.recent[next(iter(self.recent))]
        self.recent[_digest(event.known_as)] = self.clock
        self.changed = True

    def concern(self, kind: Kind, name: str = "") -> None:
        """A part of the person changed: the segments that look at it are to be judged again."""
        names = self.playbook.segments.by_need.get(Need(kind, name))
        if names:
            self.unsettled.update(names)

    def move_dates(self, trait: str) -> None:
        """A trait has changed: so may the dates that go by it, or by the person's clock."""
        if self.playbook.dates:
            for name in {*self.traits, trait} if trait in ZONE_TRAITS else (trait,):
                self.moved_dates.update(journey.name for journey in self.playbook.dates.get(name, ()))

    # outcomes

    @property
    def ordered(self) -> tuple[Effect, ...]:
        """The effects so far."""
        return tuple(self._effects)

    @property
    def told(self) -> tuple[Occurrence, ...]:
        """The trace so far."""
        return tuple(self._trace)

    def order(self, effect: Effect) -> None:
        self._effects.append(effect)
        self.changed = True

    def tell(self, kind: str, **details: Any) -> None:
        self._trace.append(Occurrence(kind, self.clock, details))

    def note(self, journey: str | None, text: str) -> None:
        """A line of explanation, about a journey or none; callers build costly ones only when ``explaining``."""
        self.explain("note", journey=journey, text=text)

    def explain(self, kind: str, **details: Any) -> None:
        """What only whoever asks why is told."""
        if self.explaining:
            self.tell(kind, **details)

    def weigh(self, journey: str | None, question: str, condition: Condition, scope: Scope, **more: Any) -> None:
        """Tell whoever asks why of a condition, judged part by part: callers only ask where it is explained."""
        self.tell("judged", journey=journey, question=question, judgement=examine(condition, scope), **more)

    def retell(self, trace: Iterable[Occurrence]) -> None:
        """What was told of a profile that is the person's, too."""
        self._trace.extend(trace)

    def announce(self, name: str, cause: str, properties: Mapping[str, Any]) -> None:
        """Something that the system noticed, or a journey says: told to others, and to the person's own journeys."""
        id_ = _digest(f"{self.profile_id}\0{name}\0{cause}", size=12)
        announcement = Announcement(id=id_, name=name, at=self.clock, properties=properties)
        self.order(announcement)
        if self.playbook.concerns(name):
            self.pending.append(own_event(self.profile_id, announcement))

    def touch(self, touch: Touch) -> None:
        """The latest of each purpose are kept: what caps on marketing count is not pushed out by receipts.

        Nor is what a cap on one channel still counts pushed out by what goes on others.
        """
        until = touch.at - MARKED_FOR
        if any(one.mark and one.at <= until for one in self.touches):
            unmarked = (changed(one, mark="") if one.mark and one.at <= until else one for one in self.touches)
            self.touches = tuple(unmarked)
        if len(self.touches) < MAX_TOUCHES:
            self.touches = (*self.touches, touch)
            return
        alike = [one for one in self.touches if one.purpose == touch.purpose]
        if len(alike) >= MAX_TOUCHES:
            counted = self.playbook.policy.counted(self.touches, touch.at)
            dropped = next((one for one in alike if not any(one is other for other in counted)), alike[0])
            self.touches = tuple(one for one in self.touches if one is not dropped)
        self.touches = (*self.touches, touch)

    # the end

    def decision(self, wake_at: Instant | None) -> Decision:
        held = self._profile
        if wake_at is not None and self._needs_schedule(wake_at):
            outstanding = held.scheduled_at
            is_outstanding = outstanding is not None and outstanding > self.clock
            self.order(Wake(wake_at, outstanding if is_outstanding else None))
            scheduled_at: Instant | None = wake_at
        else:
            scheduled_at = held.scheduled_at
        if not self.changed and wake_at == held.wake_at:
            return Decision(held, (), tuple(self._trace))
        self._forget()
        profile = changed(
            held,
            decided_at=self.clock,
            traits=self.traits,
            said=self.said,
            trait_times=self.trait_times,
            claimed=self.claimed,
            vouched=self.vouched,
            devices=self.devices,
            consent=self.consent,
            unconfirmed=self.unconfirmed,
            pause=self.pause,
            wrote_at=self.wrote_at,
            suppressed=self.suppressed,
            aggregates=self.aggregates,
            sums=self.sums,
            runs=dict(self.runs),
            fallbacks=self.fallbacks,
            exits=self.exits,
            dates=self.dates,
            dates_version=self.dates_version,
            recent_events=self.recent,
            touches=self.touches,
            segments=self.memberships,
            turns=self.turns,
            segments_version=self.segments_version,
            wake_at=wake_at,
            scheduled_at=scheduled_at,
            apart=self.apart,
            is_told_of=self.is_told_of,
            interests=self.interests,
        )
        return Decision(profile, tuple(self._effects), tuple(self._trace), tuple(self.absorbed))

    def _needs_schedule(self, wake_at: Instant) -> bool:
        """An earlier outstanding schedule is left: it fires, finds nothing due, and is set anew then."""
        outstanding = self._profile.scheduled_at
        return outstanding is None or outstanding <= self.clock or wake_at < outstanding

    def _forget(self) -> None:
        """Keep every collection within its bound."""
        if self.exits:
            self.exits = {key: at for key, at in self.exits.items() if at >= self.clock - LATE_AFTER}
        while len(self.exits) > MAX_EXITS:
            del self.exits[min(self.exits, key=lambda key: (self.exits[key], key[0], key[1] or ""))]
        for id_, fallback in [*self.fallbacks.items()]:
            if fallback.due_at is None and fallback.ordered_at <= self.clock - UNSENT_FOR:
                del self.fallbacks[id_]
        for id_ in self._forgettable():
            del self.runs[id_]
        if len(self.runs) - len(self.runs.live) > MAX_ENDED_RUNS:
            # Of too many, those of one key among many go first: "never again" must outlast a hundred orders.
            ended = [run for run in self.runs.values() if run.ended_at is not None]
            ended.sort(key=lambda run: (run.key is None, run.ended_at or 0, run.id), reverse=True)
            for run in ended[MAX_ENDED_RUNS:]:
                del self.runs[run.id]

    def _forgettable(self) -> list[str]:
        """The ended runs for which neither re-entry, as late as an entry event may come, nor dispatch asks."""
        found: list[str] = []
        kept_for: dict[str, Duration | None] = {}
        until = self.clock - FORGET_ENDED_AFTER
        for run in self.runs.values():
            if run.ended_at is None or run.ended_at > until:
                continue
            if run.journey not in kept_for:
                journey = self.playbook.journeys.get(run.journey)
                after = 0 if journey is None else journey.reenter_after
                kept_for[run.journey] = None if after is None else max(FORGET_ENDED_AFTER, after + LATE_AFTER)
            keep = FORGET_ENDED_AFTER if run.ended_reason == MERGED else kept_for[run.journey]
            if keep is not None and run.ended_at + keep <= self.clock and not run.may_reach_goal(self.clock):
                found.append(run.id)
        return found


def is_known(recent_events: Mapping[str, Instant], event: Event, now: Instant) -> bool:
    """Whether the event came before, within 24 hours: when it came exactly then, it is not late either.

    What a server has told already, a client tells again; never the other way round.
    """
    oldest = max(now, event.received_at) - REMEMBERED_FOR
    known_as, id_ = event.known_as, event.id
    if recent_events.get(_digest(known_as), oldest - 1) >= oldest:
        return True
    return known_as != id_ and recent_events.get(_digest(id_), oldest - 1) >= oldest


def _digest(text: str, size: int = 8) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=size).hexdigest()
