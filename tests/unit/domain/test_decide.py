"""What holds of ``decide`` whatever happens, under whatever playbook: random small ones, and random lives."""

from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.consent.words import ANY, Purpose
from shared.domain.decide import Occurrence, decide
from shared.domain.events import Event, EventType, SystemEvent, Trust
from shared.domain.journeys.program import StartJourney
from shared.domain.messages import Message, Wake
from shared.domain.playbook import Playbook, read_playbook
from shared.domain.profiles import Profile
from shared.domain.timing import DAY, HOUR, MINUTE, parse_instant
from tests.builders import NOON, a_profile, an_event
from tests.stories import TOPICS, Story, a_journey, lasting, plain_playbook, replay

END = NOON + 10 * DAY

# --- playbooks -------------------------------------------------------------------------------------------------------

DURATIONS = st.sampled_from(["10 minutes", "20 minutes", "1 hour", "2 hours", "1 day"])
WHERES = st.sampled_from([{"properties.v": {"at_least": 2}}, {"properties.k": 1}, {"properties.v": {"is_not": 1}}])


def _did(name: str, event: Any, within: str | None, at_least: int, where: Any) -> dict[str, Any]:
    asked = {"event": event, "within": within, "at_least": at_least, "where": where}
    return {name: {key: value for key, value in asked.items() if value is not None}}


DIDS = st.builds(
    _did,
    st.sampled_from(["did", "did_not"]),
    st.sampled_from(["A", "B", ["A", "C"], "Journey Exited", "Journey Entered", "Segment Entered"]),
    st.none() | DURATIONS,
    st.integers(1, 3),
    st.none() | WHERES,
)
PERSON = st.sampled_from([{"traits.t": 1}, {"traits.t": {"is_not": 1}}, {"traits.t": {"exists": True}}])
STANDING = st.sampled_from(
    [
        {"in_journey": "j1"},
        {"segment": "s1"},
        {"not": {"segment": "s1"}},
        {"consents": {"channel": "email", "topic": "news"}},
        {"consents": {"channel": "sms", "topic": "offers"}},
        {"reachable": "sms"},
    ]
)
ENTRY = st.sampled_from([{"entry.properties.v": {"above": 1}}, {"entry.properties.k": {"path": "traits.t"}}])


