"""Journeys: every sentence of the contract's list, told as the recording of a life and what it led to."""

from typing import Any

import pytest

from shared.domain.timing import DAY, HOUR, MINUTE, Duration
from tests.unit.language.public_way import HEAD, STEPS, Told, event, faults_of, journey, person, simulate

END = 40 * DAY
KEYED = "purpose: marketing\ntopic: news\nkey: properties.cart\nenter: {on: Start}\nexit: {on: [Stop]}\n"
UNKEYED = HEAD + "exit: {on: Stop}\n"


def told(text: str, *lines: Any, until: Duration = END, head: str = "", **others: str) -> Told:
    files = {"journeys/j.yaml": head + text} | {f"journeys/{name}.yaml": other for name, other in others.items()}
    return simulate(files, person(-1), *lines, until=until)


# --- an exit event ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stops", "exits"),
    [
        (event("Stop", MINUTE), [("exit_event", MINUTE)]),
        (event("Stop", 0), [("exit_event", 0)]),
        (event("Stop", 0, arrives=5), [("exit_event", 5)]),
        (event("Stop", 1, arrives=MINUTE), [("exit_event", MINUTE)]),
        (event("Stop", -1, arrives=5), [("completed", HOUR)]),
        (event("Stop", HOUR, arrives=HOUR), [("completed", HOUR)]),  # a timer goes before an event
        (event("Stop", HOUR - 1), [("exit_event", HOUR - 1)]),
    ],
    ids=["later", "equal, after it", "equal, arrives later", "later, late", "older", "at the send", "just before it"],
)
@pytest.mark.parametrize(("head", "key"), [(KEYED, {"cart": "c1"}), (UNKEYED, {})], ids=["keyed", "unkeyed"])
def test_an_exit_event_not_older_than_the_entry_ends_the_run_when_it_arrives(
    stops: dict[str, Any], exits: list[Any], head: str, key: dict[str, Any]
) -> None:
    stops = stops | {"properties": key}
    found = told(STEPS, event("Start", **key), stops, head=head)
    assert found.exits == exits
    assert found.sent == ([("hello", HOUR)] if exits[0][0] == "completed" else [])


@pytest.mark.parametrize(
    ("stops_at", "skipped"), [(0, ["exit_event"]), (1, ["exit_event"]), (-1, []), (9 * MINUTE, ["exit_event"])]
)
def test_an_exit_event_that_arrived_first_prevents_the_run(stops_at: Duration, skipped: list[str]) -> None:
    found = told(
        STEPS,
        event("Stop", stops_at, arrives=9 * MINUTE, cart="c1"),
        event("Start", arrives=10 * MINUTE, cart="c1"),
        head=KEYED,
    )
    assert found.skipped == skipped
    assert found.entered == ([] if skipped else [10 * MINUTE])


def test_a_prevented_entry_is_no_run() -> None:
    """Nothing enters, nothing exits, and ``reenter: never`` lets the next one in."""
    found = told(
        "reenter: never\n" + STEPS,
        event("Stop", 1, cart="c1"),
        event("Start", 0, arrives=2, cart="c1"),
        event("Start", HOUR, cart="c1"),
        head=KEYED,
    )
    assert (found.skipped, found.entered, found.exits) == (["exit_event"], [HOUR], [("completed", 2 * HOUR)])


def test_entry_and_exit_at_one_timestamp_entry_first_enters_then_exits() -> None:
    found = told(STEPS, event("Start", cart="c1"), event("Stop", cart="c1"), head=KEYED)
    assert [row["type"] for row in found.rows] == ["journey_entered", "journey_exited"]
    assert found.exits == [("exit_event", 0)]


@pytest.mark.parametrize(
    ("properties", "ends"),
    [
        ({"cart": "c1"}, True),
        ({"cart": "c2"}, False),
        ({"cart": "C1"}, False),
        ({}, False),
        ({"cart": None}, False),
        ({"cart": ["c1"]}, False),
    ],
)
def test_with_a_key_only_an_event_whose_key_is_the_same_ends_the_run(properties: dict[str, Any], ends: bool) -> None:
    found = told(STEPS, event("Start", cart="c1"), event("Stop", MINUTE, **properties), head=KEYED)
    assert found.exits == ([("exit_event", MINUTE)] if ends else [("completed", HOUR)])


