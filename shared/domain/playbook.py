"""The playbook as it runs: journeys by the events that concern them, topics, messages.

Built from the plain values of the checked files; finding what an event concerns never walks through the rest.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Final

from shared.domain import policy as policies
from shared.domain.behaviour.aggregates import Aggregate, Aggregates, Total
from shared.domain.channels.tracking import Tracking, read_tracking
from shared.domain.channels.webhooks import Partner
from shared.domain.conditions.rule_index import RuleIndex
from shared.domain.consent.rules import CONSENT, Ruling, Said, rule_of, ruling
from shared.domain.consent.words import MAX_TOPIC_LENGTH, Channel
from shared.domain.journeys import occurrences
from shared.domain.journeys.program import Journey
from shared.domain.language import reading, starts
from shared.domain.language.journey_reader import read_journey
from shared.domain.language.partner_reader import FILE as PARTNERS_FILE
from shared.domain.language.partner_reader import read_partners
from shared.domain.language.reading import Faults, Finding
from shared.domain.language.step_reader import FALLBACK_AFTER
from shared.domain.language.surroundings import Surroundings
from shared.domain.normalise.languages import region_of_language
from shared.domain.policy import Policy
from shared.domain.profiles import Fallback, Run
from shared.domain.segments import Segments, read_segments
from shared.domain.timing import Duration, Instant

MAX_DATE_JOURNEYS: Final = 100
"""Where a person stands with each is kept in their profile, whose size is a budget."""

BRAND_FILE: Final = "brand.yaml"

_POLICY_KEYS: Final = ("topics", *policies.KEYS)


@dataclass(frozen=True, slots=True)
class Topic:
    """Something that marketing is about, to which people subscribe."""

    title: str
    default: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Playbook:
    """What ``decide`` decides by.

    Attributes:
        version: digest of all of it.
        timezone, country: the brand's, for people of whom no other is known; ``None`` where its locale names none.
        messages: message → the channels it has content for.
        tracking: on which of them answers reach us.
        fallbacks: message → after how long without an answer it goes on the next channel, where no step says otherwise.
        partners: message → whom its webhook tells.
        enters, exits, goals: event name → the journeys it may start or end, or whose goal it may be.
        dates, dates_version: trait → the journeys that people enter on a date which it holds; a digest of them all.
        awaited: the names of the events that a step of some journey waits for.
        aggregates: event name → what to remember of it.
        segments: who belongs together.
        recommends: whether any message recommends products, for which people's interests are kept.
        concerned: the names of all events at which anything in the playbook looks.
        former, former_aggregates: what one person needs whose runs follow versions that are no more (``versions``).
        entering, noting: finds of those that an event starts, and of what it is remembered for, only what holds of it.
    """

    version: str
    timezone: str = "Etc/UTC"
    country: str | None = None
    policy: Policy = field(default_factory=Policy)
    tracking: Tracking = field(default_factory=Tracking)
    fallbacks: Mapping[str, Duration] = field(default_factory=dict)
    topics: Mapping[str, Topic]
    messages: Mapping[str, frozenset[Channel]]
    partners: Mapping[str, Partner] = field(default_factory=dict)
    journeys: Mapping[str, Journey]
    enters: Mapping[str, tuple[Journey, ...]] = field(default_factory=dict)
    exits: Mapping[str, tuple[Journey, ...]] = field(default_factory=dict)
    goals: Mapping[str, tuple[Journey, ...]] = field(default_factory=dict)
    dates: Mapping[str, tuple[Journey, ...]] = field(default_factory=dict)
    dates_version: str = ""
    awaited: frozenset[str] = frozenset()
    aggregates: Mapping[str, tuple[Aggregate | Total, ...]] = field(default_factory=dict)
    segments: Segments = field(default_factory=Segments)
    recommends: bool = False
    former: Mapping[tuple[str, str], Journey] = field(default_factory=dict)
    former_aggregates: Mapping[str, tuple[Aggregate | Total, ...]] = field(default_factory=dict)
    entering: RuleIndex[Journey] = field(init=False, compare=False, repr=False)
    noting: RuleIndex[Aggregate | Total] = field(init=False, compare=False, repr=False)
    concerned: frozenset[str] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        indexes = (self.enters, self.exits, self.goals, self.awaited, self.aggregates, self.former_aggregates)
        former = ({*journey.exit_on, *journey.goal_on, *journey.awaited} for journey in self.former.values())
        object.__setattr__(self, "concerned", frozenset().union(*indexes, *former))
        object.__setattr__(
            self, "entering", RuleIndex(lambda name: self.enters.get(name, ()), attrgetter("enter_where"))
        )
        object.__setattr__(self, "noting", RuleIndex(self._noted_on, attrgetter("where")))

    def _noted_on(self, event_name: str) -> tuple[Aggregate | Total, ...]:
        """What an event of that name is remembered for; where former versions need some of it, theirs are in it."""
        return self.former_aggregates.get(event_name) or self.aggregates.get(event_name, ())

    def concerns(self, event_name: str) -> bool:
        """Whether anything in the playbook looks at events of that name."""
        return event_name in self.concerned

    def ruling(
        self, said: Said, traits: Mapping[str, Any], channel: Channel, topic: str | None, now: Instant
    ) -> Ruling:
        """Whether marketing about the topic may be sent to the person on the channel, and what decides."""
        known = self.topics.get(topic or "")
        rule = rule_of(self.policy.consent, channel, traits)
        return ruling(said, rule, channel, topic, now, default=known is not None and known.default)

    def has_changed(self, run: Run | Fallback) -> bool:
        """Whether the run's journey has another version by now."""
        journey = self.journeys.get(run.journey)
        return journey is not None and journey.version != run.version

    def journey_of(self, run: Run | Fallback) -> Journey | None:
        """The journey as the run entered it; as it is now, where nobody knows that version; ``None``: it is no more."""
        journey = self.journeys.get(run.journey)
        if journey is None or journey.version == run.version:
            return journey
        return self.former.get((run.journey, run.version), journey)

    def exited_by(self, event_name: str) -> tuple[Journey, ...]:
        """The journeys whose runs the event may end."""
        return self.exits.get(event_name, ()) + self._former_where(lambda journey: event_name in journey.exit_on)

    def aimed_at(self, event_name: str) -> tuple[Journey, ...]:
        """The journeys whose goal the event may be."""
        return self.goals.get(event_name, ()) + self._former_where(lambda journey: event_name in journey.goal_on)

    def is_awaited(self, event_name: str) -> bool:
        return event_name in self.awaited or any(event_name in journey.awaited for journey in self.former.values())

    def notes(self, event_name: str) -> bool:
        """Whether anything is remembered of events of that name."""
        return event_name in self.aggregates or event_name in self.former_aggregates

    def _former_where(self, concerns: Callable[[Journey], bool]) -> tuple[Journey, ...]:
        return tuple(journey for journey in self.former.values() if concerns(journey)) if self.former else ()


