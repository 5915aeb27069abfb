"""The step ``start``: a journey that another begins, what it knows, what keeps it out, and circles."""

from typing import Any

import pytest

from shared.domain.draft import MAX_CASCADE
from shared.domain.playbook import read_playbook
from shared.domain.timing import DAY, HOUR, MINUTE, format_instant
from tests.builders import NOON, a_profile
from tests.stories import Story, a_journey, a_playbook, plain_playbook

HELLO = {"send": "hello", "via": ["email"]}
BYE = {"send": "bye", "via": ["email"]}


def a_started(**changes: Any) -> dict[str, Any]:
    """A journey that only others start."""
    return a_journey(**({"enter": None, "exit": None, "steps": [{"wait": "1 hour"}, BYE]} | changes))


def faults_of(**journeys: Any) -> list[tuple[str, str, str]]:
    _, found = read_playbook(plain_playbook(journeys))
    return [(file.removeprefix("journeys/"), ".".join(finding.path), finding.message) for file, finding in found]


def rows(story: Story) -> list[tuple[str, str, int]]:
    kinds = {"journey_entered", "journey_exited", "entry_skipped", "send"}
    return [(one.kind, one.details["journey"], one.at - NOON) for one in story.trace if one.kind in kinds]


def test_the_other_journey_begins_at_that_instant_and_the_run_goes_on_at_once() -> None:
    story = Story(
        a_playbook(a=a_journey(steps=[{"wait": "1 hour"}, {"start": "b"}, {"exit": "handed_over"}]), b=a_started())
    )
    story.happens("Start")
    story.time_comes(NOON + DAY)

    assert rows(story) == [
        ("journey_entered", "a", 0),
        ("journey_entered", "b", HOUR),
        ("journey_exited", "a", HOUR),
        ("send", "b", 2 * HOUR),
        ("journey_exited", "b", 2 * HOUR),
    ]


def test_the_run_sees_what_it_started() -> None:
    steps = [{"start": "b"}, {"if": {"in_journey": "b"}, "then": [HELLO]}]
    story = Story(a_playbook(a=a_journey(steps=steps), b=a_started()))
    story.happens("Start")

    assert story.sent == [("hello", 0)]


def test_the_started_run_has_the_entry_event_of_the_run_that_started_it() -> None:
    asks = {"if": {"entry.properties.plan": "gold"}, "then": [{"start": "c"}]}
    journeys = {
        "a": a_journey(steps=[{"wait": "1 hour"}, {"start": "b"}]),
        "b": a_started(steps=[{"wait": "1 hour"}, asks]),
        "c": a_started(
            key="properties.order.id", steps=[{"wait": "1 hour"}, {"set": {"traits.x": {"path": "entry.context.ip"}}}]
        ),
    }
    story = Story(a_playbook(**journeys))
    story.happens("Start", plan="gold", order={"id": "o1"}, other=1, context={"ip": "::1", "os": "x"})
    [run] = story.profile.runs.values()
    assert run.entry["properties"] == {"plan": "gold", "order": {"id": "o1"}}
    assert run.entry["context"] == {"ip": "::1"}
    story.time_comes(NOON + 2 * HOUR)

    started = next(run for run in story.profile.runs.values() if run.journey == "c")
    assert started.key == '"o1"'
    assert started.entered_at == NOON + 2 * HOUR
    assert started.entry == {
        "event": "Start",
        "timestamp": format_instant(NOON),
        "properties": {},
        "context": {"ip": "::1"},
    }
    story.time_comes(NOON + DAY)
    assert story.profile.traits["x"] == "::1"


@pytest.mark.parametrize(
    ("b", "reason"),
    [
        ({"enter": {"on": "Other", "if": {"traits.vip": True}}}, "condition"),
        ({"enter": {"on": "Start"}}, "running"),
        ({"key": "properties.cart_id"}, "no_key"),
        ({"enter": {"on": "Start"}, "reenter": "never", "steps": [{"exit": "done"}]}, "reenter"),
    ],
)
def test_the_rules_of_entry_hold_for_a_start_too(b: dict[str, Any], reason: str) -> None:
    story = Story(a_playbook(a=a_journey(steps=[{"wait": "1 minute"}, {"start": "b"}]), b=a_started(**b)))
    story.happens("Start")
    story.time_comes(NOON + MINUTE)

    assert [(one["journey"], one["reason"]) for one in story.told("entry_skipped")] == [("b", reason)]


def test_where_is_not_asked_for_it_tests_an_event() -> None:
    b = a_started(enter={"on": "Other", "where": {"properties.x": 1}})
    story = Story(a_playbook(a=a_journey(steps=[{"start": "b"}]), b=b))
    story.happens("Start")

    assert story.skipped() == []
    assert [one["journey"] for one in story.told("journey_entered")] == ["a", "b"]


def test_an_entry_event_of_more_than_a_day_ago_is_not_late_for_a_start() -> None:
    story = Story(a_playbook(a=a_journey(steps=[{"wait": "2 days"}, {"start": "b"}]), b=a_started()))
    story.happens("Start")
    story.time_comes(NOON + 3 * DAY)

    assert story.sent == [("bye", 2 * DAY + HOUR)]


def test_a_late_event_starts_the_other_when_it_would_have_begun() -> None:
    story = Story(a_playbook(a=a_journey(steps=[{"wait": "1 hour"}, {"start": "b"}]), b=a_started(exit={"on": "Stop"})))
    story.happens("Stop", at=NOON + HOUR + MINUTE)
    story.happens("Start", at=NOON, arrives=NOON + 2 * HOUR)

    assert story.skipped() == ["exit_event"]