@pytest.mark.parametrize("properties", [{}, {"cart": None}, {"cart": {}}, {"cart": []}])
def test_an_event_without_the_keys_value_starts_no_run(properties: dict[str, Any]) -> None:
    found = told(STEPS, event("Start", **properties), head=KEYED)
    assert (found.skipped, found.entered) == (["no_key"], [])


@pytest.mark.parametrize(("key", "told_as"), [("c1", "c1"), (7, 7), (7.0, 7), (True, True), (1.5, 1.5)])
def test_a_runs_key_is_the_value_in_the_event(key: Any, told_as: Any) -> None:
    assert told(STEPS, event("Start", cart=key), head=KEYED).of("journey_entered", "key") == [told_as]


def test_without_a_key_there_is_one_run_a_person_and_its_key_is_null() -> None:
    found = told(STEPS, event("Start", cart=1), event("Start", 1, cart=2), head=UNKEYED)
    assert (found.of("journey_entered", "key"), found.skipped) == ([None], ["running"])


def test_with_a_key_there_is_one_run_a_key() -> None:
    found = told(STEPS, event("Start", cart=1), event("Start", 1, cart=2), event("Start", 2, cart=1), head=KEYED)
    assert (found.of("journey_entered", "key"), found.skipped) == ([1, 2], ["running"])


@pytest.mark.parametrize(
    ("condition", "lines", "at"),
    [
        ("{traits.staff: true}", [person(MINUTE, staff=True)], MINUTE),
        ("{traits.staff: true}", [person(-1, staff=True)], 0),
        ("{did: {event: Seen, at_least: 2}}", [event("Seen", 1), event("Seen", 2)], 2),
        ("{did_not: {event: Seen, within: 30 minutes}}", [event("Seen")], 30 * MINUTE),
        ("{in_journey: other}", [event("Begin", 7)], 7),
        ("{not: {in_journey: other}}", [event("Begin", -50 * MINUTE)], 10 * MINUTE),
        ("{entry.properties.n: {is: {path: traits.n}}}", [person(3, n=1)], 3),
        ("{reachable: sms}", [person(4, phone="+353861234567")], 4),
        ("{not: {consents: {channel: email, topic: news}}}", [event("Unsubscribed", 6)], 6),
    ],
)
def test_an_exit_condition_ends_the_run_the_moment_it_becomes_true(
    condition: str, lines: list[Any], at: Duration
) -> None:
    other = "purpose: transactional\nenter: {on: Begin}\nsteps: [{wait: 1 hour}]\n"
    start = event("Start", n=1)
    lines = sorted([*lines, start], key=lambda line: (line["timestamp"], line is start))
    found = told(f"exit: {{if: {condition}}}\n" + STEPS, *lines, head=HEAD, other=other)
    ends = [(at, reason) for name, reason, at in found.of("journey_exited", "journey", "reason", "at") if name == "j"]
    assert ends == [(at, "exit_condition")]
    assert found.sent == []


# --- a run's clock, entering again -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arrives", "sent"),
    [(0, HOUR), (HOUR - 1, HOUR), (HOUR, HOUR), (HOUR + 1, HOUR + 1), (DAY, DAY)],
)
def test_a_runs_clock_starts_at_its_entry_events_timestamp(arrives: Duration, sent: Duration) -> None:
    """A wait that is already over continues at once."""
    found = told(STEPS, event("Start", arrives=arrives), head=HEAD)
    assert (found.entered, found.sent) == ([arrives], [("hello", sent)])