def _combined(parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return parts | st.one_of(
        st.lists(parts, min_size=1, max_size=2).map(lambda found: {"all": found}),
        st.lists(parts, min_size=1, max_size=2).map(lambda found: {"any": found}),
        parts.map(lambda found: {"not": found}),
    )


VIA = st.sampled_from([["email"], ["sms", "email"], ["push", "email"], ["sms"], "best", "all"])
ASKED = st.none() | st.none() | st.none() | DIDS | PERSON | ENTRY | STANDING
SENDS = st.builds(
    lambda message, via, asked: {"send": message, "via": via} | ({"if": asked} if asked else {}),
    st.sampled_from(["hello", "bye"]),
    VIA,
    ASKED,
)
WAITS = (DURATIONS | st.sampled_from([{"until": "14:00"}, {"date": "entry.timestamp", "offset": "3 hours"}])).map(
    lambda wait: {"wait": wait}
)
BRANCHES = st.builds(
    lambda condition, then, otherwise: {"if": condition, "then": then} | ({"else": otherwise} if otherwise else {}),
    _combined(DIDS | PERSON | ENTRY | STANDING),
    st.lists(SENDS | WAITS, min_size=1, max_size=2) | st.just([{"exit": "left"}]),
    st.none() | st.lists(SENDS | WAITS, min_size=1, max_size=2),
)
BLOCKS = st.lists(SENDS | WAITS, min_size=1, max_size=2)
CHOICES = st.builds(
    lambda condition, first, otherwise: {"choose": [{"when": condition, "steps": first}, {"otherwise": otherwise}]},
    DIDS | PERSON,
    BLOCKS,
    BLOCKS,
)
SPLITS = st.builds(
    lambda weight, one, two: {"split": {"a": {"weight": weight, "steps": one}, "b": {"weight": 1, "steps": two}}},
    st.integers(0, 2),
    BLOCKS,
    BLOCKS,
)
AWAITS = st.builds(
    lambda on, where, timeout, then, otherwise: {
        "await": {"on": on} | ({"where": where} if where else {}),
        "timeout": timeout,
        "then": then,
        "else": otherwise,
    },
    st.sampled_from(["A", "B", ["B", "C"]]),
    st.none() | WHERES | st.just({"properties.k": {"is": {"path": "entry.properties.k"}}}),
    DURATIONS,
    BLOCKS,
    BLOCKS,
)
ACTS = st.sampled_from(
    [
        {"set": {"traits.t": 1}},
        {"set": {"traits.t": {"path": "entry.properties.v"}}},
        {"emit": {"event": "B", "properties": {"v": 2, "k": 1}}},
    ]
)
STEPS = st.lists(SENDS | WAITS | WAITS | BRANCHES | CHOICES | SPLITS | AWAITS | ACTS, min_size=1, max_size=4)


ENTRIES = st.sampled_from(
    [
        *({"on": on} for on in ("A", ["A", "B"], "B", "A", "Journey Completed", "Segment Left")),
        {"segment": "s1"},
        {"date": "traits.d", "at": "14:00"},
    ]
)


def _journey(draw: Any, starts: str | None) -> dict[str, Any]:
    enter: dict[str, Any] = dict(draw(ENTRIES))
    if "on" in enter and draw(st.sampled_from([False, False, True])):
        enter["where"] = draw(WHERES)
    if draw(st.sampled_from([False, False, False, True])):
        enter["if"] = draw(DIDS | PERSON | STANDING)
    steps = draw(STEPS)
    if starts and draw(st.booleans()):
        steps = [*steps, {"start": starts}, *draw(st.lists(SENDS, max_size=1))]
    exits: dict[str, Any] = {}
    if draw(st.booleans()):
        exits["on"] = draw(st.sampled_from(["C", ["C", "B"], "A"]))
    if draw(st.sampled_from([False, False, True])):
        exits["if"] = draw(_combined(DIDS | PERSON | STANDING))
    return a_journey(
        purpose=draw(st.sampled_from(["marketing", "transactional"])),
        topic=draw(st.sampled_from(["news", "offers"])),
        priority=draw(st.sampled_from([10, 50])),
        key=draw(st.sampled_from(["properties.k", None])) if "on" in enter else None,
        enter=enter,
        reenter=draw(st.sampled_from(["always", {"after": "30 minutes"}, "never", {"after": "1 day"}])),
        exit=exits or None,
        goal=draw(st.sampled_from([None, None, {"on": ["C", "B"], "within": "1 day"}])),
        holdout=draw(st.sampled_from([None, None, None, "50%"])),
        steps=steps,
    )


POLICIES = st.sampled_from(
    [
        {},
        {},
        {"frequency_caps": [{"channels": ["email", "sms"], "at_most": 1, "per": "2 hours"}]},
        {"quiet_hours": {"email": {"from": "13:00", "until": "15:00"}}, "expire_after": "3 hours"},
    ]
)


@st.composite
def playbooks(draw: Any) -> Playbook:
    journeys = {"j1": _journey(draw, "j2"), "j2": _journey(draw, None)} if draw(st.booleans()) else {}
    journeys = journeys or {"j1": _journey(draw, None)}
    segments = {"s1": {"if": draw(_combined(DIDS | PERSON))}}
    if draw(st.booleans()):
        segments["s2"] = {"if": draw(_combined(DIDS | st.just({"segment": "s1"})))}
    policy = {"topics": TOPICS} | draw(POLICIES)
    playbook, found = read_playbook(plain_playbook(journeys, policy=policy, segments=segments))
    assert not found
    return playbook


# --- lives -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Life:
    """Events in the order of their arrival, the last of them one that tells nothing but the time."""

    events: tuple[Event, ...]


@st.composite
def lives(draw: Any) -> Life:
    events = []
    for number in range(draw(st.sampled_from([3, 6, 6, 9, 9, 12]))):
        arrives = NOON + draw(st.integers(0, 24)) * 10 * MINUTE
        late = draw(st.sampled_from([0, 0, 0, 0, 10 * MINUTE, HOUR, HOUR, DAY, DAY + 1]))
        common = {"id": f"m{number}", "at": arrives - late, "received_at": arrives}
        kind = draw(st.sampled_from(["track"] * 6 + ["identify", "said"]))
        if kind == "track":
            properties = draw(
                st.fixed_dictionaries({"v": st.sampled_from([3, 2, 1, 0]), "k": st.sampled_from([1, 1.0, 1, 2, None])})
            )
            events.append(an_event(draw(st.sampled_from(["A", "B", "A", "C"])), properties=properties, **common))
        elif kind == "identify":
            traits = draw(
                st.sampled_from([{"t": 1}, {"t": 2}, {"t": None}, {"phone": "+353861234567"}, {"d": "2026-11-02"}])
            )
            events.append(an_event("User Identified", type=EventType.IDENTIFY, traits=traits, **common))
        else:
            properties = draw(st.sampled_from([{}, {"channel": "email"}, {"topic": "news"}, {"topic": "offers"}]))
            name = draw(st.sampled_from(["Subscribed", "Unsubscribed"]))
            events.append(an_event(name, properties=properties, trust=Trust.SYSTEM, **common))
    events.sort(key=lambda event: event.received_at)
    return Life((*events, an_event("Nothing", id="the end", at=END, received_at=END)))


def told_singly(playbook: Playbook, life: Life) -> Story:
    return replay(playbook, a_profile(), [[event] for event in life.events], END)


def outcome(story: Story) -> tuple[list[Message], list[Occurrence], Profile]:
    return story.messages, story.trace, lasting(story.profile)


# --- properties ------------------------------------------------------------------------------------------------------

MANY = settings(max_examples=200)


@MANY
@given(playbooks(), lives(), st.data())
def test_however_events_are_split_into_batches_the_same_follows(playbook: Playbook, life: Life, data: Any) -> None:
    batches: list[list[Event]] = [[]]
    for event in life.events[:-1]:
        batches[-1].append(event)
        if data.draw(st.booleans()):
            batches.append([])
    batches.append([life.events[-1]])
    assert outcome(replay(playbook, a_profile(), batches, END)) == outcome(told_singly(playbook, life))


@MANY
@given(playbooks(), lives())
def test_without_a_single_wake_up_the_next_event_makes_up_for_it(playbook: Playbook, life: Life) -> None:
    story = Story(playbook)
    for event in life.events:
        story.take([event], event.received_at)
    assert outcome(story) == outcome(told_singly(playbook, life))


@MANY
@given(playbooks(), lives(), st.data())
def test_duplicates_and_redeliveries_change_nothing(playbook: Playbook, life: Life, data: Any) -> None:
    """Right away, in the same batch, or sent again within the day."""
    arrivals = list(life.events)
    for event in life.events[:-1]:
        if data.draw(st.booleans()):
            later = data.draw(st.sampled_from([0, 10 * MINUTE, 5 * HOUR, DAY]))
            arrivals.append(replace(event, received_at=event.received_at + later))
    arrivals.sort(key=lambda event: event.received_at)  # stable: a duplicate comes after what it repeats
    batches = [[event, event] if data.draw(st.booleans()) else [event] for event in arrivals]
    repeated = replay(playbook, a_profile(), batches, END)
    assert outcome(repeated) == outcome(told_singly(playbook, life))


@MANY
@given(playbooks(), lives())
def test_a_decision_is_the_same_each_time_and_leaves_the_profile_alone(playbook: Playbook, life: Life) -> None:
    profile = a_profile()
    for event in life.events:
        before = deepcopy(profile)
        first = decide(playbook, profile, [event], event.received_at)
        assert profile == before
        assert decide(playbook, profile, [event], event.received_at) == first
        assert decide(playbook, profile, [event], event.received_at, explaining=True).effects == first.effects
        assert sum(isinstance(effect, Wake) for effect in first.effects) <= 1
        again = decide(playbook, first.profile, [event], event.received_at)
        assert (again.profile is first.profile, again.effects) == (True, ())
        profile = first.profile


@MANY
@given(playbooks(), lives())
def test_the_wake_up_is_exactly_when_time_alone_changes_something(playbook: Playbook, life: Life) -> None:
    profile = a_profile()
    for event in life.events:
        profile = decide(playbook, profile, [event], event.received_at).profile
        if profile.wake_at is None:
            later = decide(playbook, profile, [], END + 1000 * DAY)
            assert (later.trace, later.effects) == ((), ())
            continue
        assert profile.wake_at > event.received_at
        before = decide(playbook, profile, [], profile.wake_at - 1)
        assert before.trace == ()
        assert all(isinstance(effect, Wake) for effect in before.effects)
        assert decide(playbook, profile, [], profile.wake_at).trace != () or _goes_on(playbook, profile)
        assert profile.scheduled_at is not None
        assert profile.scheduled_at <= profile.wake_at


def _goes_on(playbook: Playbook, profile: Profile) -> bool:
    """Whether a run moves on at the wake-up without anything to tell."""
    return decide(playbook, profile, [], profile.wake_at or 0).profile.runs != profile.runs


@MANY
@given(playbooks(), lives())
def test_every_run_has_one_beginning_and_one_end_and_sends_only_in_between(playbook: Playbook, life: Life) -> None:
    story = told_singly(playbook, life)
    live: set[str] = set()
    entered: list[str] = []
    for one in story.trace:
        run = one.details.get("run")
        if one.kind == "journey_entered":
            assert run not in entered
            entered.append(one.details["run"])
            live.add(one.details["run"])
        elif one.kind == "journey_exited":
            live.remove(one.details["run"])
        elif one.kind in {"send", "dropped"}:
            assert run in live
    assert {run.id for run in story.profile.runs.values() if run.is_live} == live
    assert [one.at for one in story.trace] == sorted(one.at for one in story.trace)


@MANY
@given(playbooks(), lives())
def test_every_send_is_ordered_once_and_every_drop_has_its_reason(playbook: Playbook, life: Life) -> None:
    story = told_singly(playbook, life)
    ordered = [(message.run_id, message.step, message.decided_at) for message in story.messages]
    assert ordered == [(one["run"], one["step"], one["at"]) for one in story.told("send")]
    assert len({message.id for message in story.messages}) == len(story.messages)
    reasons = {"no_consent", "no_address", "suppressed", "holdout", "expired", "run_ended", "condition"}
    assert set(story.dropped()) <= reasons


def starts_of(playbook: Playbook) -> set[str]:
    """The journeys that others start."""
    steps = (placed.step for journey in playbook.journeys.values() for placed in journey.program.values())
    return {step.journey for step in steps if isinstance(step, StartJourney)}


@MANY
@given(playbooks(), lives())
def test_no_message_goes_after_an_exit_event_that_is_not_older_than_the_entry(playbook: Playbook, life: Life) -> None:
    story = told_singly(playbook, life)
    began = {one["run"]: one for one in story.told("journey_entered")}
    for message in story.messages:
        journey = playbook.journeys[message.journey]
        if journey.enter_on & journey.exit_on:
            continue  # an event of both kinds ends one run and begins the next
        # A run that another one started began when it did, with the entry event of the other.
        is_started = message.journey in starts_of(playbook)
        entered_at = began[message.run_id]["at"] if is_started else parse_instant(message.entry["timestamp"])
        for event in life.events:
            is_exit = event.name in journey.exit_on and entered_at <= event.at
            if is_exit and event.received_at < message.decided_at:
                assert journey.key is not None
                assert event.properties.get("k") != float(began[message.run_id]["key"])


@MANY
@given(playbooks(), lives())
def test_no_marketing_goes_without_consent(playbook: Playbook, life: Life) -> None:
    for message in told_singly(playbook, life).messages:
        for channel in message.channels:
            assert message.purpose is Purpose.TRANSACTIONAL or _consents(life, message, channel)


def _consents(life: Life, message: Message, channel: str) -> bool:
    """By all that the person ever said of this channel and topic; the later wins, and of two at once the refusal."""
    said = [
        (event.at, event.name == SystemEvent.UNSUBSCRIBED, event.received_at)
        for event in life.events
        if event.name in {SystemEvent.SUBSCRIBED, SystemEvent.UNSUBSCRIBED}
        and event.received_at <= message.decided_at
        and event.properties.get("channel", ANY) in {ANY, channel}
        and event.properties.get("topic", ANY) in {ANY, message.topic}
    ]
    if any(arrived_at == message.decided_at for _, _, arrived_at in said):
        return True  # said at the very instant of the sending, before or after it
    return not max(said)[1] if said else message.topic == "news"
