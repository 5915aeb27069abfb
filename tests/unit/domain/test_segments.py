"""Segments: who is in them at which instant, and what follows from entering and leaving."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.behaviour.aggregates import Aggregates
from shared.domain.conditions.needs import Need, needs_of
from shared.domain.decide import decide
from shared.domain.draft import MAX_CASCADE
from shared.domain.events import Event, EventType, Trust
from shared.domain.language.condition_reader import ConditionReader, References
from shared.domain.language.reading import Faults
from shared.domain.messages import Announcement, SegmentChange, effect_to_dict
from shared.domain.playbook import Playbook, read_playbook
from shared.domain.segments import MAX_NAME, MAX_SEGMENTS
from shared.domain.timing import DAY, HOUR, MINUTE, SECOND, Duration, Instant
from tests.builders import NOON, a_profile, an_event
from tests.stories import Story, a_journey, a_playbook, lasting, plain_playbook, replay

ACTIVE = {"did": {"event": "Seen", "within": "1 hour"}}
LAPSED = {"did_not": {"event": "Seen", "within": "1 hour"}}
VIP = {"traits.tier": "gold"}


def turns(story: Story, segment: str) -> list[tuple[str, Duration]]:
    """In or out, and how long after noon."""
    told = {"segment_entered": "in", "segment_left": "out"}
    return [
        (told[one.kind], one.at - NOON) for one in story.trace if one.kind in told and one.details["segment"] == segment
    ]


def announced(story: Story, name: str) -> list[tuple[str, Duration]]:
    effects = (effect for effect in story.effects if isinstance(effect, Announcement) and effect.name == name)
    return [(effect.properties["segment"], effect.at - NOON) for effect in effects]


class TestEnteringAndLeaving:
    @staticmethod
    def test_the_event_that_turns_it_is_the_instant() -> None:
        story = Story(a_playbook(segments={"vip": VIP}))
        story.identify(tier="silver")
        story.identify(NOON + HOUR, tier="gold")
        story.identify(NOON + 2 * HOUR, tier="silver")
        assert turns(story, "vip") == [("in", HOUR), ("out", 2 * HOUR)]
        assert announced(story, "Segment Entered") == [("vip", HOUR)]
        assert announced(story, "Segment Left") == [("vip", 2 * HOUR)]
        assert [effect for effect in story.effects if isinstance(effect, SegmentChange)] == [
            SegmentChange("vip", NOON + HOUR, True),
            SegmentChange("vip", NOON + 2 * HOUR, False),
        ]

    @staticmethod
    def test_time_alone_turns_it_at_the_millisecond() -> None:
        story = Story(a_playbook(segments={"active": ACTIVE}))
        story.happens("Seen", NOON + 1)
        assert story.profile.wake_at == NOON + 1 + HOUR
        story.time_comes(NOON + HOUR)
        assert turns(story, "active") == [("in", 1)]
        story.time_comes(NOON + HOUR + 1)
        assert turns(story, "active") == [("in", 1), ("out", HOUR + 1)]
        assert story.profile.wake_at is None

    @staticmethod
    def test_a_late_wake_up_is_dated_by_its_instant() -> None:
        story = Story(a_playbook(segments={"active": ACTIVE}))
        story.happens("Seen")
        story.time_comes(NOON + 5 * HOUR)
        assert turns(story, "active") == [("in", 0), ("out", HOUR)]

    @staticmethod
    def test_both_turns_happen_where_one_event_ages_out_at_the_instant_of_another() -> None:
        story = Story(a_playbook(segments={"active": ACTIVE}))
        story.happens("Seen")
        story.happens("Seen", NOON + HOUR)
        assert turns(story, "active") == [("in", 0), ("out", HOUR), ("in", HOUR)]
        assert len({effect.id for effect in story.effects if isinstance(effect, Announcement)}) == 3

    @staticmethod
    def test_an_event_a_moment_before_keeps_them_in() -> None:
        story = Story(a_playbook(segments={"active": ACTIVE}))
        story.happens("Seen")
        story.happens("Seen", NOON + HOUR - 1)
        assert turns(story, "active") == [("in", 0)]
        assert story.profile.wake_at == NOON + 2 * HOUR - 1

    @staticmethod
    def test_a_late_event_takes_effect_when_it_arrives() -> None:
        story = Story(a_playbook(segments={"active": ACTIVE}))
        story.happens("Seen", NOON, arrives=NOON + 30 * MINUTE)
        story.time_comes(NOON + HOUR)
        assert turns(story, "active") == [("in", 30 * MINUTE), ("out", HOUR)]

    @staticmethod
    def test_an_event_that_comes_after_its_window_turns_nothing() -> None:
        story = Story(a_playbook(segments={"active": ACTIVE}))
        story.happens("Seen", NOON, arrives=NOON + HOUR)
        assert turns(story, "active") == []

    @staticmethod
    def test_of_nobody_nothing_holds() -> None:
        story = Story(a_playbook(segments={"lapsed": LAPSED}), profile=a_profile(traits={}))
        story.time_comes(NOON)
        assert story.trace == []
        assert story.profile.segments == {}

    @staticmethod
    def test_what_was_never_done_holds_from_the_first_event_on() -> None:
        story = Story(a_playbook(segments={"lapsed": LAPSED}))
        story.happens("Other")
        story.happens("Seen", NOON + MINUTE)
        story.time_comes(NOON + MINUTE + HOUR)
        assert turns(story, "lapsed") == [("in", 0), ("out", MINUTE), ("in", MINUTE + HOUR)]

    @staticmethod
    @pytest.mark.parametrize(
        ("condition", "change", "back"),
        [
            ({"consents": {"channel": "email", "topic": "offers"}}, "yes", "no"),
            ({"reachable": "sms"}, "phone", "no phone"),
            ({"reachable": "push"}, "device", "dead device"),
            ({"in_journey": "j"}, "start", "stop"),
            ({"sum": {"event": "Paid", "of": "properties.total", "at_least": 10}}, "paid", "refunded"),
            ({"traits.city": {"exists": True}}, "city", "no city"),
        ],
    )
    def test_whatever_of_a_person_changes(condition: Any, change: str, back: str) -> None:
        story = Story(a_playbook(segments={"s": condition}, j=a_journey(steps=[{"wait": "9 days"}])))
        changes: Mapping[str, Any] = {
            "yes": lambda at: story.says(True, at, channel="email", topic="offers"),
            "no": lambda at: story.says(False, at, channel="email", topic="offers"),
            "phone": lambda at: story.identify(at, phone="+353870000000"),
            "no phone": lambda at: story.identify(at, phone=None),
            "device": lambda at: story.happens("Seen", at, context={"device": {"token": "t", "type": "ios"}}),
            "dead device": lambda at: story.happens(
                "Message Bounced", at, trust=Trust.SYSTEM, channel="push", address="t", hard=True
            ),
            "start": lambda at: story.happens("Start", at),
            "stop": lambda at: story.happens("Stop", at),
            "paid": lambda at: story.happens("Paid", at, total=10),
            "refunded": lambda at: story.happens("Paid", at, total=-1),
            "city": lambda at: story.identify(at, city="Cork"),
            "no city": lambda at: story.identify(at, city=None),
        }
        story.happens("Other")
        changes[change](NOON + MINUTE)
        changes[back](NOON + HOUR)
        assert turns(story, "s") == [("in", MINUTE), ("out", HOUR)]


class TestNested:
    @staticmethod
    def test_a_segment_of_segments_turns_with_them_at_the_same_instant() -> None:
        segments = {"active": ACTIVE, "best": {"all": [{"segment": "vip"}, {"segment": "active"}]}, "vip": VIP}
        story = Story(a_playbook(segments=segments))
        story.identify(tier="gold")
        story.happens("Seen", NOON + MINUTE)
        story.time_comes(NOON + MINUTE + HOUR)
        assert turns(story, "best") == [("in", MINUTE), ("out", MINUTE + HOUR)]

    @staticmethod
    def test_of_two_that_turn_against_each_other_at_one_instant_none_flickers() -> None:
        segments = {"a": ACTIVE, "b": LAPSED, "either": {"any": [{"segment": "a"}, {"segment": "b"}]}}
        story = Story(a_playbook(segments=segments))
        story.happens("Seen")
        story.time_comes(NOON + HOUR)
        assert turns(story, "either") == [("in", 0)]

    @staticmethod
    @pytest.mark.parametrize(
        ("files", "told"),
        [
            ({"a": {"segment": "a"}}, "a → a"),
            ({"a": {"segment": "b"}, "b": {"not": {"segment": "a"}}}, "a → b → a"),
            ({"a": {"segment": "b"}, "b": {"segment": "c"}, "c": {"any": [VIP, {"segment": "b"}]}}, "b → c → b"),
        ],
    )
    def test_a_cycle_is_refused(files: Any, told: str) -> None:
        _, found = read_playbook(plain_playbook({}, segments={name: {"if": asked} for name, asked in files.items()}))
        assert [(file, finding.path, finding.message) for file, finding in found] == [
            (f"segments/{told[0]}.yaml", ("if",), f"segments form no cycle, and these do: {told}")
        ]

    @staticmethod
    @pytest.mark.parametrize(
        ("file", "message"),
        [
            ({}, 'says not who is in it: give "if", a condition'),
            ({"if": {"segment": "vipp"}}, 'there is no segment "vipp", did you mean "vip"?'),
            ({"if": {"properties.x": 1}}, '"properties.x" means nothing here: there is no properties to look at'),
            ({"if": VIP, "iff": VIP}, 'unknown key "iff", did you mean "if"?'),
            ([], "expected a mapping, found a list"),
        ],
    )
    def test_a_faulty_file_is_told(file: Any, message: str) -> None:
        _, found = read_playbook(plain_playbook({}, segments={"vip": {"if": VIP}, "x": file}))
        assert [(name, finding.message) for name, finding in found] == [("segments/x.yaml", message)]

    @staticmethod
    def test_more_than_a_person_may_enter_in_one_write_are_refused() -> None:
        files = {f"s{number:03}": {"if": VIP} for number in range(MAX_SEGMENTS + 1)}
        [(file, finding)] = read_playbook(plain_playbook({}, segments=files))[1]
        assert (file, finding.message) == ("segments/s500.yaml", "501 segments; a playbook may have 500")

    @staticmethod
    def test_whoever_enters_all_of_them_finds_room_in_one_item() -> None:
        conditions = {f"{number:0{MAX_NAME}}": LAPSED for number in range(MAX_SEGMENTS)}
        story = Story(a_playbook(segments=conditions))
        story.happens("Other")
        assert len(json.dumps([*map(effect_to_dict, story.effects)])) < 300_000

    @staticmethod
    def test_a_name_too_long_to_keep_is_refused() -> None:
        _, found = read_playbook(plain_playbook({}, segments={"x" * 101: {"if": VIP}}))
        assert [finding.message for _, finding in found] == ["a segment's name has at most 100 characters"]


class TestInJourneys:
    @staticmethod
    def test_the_event_that_turns_it_counts_in_the_condition_of_an_entry() -> None:
        journey = a_journey(enter={"on": "Start", "if": {"not": {"segment": "known"}}})
        story = Story(a_playbook(segments={"known": {"did": {"event": "Start"}}}, j=journey))
        story.happens("Start")
        assert story.skipped() == ["condition"]

    @staticmethod
    def test_a_run_ends_the_moment_its_person_enters_by_time() -> None:
        journey = a_journey(exit={"if": {"segment": "lapsed"}}, steps=[{"wait": "2 days"}, {"exit": "late"}])
        story = Story(a_playbook(segments={"lapsed": LAPSED}, j=journey))
        story.happens("Seen")
        story.happens("Start", NOON + MINUTE)
        story.time_comes(NOON + HOUR)
        assert story.exits() == [("exit_condition", HOUR)]

    @staticmethod
    def test_a_trait_that_a_step_sets_turns_it_before_the_next_step() -> None:
        branch = {"if": {"segment": "vip"}, "then": [{"exit": "in"}], "else": [{"exit": "out"}]}
        story = Story(a_playbook(segments={"vip": VIP}, j=a_journey(steps=[{"set": {"traits.tier": "gold"}}, branch])))
        story.happens("Start")
        assert story.exits() == [("in", 0)]

    @staticmethod
    def test_the_end_of_a_run_turns_one_that_ends_another() -> None:
        other = a_journey(
            enter={"on": "Begin"}, exit={"if": {"not": {"segment": "busy"}}}, steps=[{"wait": "9 days"}, {"exit": "x"}]
        )
        story = Story(a_playbook(segments={"busy": {"in_journey": "j"}}, j=a_journey(), other=other))
        story.happens("Start")
        story.happens("Begin", NOON + MINUTE)
        story.happens("Stop", NOON + 2 * MINUTE)
        assert story.exits() == [("exit_event", 2 * MINUTE), ("exit_condition", 2 * MINUTE)]

    @staticmethod
    def test_entering_is_an_event_that_starts_a_journey_and_may_be_counted() -> None:
        journey = a_journey(enter={"on": "Segment Entered", "where": {"properties.segment": "vip"}})
        often = {"did": {"event": "Segment Entered", "where": {"properties.segment": "vip"}, "at_least": 2}}
        story = Story(a_playbook(segments={"vip": VIP, "fickle": often}, j=journey))
        story.identify(tier="gold")
        story.identify(NOON + MINUTE, tier="tin")
        story.identify(NOON + 2 * MINUTE, tier="gold")
        story.time_comes(NOON + HOUR)
        assert story.sent == [("hello", HOUR)]
        assert turns(story, "fickle") == [("in", 2 * MINUTE)]

    @staticmethod
    def test_however_many_are_entered_at_once_each_may_start_a_journey() -> None:
        segments = {f"s{number:03}": LAPSED for number in range(MAX_CASCADE + 50)}
        last = a_journey(enter={"segment": max(segments)}, exit=None)
        story = Story(a_playbook(segments=segments, last=last))
        story.happens("Other")
        assert len(story.told("segment_entered")) == len(segments)
        assert len(story.told("journey_entered")) == 1

    @staticmethod
    def test_a_journey_and_a_segment_that_chase_each_other_come_to_an_end() -> None:
        journey = a_journey(
            enter={"on": ["Start", "Segment Left"]}, exit={"if": {"segment": "busy"}}, steps=[{"wait": "1 hour"}]
        )
        story = Story(a_playbook(segments={"busy": {"in_journey": "j"}}, j=journey))
        story.happens("Start")
        assert story.told("cascade_cut")
        assert len(list(story.profile.runs)) < 300


class TestAnotherPlaybook:
    @staticmethod
    def test_a_new_segment_is_judged_at_the_next_occasion() -> None:
        story = Story(a_playbook(segments={}))
        story.identify(tier="gold")
        story.playbook = a_playbook(segments={"vip": VIP})
        story.happens("Other", NOON + HOUR)
        assert turns(story, "vip") == [("in", HOUR)]

    @staticmethod
    def test_one_that_is_gone_is_left() -> None:
        story = Story(a_playbook(segments={"vip": VIP, "active": ACTIVE}))
        story.identify(tier="gold")
        story.happens("Seen")
        story.playbook = a_playbook(segments={"other": LAPSED})
        story.happens("Other", NOON + MINUTE)
        assert turns(story, "vip")[-1] == ("out", MINUTE)
        assert turns(story, "active")[-1] == ("out", MINUTE)
        assert set(story.profile.turns) == {"other"}
        assert story.profile.segments == {}

    @staticmethod
    def test_a_changed_condition_turns_who_is_concerned() -> None:
        story = Story(a_playbook(segments={"vip": VIP}))
        story.identify(tier="silver")
        story.playbook = a_playbook(segments={"vip": {"traits.tier": ["gold", "silver"]}})
        story.time_comes(NOON + HOUR)
        assert turns(story, "vip") == [("in", HOUR)]


def test_an_event_asks_only_the_segments_that_it_may_turn() -> None:
    many = {f"other{n}": {"did": {"event": f"Other {n}"}, f"traits.t{n}": {"exists": True}} for n in range(400)}
    story = Story(a_playbook(segments={"active": ACTIVE, "vip": VIP, **many}))
    story.happens("Seen")

    def asked(event: Event) -> set[str]:
        decision = decide(story.playbook, story.profile, [event], event.received_at, explaining=True)
        questions = [one.details["question"] for one in decision.trace if one.kind == "judged"]
        return {question.split()[3] for question in questions if question.startswith("in the segment ")}

    traits = {"tier": "gold", "t7": 1}
    assert asked(an_event("Seen", id="m2", at=NOON + MINUTE)) == {"active"}
    assert asked(an_event("Nothing", id="m2")) == set()
    assert asked(an_event("User Identified", id="m2", type=EventType.IDENTIFY, traits=traits)) == {"vip", "other7"}


@pytest.mark.parametrize(
    ("plain", "needs"),
    [
        ({"traits.a.b": 1}, {"trait a"}),
        ({"traits.a": {"is": {"path": "traits.b"}}}, {"trait a", "trait b"}),
        ({"traits.a": {"in": ["x", {"path": "traits.b"}]}}, {"trait a", "trait b"}),
        ({"traits.a": {"exists": False}}, {"trait a"}),
        ({"traits.a": {"within_last": "1 day"}}, {"trait a"}),
        ({"any": [{"not": {"segment": "s"}}, {"in_journey": "j"}]}, {"segment s", "journey j"}),
        (
            {"all": [{"reachable": "sms"}, {"consents": {"channel": "sms", "topic": "t"}}]},
            {"address ", "consent ", "trait country", "trait address", "trait phone"},
        ),
    ],
)
def test_what_a_condition_looks_at(plain: Any, needs: set[str]) -> None:
    faults = Faults()
    condition = ConditionReader(faults, Aggregates(), ("traits",), References()).read(plain, ())
    assert not faults
    assert {f"{need.kind} {need.name}" for need in needs_of(condition)} == needs


def test_counts_and_sums_are_needs() -> None:
    faults = Faults()
    aggregates = Aggregates()
    plain = {"did": {"event": "A"}, "sum": {"event": "A", "of": "properties.x", "above": {"path": "traits.limit"}}}
    condition = ConditionReader(faults, aggregates, ("traits",), References()).read(plain, ())
    (count,), (total,) = aggregates.by_id, aggregates.totals
    expected = {Need(kind, name) for kind, name in [("count", count), ("sum", total), ("trait", "limit")]}  # type: ignore[arg-type]
    assert needs_of(condition) == expected


# whatever happens

SPAN = 8
SEGMENTS: Mapping[str, Any] = {
    "active": {"did": {"event": ["A", "B"], "within": "2 seconds"}},
    "keen": {"did": {"event": "A", "within": "5 seconds", "at_least": 2}},
    "spender": {"sum": {"event": "B", "of": "properties.x", "within": "3 seconds", "at_least": 2}},
    "quiet": {"did_not": {"event": "A", "within": "4 seconds"}, "traits.x": {"at_least": 1}},
    "mixed": {"any": [{"segment": "keen"}, {"all": [{"segment": "quiet"}, {"not": {"segment": "active"}}]}]},
    "gold": {"traits.x": 2},
}
JOURNEYS: Mapping[str, Any] = {
    "on_enter": a_journey(
        enter={"on": "Segment Entered", "where": {"properties.segment": "active"}},
        exit={"if": {"segment": "keen"}},
        steps=[
            {"wait": "1 second"},
            {"send": "hello", "via": ["email"]},
            {"set": {"traits.x": 2}},
            {"wait": "1 second"},
        ],
    ),
}
HAPPENINGS = st.lists(
    st.builds(
        lambda name, at, delay, x: an_event(
            name if name != "I" else "User Identified",
            type=EventType.IDENTIFY if name == "I" else EventType.TRACK,
            at=NOON + at * SECOND // 2,
            received_at=NOON + (at + delay) * SECOND // 2,
            properties={"x": x},
            traits={"x": x},
        ),
        st.sampled_from("ABI"),
        st.integers(0, 2 * SPAN),
        st.sampled_from([0, 0, 0, 1, 5]),
        st.integers(0, 2),
    ),
    max_size=10,
)


def in_order(events: Sequence[Event]) -> list[Event]:
    arrived = sorted(events, key=lambda event: event.received_at)
    return [an_event(**{**_fields(event), "id": f"m{index}"}) for index, event in enumerate(arrived)]


def _fields(event: Event) -> dict[str, Any]:
    return {name: getattr(event, name) for name in type(event).__dataclass_fields__}


@pytest.fixture(scope="module")
def playbook() -> Playbook:
    return a_playbook(segments=SEGMENTS, **JOURNEYS)


@settings(max_examples=300, deadline=None)
@given(HAPPENINGS, st.lists(st.integers(0, 10), max_size=4))
def test_however_events_are_split_and_wake_ups_come_the_same_turns_follow(
    playbook: Playbook, happenings: list[Event], cuts: list[int]
) -> None:
    events = in_order(happenings)
    until = NOON + 40 * SECOND
    one_by_one = replay(playbook, a_profile(), [[event] for event in events], until)
    bounds = [0, *sorted(min(cut, len(events)) for cut in cuts), len(events)]
    batches = [events[start:end] for start, end in pairwise(bounds)]
    unwoken = Story(playbook)
    for batch in batches:
        if batch:
            unwoken.take(batch, batch[-1].received_at)
    unwoken.time_comes(until)
    assert unwoken.trace == one_by_one.trace
    assert replace(lasting(unwoken.profile), decided_at=0) == replace(lasting(one_by_one.profile), decided_at=0)


@settings(max_examples=300, deadline=None)
@given(HAPPENINGS)
def test_turns_alternate_and_the_profile_agrees(playbook: Playbook, happenings: list[Event]) -> None:
    story = replay(playbook, a_profile(), [[event] for event in in_order(happenings)], NOON + 40 * SECOND)
    for name in SEGMENTS:
        told = [kind for kind, _ in turns(story, name)]
        assert told == (["in", "out"] * len(told))[: len(told)]
        assert (name in story.profile.segments) is (len(told) % 2 == 1)
    changes = [effect for effect in story.effects if isinstance(effect, SegmentChange)]
    assert len(changes) == sum(len(turns(story, name)) for name in SEGMENTS)


def wake_ups(story: Story) -> Instant | None:
    return story.profile.wake_at


def test_a_day_later_nothing_is_left_to_wake_for(playbook: Playbook) -> None:
    story = replay(playbook, a_profile(), [[an_event("A")], [an_event("B", id="m2", properties={"x": 2})]], NOON + DAY)
    assert wake_ups(story) is None
    assert not story.profile.turns