@pytest.mark.parametrize(("late", "entered"), [(DAY, True), (DAY + 1, False)])
def test_an_event_more_than_24_hours_late_starts_no_run_and_counts_for_conditions(
    late: Duration, entered: bool
) -> None:
    counting = HEAD.replace("Start", "Look") + "steps: [{if: {did: {event: Start}}, then: [{exit: counted}]}]\n"
    found = told(STEPS, event("Start", arrives=late), event("Look", late + 1), head=HEAD, counting=counting)
    assert found.of("journey_exited", "journey", "reason")[-1] == ("counting", "counted")
    assert found.of("journey_entered", "journey") == (["j", "counting"] if entered else ["counting"])
    assert found.skipped == ([] if entered else ["late"])


@pytest.mark.parametrize(("again", "entered"), [(DAY - 1, 1), (DAY, 1), (DAY + 1, 1), (3 * DAY, 1)])
def test_an_entry_event_never_starts_a_second_run(again: Duration, entered: int) -> None:
    """Known by its id for 24 hours, and too late to enter afterwards."""
    start = event("Start", messageId="one")
    repeated = event("Start", 0, arrives=again, messageId="one")
    assert len(told(STEPS, start, repeated, head=HEAD).entered) == entered


@pytest.mark.parametrize(
    ("reenter", "again", "entered"),
    [
        ("", HOUR - 1, False),
        ("", HOUR, True),
        ("reenter: always\n", HOUR, True),
        ("reenter: never\n", HOUR, False),
        ("reenter: never\n", 39 * DAY, False),
        ("reenter: {after: 7 days}\n", HOUR + 7 * DAY - 1, False),
        ("reenter: {after: 7 days}\n", HOUR + 7 * DAY, True),
    ],
)
def test_reentry_counts_from_the_end_of_the_last_run_and_exactly_then_is_allowed(
    reenter: str, again: Duration, entered: bool
) -> None:
    found = told(reenter + STEPS, event("Start"), event("Start", again), head=HEAD)
    assert found.entered == ([0, again] if entered else [0])
    assert found.skipped == ([] if entered else ["running" if again < HOUR else "reenter"])


@pytest.mark.parametrize(("again", "entered"), [(10 + DAY - 1, False), (10 + DAY, True)])
def test_for_an_exit_event_the_end_is_its_timestamp_not_its_arrival(again: Duration, entered: bool) -> None:
    found = told(
        "reenter: {after: 1 day}\n" + STEPS,
        event("Start", cart=1),
        event("Stop", 10, arrives=30 * MINUTE, cart=1),
        event("Start", again, cart=1),
        head=KEYED,
    )
    assert (len(found.entered) == 2) is entered


def test_reentry_counts_by_key() -> None:
    found = told(
        "reenter: never\n" + STEPS, event("Start", cart=1), event("Start", DAY, cart=2), event("Start", DAY, cart=1),
        head=KEYED,
    )  # fmt: skip
    assert (found.of("journey_entered", "key"), found.skipped) == ([1, 2], ["reenter"])


# --- entering: where tests the event, if the person ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("enter", "entered"),
    [
        ("{on: Start}", True),
        ("{on: [Other, Start]}", True),
        ("{on: start}", False),
        ("{on: Start, where: {properties.n: 1}}", True),
        ("{on: Start, where: {properties.n: 2}}", False),
        ("{on: Start, where: {properties.missing: 1}}", False),
        ("{on: Start, if: {traits.vip: true}}", True),
        ("{on: Start, if: {traits.vip: false}}", False),
        ("{on: Start, where: {properties.n: 1}, if: {traits.vip: false}}", False),
        ("{on: Start, where: {properties.n: 1}, if: {traits.vip: true}}", True),
        ("{on: Start, if: {did: {event: Start}}}", True),  # the event at hand has happened
    ],
)
def test_where_tests_the_event_and_if_the_profile(enter: str, entered: bool) -> None:
    head = f"purpose: transactional\nenter: {enter}\n"
    found = simulate({"journeys/j.yaml": head + STEPS}, person(-1, vip=True), event("Start", n=1), until=END)
    assert bool(found.entered) is entered


# --- goals, holdout, splits ------------------------------------------------------------------------------------------

GOAL = "goal: {on: Bought, within: 5 days}\n"