def test_the_goal_of_the_started_counts_from_its_own_beginning() -> None:
    b = a_started(goal={"on": "Order Completed", "within": "1 hour"})
    story = Story(a_playbook(a=a_journey(steps=[{"wait": "1 day"}, {"start": "b"}]), b=b))
    story.happens("Start")
    story.happens("Order Completed", at=NOON + DAY + HOUR)

    assert [one["journey"] for one in story.told("goal_reached")] == ["b"]


def test_an_exit_condition_that_holds_ends_what_was_started_before_its_first_step() -> None:
    b = a_started(exit={"if": {"traits.firstName": "Ana"}}, steps=[BYE])
    story = Story(a_playbook(a=a_journey(steps=[{"start": "b"}]), b=b), a_profile())
    story.happens("Start")

    assert story.sent == []
    assert ("exit_condition", 0) in story.exits()


def test_journeys_may_start_each_other_round_and_round_with_a_wait_between() -> None:
    a = a_journey(steps=[HELLO, {"wait": "1 day"}, {"start": "b"}])
    b = a_started(steps=[{"wait": "1 hour"}, {"start": "a"}])
    story = Story(a_playbook(a=a, b=b))
    story.happens("Start")
    story.time_comes(NOON + 3 * DAY)

    assert story.sent == [("hello", 0), ("hello", DAY + HOUR), ("hello", 2 * DAY + 2 * HOUR)]


def test_a_journey_that_starts_itself_begins_again() -> None:
    story = Story(a_playbook(a=a_journey(steps=[{"wait": "1 day"}, HELLO, {"start": "a"}])))
    story.happens("Start")
    story.time_comes(NOON + 3 * DAY)

    assert story.sent == [("hello", DAY), ("hello", 2 * DAY), ("hello", 3 * DAY)]
    assert story.skipped() == []
    assert len([run for run in story.profile.runs.values() if run.is_live]) == 1


def test_even_starts_that_double_at_every_level_begin_one_run_of_each() -> None:
    journeys = {f"j{n}": a_started(steps=[{"start": f"j{n + 1}"}] * 2) for n in range(1, 12)}
    last = a_started(steps=[{"exit": "done"}])
    story = Story(a_playbook(j0=a_journey(steps=[{"start": "j1"}] * 2), j12=last, **journeys))
    story.happens("Start")

    assert len(story.told("journey_entered")) == 13
    assert set(story.skipped()) == {"running"}


def test_the_starts_of_one_instant_come_to_an_end() -> None:
    long = MAX_CASCADE + 10
    journeys = {f"j{n:03}": a_started(steps=[{"start": f"j{n + 1:03}"}]) for n in range(1, long)}
    last = {f"j{long:03}": a_started(steps=[{"exit": "done"}])}
    story = Story(a_playbook(j000=a_journey(steps=[{"start": "j001"}]), **journeys, **last))
    story.happens("Start")
    assert len(story.told("journey_entered")) == MAX_CASCADE + 1
    assert story.skipped() == ["too_many_starts"]
    assert not [run for run in story.profile.runs.values() if run.is_live]

    story.happens("Start", NOON + HOUR)
    assert len(story.told("journey_entered")) == 2 * (MAX_CASCADE + 1)


# --- what the check says ---------------------------------------------------------------------------------------------


def test_an_unknown_journey_is_told_with_what_was_meant() -> None:
    found = faults_of(a=a_journey(steps=[{"start": "welcom"}]), welcome=a_journey())

    assert found == [("a.yaml", "steps.0.start", 'there is no journey "welcom", did you mean "welcome"?')]


@pytest.mark.parametrize(
    ("journeys", "file", "path", "message"),
    [
        ({"a": a_started()}, "a.yaml", "", "nobody ever enters"),
        (
            {"a": a_started(steps=[{"wait": "1 day"}, {"start": "a"}])},
            "a.yaml",
            "",
            "nobody ever enters",
        ),
        (
            {"a": a_journey(steps=[{"wait": "1 day"}, {"start": "a"}, HELLO])},
            "a.yaml",
            "steps.1",
            "its own run is in the way",
        ),
        ({"a": a_journey(steps=[HELLO, {"start": "a"}])}, "a.yaml", "steps.1", "goes round without waiting: a → a;"),
        (
            {
                "a": a_journey(steps=[{"start": "b"}]),
                "b": a_started(steps=[{"if": {"traits.x": 1}, "then": [{"wait": "1 day"}]}, {"start": "c"}]),
                "c": a_started(steps=[{"wait": {"until": "09:00"}}, {"start": "a"}]),
            },
            "a.yaml",
            "steps.0",
            "goes round without waiting: a → b → c → a;",
        ),
        (
            {
                "a": a_journey(steps=[{"start": "b"}]),
                "b": a_started(
                    steps=[
                        {"split": {"x": {"weight": 1, "steps": [{"start": "a"}]}, "y": {"weight": 1, "steps": [BYE]}}}
                    ]
                ),
            },
            "a.yaml",
            "steps.0",
            "goes round without waiting: a → b → a;",
        ),
    ],
)
def test_what_is_wrong_between_journeys_is_told(journeys: dict[str, Any], file: str, path: str, message: str) -> None:
    [(where, place, text)] = faults_of(**journeys)
    assert (where, place) == (file, path)
    assert message in text


def test_a_circle_with_a_wait_for_an_answer_is_none() -> None:
    waits = {"await": {"on": "Message Clicked"}, "timeout": "1 day", "else": [{"start": "a"}]}

    assert faults_of(a=a_journey(steps=[HELLO, {"start": "b"}]), b=a_started(steps=[waits])) == []


def test_where_a_journey_could_not_be_read_nobody_is_said_to_be_left_out() -> None:
    assert [fault for fault in faults_of(a=None, b=a_started()) if "nobody" in fault[2]] == []