def read_playbook(plain: Mapping[str, Any]) -> tuple[Playbook, list[tuple[str, Finding]]]:
    """Build the playbook of the compiled artefact's plain values: ``policy``, ``journeys``, ``messages``.

    A ``policy`` or a journey of ``None`` could not be read: what it would say is not held against the rest.
    Returns it with every fault found, and its file; with faults it is not to be run.
    """
    found: list[tuple[str, Finding]] = []
    policy = plain.get("policy", {})
    messages = {name: frozenset(map(Channel, message["channels"])) for name, message in plain["messages"].items()}
    partners = _read_partners(plain, found)
    topics, rules = ({}, Policy()) if policy is None else _read_policy(policy, messages, found)
    files = plain.get("segments", {})
    brand = plain.get("brand") or {}
    heard = Faults()
    tracking = read_tracking(brand, heard)
    found.extend((BRAND_FILE, finding) for finding in heard)
    fallbacks = _fallbacks(plain["messages"])
    around = Surroundings(
        topics=None if policy is None else frozenset(topics),
        messages=messages,
        heard=tracking.heard,
        fallbacks=fallbacks,
        template_fields={
            name: frozenset((root, below) for root, below in message.get("entry_fields", ()))
            for name, message in plain["messages"].items()
        },
        journeys=frozenset(plain["journeys"]),
        segments=frozenset(files),
    )
    aggregates = Aggregates()
    journeys: dict[str, Journey] = {}
    for name in sorted(plain["journeys"]):
        faults = Faults()
        value = plain["journeys"][name]
        if isinstance(value, Mapping):
            journeys[name] = read_journey(name, value, around, aggregates, faults)
        elif value is not None:
            faults.add((), f"expected a mapping, found {reading.kind_of(value)}")
        found.extend((f"journeys/{name}.yaml", finding) for finding in faults)
    # A journey that could not be read might start any other.
    entered = frozenset(
        name for name in journeys if None in plain["journeys"].values() or "enter" in plain["journeys"][name]
    )
    found.extend((f"journeys/{name}.yaml", finding) for name, finding in starts.find_faults(journeys, entered))
    journeys = starts.remember_for_others(journeys)
    agreed = policy.get("topics") if isinstance(policy, Mapping) else None
    if isinstance(policy, Mapping) and CONSENT in policy:
        agreed = [agreed, policy[CONSENT]]
    segments, segment_faults = read_segments(files, agreed, around.references, aggregates)
    found.extend(segment_faults)
    timezone = str(brand.get("timezone") or "Etc/UTC")
    dated = [journeys[name] for name in sorted(journeys) if journeys[name].enter_date is not None]
    if len(dated) > MAX_DATE_JOURNEYS:
        message = f"{len(dated)} journeys are entered by date; a playbook may have {MAX_DATE_JOURNEYS}"
        found.append((f"journeys/{dated[MAX_DATE_JOURNEYS].name}.yaml", Finding(("enter", "date"), message)))
    playbook = Playbook(
        version=plain.get("version") or digest_of(plain),
        timezone=timezone,
        country=region_of_language(brand.get("locale")),
        policy=rules,
        tracking=tracking,
        fallbacks=fallbacks,
        topics=topics,
        messages=messages,
        partners=partners,
        journeys=journeys,
        enters=_index(journeys.values(), "enter_on"),
        exits=_index(journeys.values(), "exit_on"),
        goals=_index(journeys.values(), "goal_on"),
        dates=occurrences.index_by_trait(dated),
        dates_version=occurrences.version_of(dated, timezone),
        awaited=frozenset().union(*(journey.awaited for journey in journeys.values())),
        aggregates=aggregates.by_event(),
        segments=segments,
        recommends=any(message.get("recommends") for message in plain["messages"].values()),
    )
    return playbook, found