@pytest.mark.parametrize(
    ("lines", "reached"),
    [
        ([event("Bought", 5 * DAY, cart=1)], [5 * DAY]),
        ([event("Bought", 5 * DAY + 1, cart=1)], []),
        ([event("Bought", 1, cart=1)], [1]),
        ([event("Bought", 0, cart=1)], [0]),
        ([event("Bought", -1, arrives=1, cart=1)], []),
        ([event("Bought", 5 * DAY, arrives=6 * DAY, cart=1)], [6 * DAY]),
        ([event("Bought", 1, cart=2)], []),
        ([event("Bought", 1)], []),
        ([event("Bought", 1, cart=1), event("Bought", 2, cart=1)], [1]),
        ([event("Stop", 1, cart=1), event("Bought", DAY, cart=1)], [DAY]),
    ],
    ids=[
        "inclusive", "too late", "within", "at once", "before the entry", "late", "another key", "no key", "once a run",
        "after the end",
    ],
)  # fmt: skip
def test_a_goal_counts_within_its_time_of_the_entry_for_the_same_key_once(
    lines: list[Any], reached: list[Duration]
) -> None:
    found = told(GOAL + STEPS, event("Start", cart=1), *lines, head=KEYED)
    assert found.of("goal_reached", "at") == reached


def test_a_holdout_enters_is_measured_and_is_sent_nothing() -> None:
    found = told("holdout: 100%\n" + GOAL + STEPS, event("Start"), event("Bought", DAY), head=HEAD)
    assert found.of("journey_entered", "variant") == ["holdout"]
    assert (found.sent, found.of("goal_reached", "at")) == ([], [DAY])


SPLIT = "{split: {a: {weight: 1, steps: [{exit: a}]}, b: {weight: 1, steps: [{exit: b}]}}}"


def arms(text: str, *, name: str = "j", people: int = 60, wait: Duration = 0) -> list[str]:
    """Which way each person goes, in their order."""
    lines = [event("Start", wait, userId=f"u{number}", messageId=str(number)) for number in range(people)]
    found = simulate({f"journeys/{name}.yaml": HEAD + text}, *lines, until=END)
    reasons: dict[str, str] = dict(found.of("journey_exited", "profile", "reason"))
    return [reasons[f"u{number}"] for number in range(people)]


def test_a_split_is_fixed_for_a_person_whatever_the_time_or_order_or_the_edits_elsewhere() -> None:
    first = arms(f"steps: [{SPLIT}]\n")
    assert set(first) == {"a", "b"}
    assert arms(f"steps: [{SPLIT}]\n", wait=DAY) == first
    assert arms(f"title: Edited\npriority: 9\nholdout: 0%\nexit: {{on: Never}}\nsteps: [{SPLIT}]\n") == first
    assert arms(f"steps: [{SPLIT}]\n", people=20) == first[:20]


def test_by_its_name_a_split_stays_when_its_step_moves() -> None:
    named = SPLIT[:-1] + ", name: offer}"
    first = arms(f"steps: [{named}]\n")
    assert arms(f"steps: [{{wait: 1 hour}}, {named}]\n") == first
    assert arms(f"steps: [{{wait: 1 hour}}, {SPLIT}]\n") != arms(f"steps: [{SPLIT}]\n")


def test_splits_and_holdouts_are_independent_of_each_other() -> None:
    nested = f"{{split: {{x: {{weight: 1, steps: [{SPLIT}]}}, y: {{weight: 1, steps: [{SPLIT}]}}}}}}"
    assert arms(f"steps: [{SPLIT}]\n") != arms(f"steps: [{nested}]\n")
    assert arms(f"steps: [{SPLIT}]\n") != arms(f"steps: [{SPLIT}]\n", name="k")


@pytest.mark.parametrize(
    ("weights", "ways"), [("[1, 0]", {"a"}), ("[0, 1]", {"b"}), ("[1, 1]", {"a", "b"}), ("[99, 1]", {"a", "b"})]
)
def test_weights_are_shares(weights: str, ways: set[str]) -> None:
    one, two = weights.strip("[]").split(", ")
    ways_to_go = f"a: {{weight: {one}, steps: [{{exit: a}}]}}, b: {{weight: {two}, steps: [{{exit: b}}]}}"
    text = f"steps: [{{split: {{{ways_to_go}}}}}]\n"
    assert set(arms(text, people=600)) == ways


