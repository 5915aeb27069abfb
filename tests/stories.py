"""Playbooks of a few lines, and people to whom things happen: the domain core, told as stories."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from shared.adapters.playbook_lines import from_lines, to_lines
from shared.domain.decide import Decision, Occurrence, decide
from shared.domain.events import NOTHING, Event, EventType, Trust
from shared.domain.messages import Effect, Message
from shared.domain.playbook import Playbook, read_playbook
from shared.domain.profiles import Profile
from shared.domain.timing import Duration, Instant, parse_instant
from tests.builders import NOON, a_profile, an_event

TOPICS: Final = {"news": {"title": "News", "default": True}, "offers": {"title": "Offers", "default": False}}
MESSAGES: Final = {"hello": {"channels": ["email", "sms", "push"]}, "bye": {"channels": ["email", "sms", "push"]}}


def a_journey(**changes: Any) -> dict[str, Any]:
    """A marketing journey that a ``Start`` begins and a ``Stop`` ends, with a message after an hour."""
    defaults: dict[str, Any] = {
        "purpose": "marketing",
        "topic": "news",
        "enter": {"on": "Start"},
        "exit": {"on": "Stop"},
        "steps": [{"wait": "1 hour"}, {"send": "hello", "via": ["email"]}],
    }
    return {name: value for name, value in (defaults | changes).items() if value is not None}


def plain_playbook(journeys: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    return {"policy": {"topics": TOPICS}, "messages": MESSAGES, "journeys": dict(journeys), "segments": {}} | changes


def a_playbook(*, segments: Mapping[str, Any] | None = None, **journeys: Any) -> Playbook:
    """A playbook of these journeys, and segments (name → condition), which must be in order."""
    files = {name: {"if": condition} for name, condition in (segments or {}).items()}
    return read_as_deployed(plain_playbook(journeys, segments=files))


def read_as_deployed(plain: Mapping[str, Any]) -> Playbook:
    """The playbook as Lambda has it, read as far as it is touched, which is the same as the one that was checked."""
    playbook, found = read_playbook(plain)
    assert not found, found
    lines = [line.encode() for line in to_lines(playbook)]
    assert from_lines(lines) == playbook
    return from_lines(lines)


def faults_of(journey: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the check finds in one journey, as (path, message)."""
    _, found = read_playbook(plain_playbook({"j": journey}))
    return [(".".join(finding.path), finding.message) for _, finding in found]


@dataclass
class Story:
    """One person under one playbook: tell what happens to them, then look at what followed."""

    playbook: Playbook
    profile: Profile = field(default_factory=a_profile)
    effects: list[Effect] = field(default_factory=list)
    trace: list[Occurrence] = field(default_factory=list)
    _told: int = 0

    def happens(self, name: str, at: Instant = NOON, *, arrives: Instant | None = None, **changes: Any) -> Decision:
        """An event, arriving as it happens unless told otherwise; its keywords are its properties."""
        self._told += 1
        identity = changes.pop("id", f"m{self._told}")
        more = {key: changes.pop(key) for key in ("type", "trust", "traits", "context", "user_id") if key in changes}
        event = an_event(
            name, id=identity, at=at, received_at=at if arrives is None else arrives, properties=changes, **more
        )
        return self.take([event], event.received_at)

    def identify(self, at: Instant = NOON, *, trust: Trust = Trust.SECRET, **traits: Any) -> Decision:
        return self.happens("User Identified", at, type=EventType.IDENTIFY, trust=trust, traits=traits)

    def says(self, subscribed: bool, at: Instant = NOON, *, trust: Trust = Trust.SYSTEM, **properties: Any) -> Decision:
        return self.happens("Subscribed" if subscribed else "Unsubscribed", at, trust=trust, **properties)

    def time_comes(self, at: Instant, *, sending_at: Instant | None = None) -> Decision:
        """The wake-up of that instant, carried out at it unless told otherwise."""
        return self.take([], at, sending_at=sending_at)

    def take(
        self,
        events: Sequence[Event],
        now: Instant,
        *,
        sending_at: Instant | None = None,
        others: Mapping[str, Profile] = NOTHING,
    ) -> Decision:
        decision = decide(self.playbook, self.profile, events, now, sending_at=sending_at, others=others)
        self.profile = decision.profile
        self.effects += decision.effects
        self.trace += decision.trace
        return decision

    @property
    def messages(self) -> list[Message]:
        return [effect for effect in self.effects if isinstance(effect, Message)]

    @property
    def sent(self) -> list[tuple[str, Duration]]:
        """Message and how long after noon."""
        return [(message.name, message.decided_at - NOON) for message in self.messages]

    def told(self, kind: str) -> list[dict[str, Any]]:
        return [{"at": one.at, **one.details} for one in self.trace if one.kind == kind]

    def skipped(self) -> list[str]:
        return [one["reason"] for one in self.told("entry_skipped")]

    def exits(self) -> list[tuple[str, Duration]]:
        """Reason and how long after noon it took effect."""
        return [(one["reason"], one["at"] - NOON) for one in self.told("journey_exited")]

    def dropped(self) -> list[str]:
        return [one["reason"] for one in self.told("dropped")]


def instant(text: str) -> Instant:
    return parse_instant(f"2026-11-{text}Z")


def replay(playbook: Playbook, profile: Profile, batches: Sequence[Sequence[Event]], until: Instant) -> Story:
    """The batches decided one by one, as the queue hands them over, and then time until the end.

    Between batches the person's wake-ups are carried out as they fall due, timers before events.
    """
    story = Story(playbook, profile)
    for batch in batches:
        if not batch:
            continue
        first = min(event.received_at for event in batch)
        _wake(story, first)
        story.take(batch, max(event.received_at for event in batch))
    _wake(story, until)
    return story


def _wake(story: Story, until: Instant) -> None:
    while story.profile.wake_at is not None and story.profile.wake_at <= until:
        timer = an_event(
            "Timer Due", id=f"timer:{story.profile.wake_at}", type=EventType.TIMER, at=story.profile.wake_at
        )
        story.take([timer], story.profile.wake_at)


def lasting(profile: Profile) -> Profile:
    """The profile without what tells only how often it was written."""
    return replace(profile, version=0, scheduled_at=None)
