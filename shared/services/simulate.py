"""Replay events through the real ``decide`` on a virtual clock: what would have happened, to the millisecond.

Timers fire at their exact instants, before events of the same instant; every message is delivered as it is sent.
Nothing here reads a clock, so the same events give the same rows.
"""

import heapq
import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Any, Final

from shared.domain.consent.rules import Consent
from shared.domain.decide import Occurrence, decide
from shared.domain.delivery import DeliveryEvent, DeliveryKind, feedback_event, outcome_event
from shared.domain.events import NOTHING, Event, EventType
from shared.domain.identity.claims import awarded
from shared.domain.identity.identifiers import Held, joins, person_of
from shared.domain.identity.joined_runs import is_heard_of
from shared.domain.ledger import LedgerEntry, MessageStatus
from shared.domain.messages import AliasClaim, Announcement, Effect, Message
from shared.domain.own_events import own_event
from shared.domain.playbook import Playbook
from shared.domain.profiles import Profile
from shared.domain.timing import Instant, format_instant

ROWS: Final[Mapping[str, tuple[str, ...]]] = {
    "segment_entered": ("segment",),
    "segment_left": ("segment",),
    "journey_entered": ("journey", "run", "key", "variant"),
    "entry_skipped": ("journey", "reason"),
    "send": ("journey", "run", "step", "message", "channel"),
    "held": ("journey", "run", "message", "channel", "reason", "until"),
    "dropped": ("journey", "run", "message", "channel", "reason"),
    "journey_exited": ("journey", "run", "reason"),
    "goal_reached": ("journey", "run"),
    "fell_back": ("journey", "run", "message", "channel", "reason"),
}
"""The rows of the output and their fields (playbook, Trying a playbook without AWS)."""

MIN_STALE: Final = 1_000
"""How many superseded wake-ups may lie about, beside one a person, before they are cleared away."""

MAX_HEARD: Final = 256
"""How much of what happened to a person is kept for the runs of others that they may turn out to be."""

MAX_ECHOES: Final = 200
"""How many messages may follow from each other's being sent at one instant: a journey that answers itself ends here."""