def test_in_steps_properties_is_an_error_that_suggests_the_entry() -> None:
    (fault,) = faults_of(journey("steps:\n  - if: {properties.n: 1}\n    then: [{exit: x}]\n"))
    assert fault.startswith("journeys/j.yaml:5: steps.0.if")
    assert "entry.properties.n" in fault


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("steps:\n  - wait: 1 hour\n    exit: x\n", "steps.0"),
        ("steps:\n  - {}\n", "steps.0"),
        ("steps:\n  - split: {a: {weight: 0, steps: []}, b: {weight: 0, steps: []}}\n", "steps.0.split"),
        ("steps:\n  - split: {a: {weight: -1, steps: []}, b: {weight: 2, steps: []}}\n", "steps.0.split.a.weight"),
        ("steps:\n  - split: {a: {weight: 0.5, steps: []}, b: {weight: 2, steps: []}}\n", "steps.0.split.a.weight"),
        ("steps:\n  - {wait: 1 hour, name: x}\n  - {wait: 1 hour, name: x}\n", "steps.1"),
        ("steps:\n  - await: {on: A}\n    then: [{exit: x}]\n", "steps.0"),
    ],
    ids=["two verbs", "no verb", "no weight", "negative", "a fraction", "a name twice", "no timeout"],
)
def test_a_step_that_is_none_is_an_error(text: str, where: str) -> None:
    faults = faults_of(journey(text))
    assert any(f": {where}" in fault for fault in faults), faults


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{}\n", "steps: expected a list of steps, found nothing"),
        (HEAD + "exit: {}\n" + STEPS, "exit: says not what ends a run"),
        (HEAD + "exit: {on: []}\n" + STEPS, "exit.on: the list is empty"),
        (HEAD + "exit: {if: {}}\n" + STEPS, "exit.if: the condition is empty"),
        (HEAD + "goal: {on: Bought}\n" + STEPS, "goal.within: expected a duration"),
        (HEAD + "steps: []\n", "steps: expected a list of steps"),
        (HEAD + "steps: [{split: {}}]\n", "steps.0.split: the weights add up to nothing"),
        (HEAD + "steps: [{choose: []}]\n", "steps.0.choose: expected a list of cases"),
        (HEAD + "steps: [{if: {traits.x: 1}, then: []}]\n", "steps.0.then: expected a list of steps"),
        (HEAD + "key: properties.carts.*.id\n" + STEPS, 'key: "properties.carts.*.id" leads to many values'),
        (HEAD + "key: traits.cart\n" + STEPS, "key: "),
        (HEAD + "priority: 101\n" + STEPS, "priority: expected a whole number from 0 to 100"),
        (HEAD + "holdout: 101%\n" + STEPS, "holdout: expected a percentage"),
        (HEAD + "reenter: sometimes\n" + STEPS, "reenter: expected one of"),
        ("purpose: marketing\nenter: {on: A}\n" + STEPS, "a marketing journey needs a topic"),
        ("purpose: marketing\ntopic: nws\nenter: {on: A}\n" + STEPS, 'topic: policy.yaml has no topic "nws"'),
        ("purpose: promo\nenter: {on: A}\n" + STEPS, "purpose: expected one of"),
        ("purpose: transactional\nenter: {}\n" + STEPS, "enter: says not when people enter"),
        ("purpose: transactional\nenter: {on: A, iff: {traits.x: 1}}\n" + STEPS, 'enter: unknown key "iff"'),
        (HEAD + "exits: {on: A}\n" + STEPS, 'unknown key "exits", did you mean "exit"?'),
    ],
)  # fmt: skip
def test_what_says_nothing_or_nonsense_is_an_error(text: str, fault: str) -> None:
    faults = faults_of({"journeys/j.yaml": text})
    assert any(fault in line for line in faults), faults