def digest_of(plain: Mapping[str, Any]) -> str:
    """Twelve hexadecimal digits that change when anything in the playbook does."""
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _read_partners(plain: Mapping[str, Any], found: list[tuple[str, Finding]]) -> dict[str, Partner]:
    """Message → whom its webhook tells; ``webhooks`` of ``None`` could not be read."""
    value, faults = plain.get("webhooks", {}), Faults()
    known = {} if value is None else read_partners(value, faults)
    found.extend((PARTNERS_FILE, finding) for finding in faults)
    named = {name: message["webhook"] for name, message in plain["messages"].items() if "webhook" in message}
    for name, partner in named.items():
        if value is not None and partner not in known:
            said = f'{PARTNERS_FILE} has no "{partner}"{reading.suggestion(partner, known)}'
            found.append((f"messages/{name}/webhook.yaml", Finding(("partner",), said)))
    return {name: known[partner] for name, partner in named.items() if partner in known}


def _read_policy(
    value: Any, messages: Mapping[str, frozenset[Channel]], found: list[tuple[str, Finding]]
) -> tuple[Mapping[str, Topic], Policy]:
    faults = Faults()
    policy = reading.mapping(value, (), faults, known=_POLICY_KEYS)
    if policy and "topics" not in policy:
        faults.add(("topics",), '"topics" is missing: what may marketing be about?')
    topics: dict[str, Topic] = {}
    for name, below in reading.mapping(policy.get("topics", {}), ("topics",), faults).items():
        path = ("topics", name)
        if len(name) > MAX_TOPIC_LENGTH:
            faults.add(path, f"a topic's name has at most {MAX_TOPIC_LENGTH} characters")
        plain = reading.mapping(below, path, faults, known=("title", "default"), short_for="title")
        default = reading.truth(plain.get("default", False), (*path, "default"), faults)
        topics[name] = Topic(reading.text(plain.get("title", name), (*path, "title"), faults), default)
    rules = policies.read_policy(policy, faults, messages)
    found.extend(("policy.yaml", finding) for finding in faults)
    return topics, rules


def _fallbacks(messages: Mapping[str, Any]) -> Mapping[str, Duration]:
    """What ``message.yaml`` says, which is held to be a duration where the message is read."""
    found: dict[str, Duration] = {}
    for name, message in messages.items():
        if FALLBACK_AFTER in message:
            faults = Faults()
            after = reading.duration(message[FALLBACK_AFTER], (FALLBACK_AFTER,), faults)
            if not [*faults]:
                found[name] = after
    return found


def _index(journeys: Iterable[Journey], attribute: str) -> Mapping[str, tuple[Journey, ...]]:
    """Event name → journeys, the higher priority first, then by name."""
    index: dict[str, list[Journey]] = {}
    for journey in sorted(journeys, key=lambda journey: (-journey.priority, journey.name)):
        for event_name in sorted(getattr(journey, attribute)):
            index.setdefault(event_name, []).append(journey)
    return {name: tuple(found) for name, found in index.items()}