@dataclass(slots=True)
class Simulation:
    """Everybody's profiles, and who is to be woken when.

    Attributes:
        explain: the profiles of which every step of judgement is told.
        now: how far the clock has gone.
    """

    playbook: Playbook
    explain: frozenset[str] = frozenset()
    now: Instant = 0
    _profiles: dict[str, Profile] = field(default_factory=dict)
    _owners: dict[tuple[str, str], Held] = field(default_factory=dict)
    _wakes: list[tuple[Instant, str]] = field(default_factory=list)
    _sent: list[Message] = field(default_factory=list)
    _claims: dict[tuple[str, str], Held] = field(default_factory=dict)
    _merged: dict[str, str] = field(default_factory=dict)
    _heard: dict[str, deque[Event]] = field(default_factory=dict)
    _is_heard_of: dict[str, bool] = field(default_factory=dict)

    def run(self, arrivals: Iterable[Event], until: Instant | None = None) -> Iterator[tuple[str, Occurrence]]:
        """What happens, in time order, as (profile id, occurrence); ``arrivals`` are in the order of arrival."""
        for event in arrivals:
            if until is not None and event.received_at > until:
                break
            self.now = event.received_at
            yield from self._wake_until(self.now)
            if event.type is EventType.TIMER:
                continue  # nothing happened then but time
            person = self._survivor_of(self._person_of(event))
            yield from self._decide(person, [replace(event, profile_id=person)], event.received_at)
        if until is not None:
            self.now = until
            yield from self._wake_until(until)

    @property
    def next_wake_at(self) -> Instant | None:
        """No timer fires before."""
        return self._wakes[0][0] if self._wakes else None

    def person(self, id_: str) -> Profile:
        """The person as they are by now."""
        return self._profiles.get(id_) or Profile(id=id_, merged_into=self._merged.get(id_))

    def _wake_until(self, until: Instant) -> Iterator[tuple[str, Occurrence]]:
        while self._wakes and self._wakes[0][0] <= until:
            at, person = heapq.heappop(self._wakes)
            if person in self._profiles and self._profiles[person].wake_at == at:
                yield from self._decide(person, [], at)

    def _decide(self, person: str, events: list[Event], now: Instant) -> Iterator[tuple[str, Occurrence]]:
        """Decide, and let the person's stream know of the messages that were sent, as dispatch would."""
        yield from self._fold(person, events, now)
        for _ in range(MAX_ECHOES):
            if not self._sent:
                return
            waits = person in self._profiles and self._profiles[person].fallbacks
            sent = _delivered(self._sent.pop(0))
            told = [event for event in sent if waits or self.playbook.concerns(event.name)]
            if told:
                yield from self._fold(person, told, now)
        yield person, Occurrence("cascade_cut", now, {"messages": len(self._sent)})
        self._sent.clear()

    def _fold(self, person: str, events: list[Event], now: Instant) -> Iterator[tuple[str, Occurrence]]:
        before = self._profiles.get(person, Profile(id=person))
        others = {id_: self.person(id_) for event in events for id_ in joins(event)}
        histories = {id_: self._heard.get(id_, ()) for id_ in (person, *others)} if others else NOTHING
        explaining = person in self.explain
        decision = decide(self.playbook, before, events, now, others=others, histories=histories, explaining=explaining)
        self._profiles[person] = decision.profile
        for absorbed in decision.absorbed:
            self._bury(absorbed.profile.id, person)
        wake_at = decision.profile.wake_at
        if wake_at is not None and (wake_at != before.wake_at or not events):
            heapq.heappush(self._wakes, (wake_at, person))
            if len(self._wakes) > 2 * len(self._profiles) + MIN_STALE:
                self._forget_stale_wakes()
        self._remember(person, events)
        self._carry_out(person, decision.effects)
        for occurrence in decision.trace:
            yield person, occurrence

    def _forget_stale_wakes(self) -> None:
        """Keep one wake-up a person: others were superseded, and memory must not grow with events."""
        self._wakes = [(one.wake_at, id_) for id_, one in self._profiles.items() if one.wake_at is not None]
        heapq.heapify(self._wakes)

    def _carry_out(self, person: str, effects: Iterable[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, AliasClaim):
                self._claim(effect, person)
            elif isinstance(effect, Message):
                self._sent.append(effect)
            elif isinstance(effect, Announcement):
                self._remember(person, [own_event(person, effect)])

    def _claim(self, claim: AliasClaim, person: str) -> None:
        key = claim.kind, claim.value
        self._owners[key] = awarded(self._owners.get(key), Held(person, claim.vouched), claim.over)

    def _remember(self, person: str, events: Iterable[Event]) -> None:
        """Keep what runs of another profile would have to hear of, should it be joined with this one."""
        for event in events:
            is_kept = self._is_heard_of.get(event.name)
            if is_kept is None:
                is_kept = self._is_heard_of[event.name] = is_heard_of(self.playbook, event.name)
            if is_kept:
                self._heard.setdefault(person, deque(maxlen=MAX_HEARD)).append(event)

    def _bury(self, absorbed: str, survivor: str) -> None:
        """From now on the other profile is a tombstone, and what happened to it happened to the survivor."""
        self._profiles.pop(absorbed, None)
        self._merged[absorbed] = survivor
        both = (*self._heard.pop(absorbed, ()), *self._heard.get(survivor, ()))
        if both:
            self._heard[survivor] = deque(sorted(both, key=attrgetter("received_at")), maxlen=MAX_HEARD)

    def _survivor_of(self, person: str) -> str:
        """Who the person is by now."""
        while person in self._merged:
            person = self._merged[person]
        return person

    def _person_of(self, event: Event) -> str:
        return event.profile_id or person_of(event, self._owners)


def row(person: str, occurrence: Occurrence) -> dict[str, Any] | None:
    """The occurrence as a row of the output; ``None`` for what only ``explain`` tells."""
    fields = ROWS.get(occurrence.kind)
    if fields is None:
        return None
    plain: dict[str, Any] = {"type": occurrence.kind, "at": format_instant(occurrence.at), "profile": person}
    for name in fields:
        plain[name] = _FORMATS.get(name, _same)(occurrence.details.get(name))
    return plain


def assuming_consent(playbook: Playbook) -> Playbook:
    """The playbook as if everyone consented to every topic until an event says otherwise."""
    topics = {name: replace(topic, default=True) for name, topic in playbook.topics.items()}
    rules = {
        channel: Consent(
            replace(of.rule, default=True),
            {country: replace(rule, default=True) for country, rule in of.countries.items()},
        )
        for channel, of in playbook.policy.consent.items()
    }
    return replace(playbook, topics=topics, policy=replace(playbook.policy, consent=rules))


def _delivered(message: Message) -> tuple[Event, Event]:
    """What the person's stream hears of a message that its first channel carried at once."""
    at, channel = message.decided_at, message.channels[0]
    entry = LedgerEntry(
        id=message.id,
        profile_id=message.profile_id,
        journey=message.journey,
        name=message.name,
        purpose=message.purpose,
        status=MessageStatus.SENT,
        at=at,
        topic=message.topic,
        channel=channel,
        sent_at=at,
    )
    delivery = DeliveryEvent(
        kind=DeliveryKind.DELIVERED, message_id=message.id, channel=channel, at=at, provider_id="simulated"
    )
    return outcome_event(entry, at), feedback_event(entry, delivery, at)


def _same(value: Any) -> Any:
    return value


_FORMATS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "key": lambda text: text if text is None or text.startswith("sha256:") else json.loads(text),
    "until": lambda at: None if at is None else format_instant(at),
}
