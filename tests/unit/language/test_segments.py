"""Segments: who is in them from which instant to which, what others hear of it, and what is no segment."""

from typing import Any

import pytest

from shared.domain.timing import DAY, HOUR, Duration
from tests.unit.language.judging import of_a_person
from tests.unit.language.public_way import HEAD, event, faults_of, person, simulate

END = 30 * DAY
LAPSING = """\
title: Lapsing VIP
if:
  sum: {event: Order Completed, of: properties.revenue, within: 20 days, at_least: 500}
  did_not: {event: Order Completed, within: 5 days}
"""


def turns(condition: str, *lines: Any, until: Duration = END) -> list[tuple[str, Duration]]:
    """What is told of the segment ``s``: entered or left, and when."""
    found = simulate({"segments/s.yaml": condition}, *lines, until=until)
    return [(row["type"].removeprefix("segment_"), row["at"]) for row in found.rows]


def test_the_contracts_own_example_comes_and_goes_with_time_alone() -> None:
    lines = [event("Order Completed", 0, revenue=400), event("Order Completed", DAY, revenue=100)]
    assert turns(LAPSING, *lines) == [("entered", 6 * DAY), ("left", 20 * DAY)]
    again = [*lines, event("Order Completed", 7 * DAY, revenue=0)]
    assert turns(LAPSING, *again) == [
        ("entered", 6 * DAY),
        ("left", 7 * DAY),
        ("entered", 12 * DAY),
        ("left", 20 * DAY),
    ]


@pytest.mark.parametrize(
    ("condition", "lines", "expected"),
    [
        ("{did: {event: A, within: 1 hour}}", [event("A")], [("entered", 0), ("left", HOUR)]),
        ("{did: {event: A, within: 1 hour}}", [event("A"), event("A", 9)], [("entered", 0), ("left", HOUR + 9)]),
        ("{did: {event: A, within: 1 hour}}", [event("A", 0, arrives=7)], [("entered", 7), ("left", HOUR)]),
        ("{did: {event: A, within: 1 hour}}", [event("A", 0, arrives=HOUR)], []),
        # one ages out at the very instant of another: both turns happen
        (
            "{did: {event: A, within: 1 hour}}",
            [event("A"), event("A", HOUR)],
            [("entered", 0), ("left", HOUR), ("entered", HOUR), ("left", 2 * HOUR)],
        ),
        ("{traits.vip: true}", [person(1, vip=True), person(2, vip=False)], [("entered", 1), ("left", 2)]),
        ("{traits.vip: true}", [person(1, vip="true")], []),
        (
            "{traits.due: {within_next: 1 hour}}",
            [person(due="2026-11-02T15:00:00Z")],
            [("entered", 2 * HOUR), ("left", 3 * HOUR)],
        ),
        ("{not: {did: {event: A}}}", [event("B"), event("A", 5)], [("entered", 0), ("left", 5)]),
        # of somebody to whom nothing has happened yet, nothing holds
        ("{not: {did: {event: A}}}", [event("A")], []),
        ("{did_not: {event: A, within: 1 hour}}", [event("A", 3)], [("entered", HOUR + 3)]),
    ],
)
def test_people_enter_and_leave_at_the_instant_the_condition_turns(
    condition: str, lines: list[Any], expected: list[Any]
) -> None:
    assert turns(f"if: {condition}\n", *lines) == expected


def test_entering_and_leaving_are_events() -> None:
    files = {
        "segments/s.yaml": "if: {did: {event: A, within: 1 hour}}\n",
        "journeys/j.yaml": "purpose: transactional\nenter: {on: Segment Entered, where: {properties.segment: s}}\n"
        "exit: {on: Segment Left}\nsteps: [{wait: 1 day}]\n",
    }
    found = simulate(files, event("A"), until=END)
    assert (found.entered, found.exits) == ([0], [("exit_event", HOUR)])


@pytest.mark.parametrize(
    ("asked", "lines", "verdict"),
    [
        ("{segment: vip}", [person(-1, vip=True)], True),
        ("{segment: vip}", [person(-1, vip=False)], False),
        ("{segment: vip}", [], False),
        ("{not: {segment: vip}}", [person(-1, vip=1)], True),
        ("{segment: nested}", [person(-2, vip=True), event("A", -1)], True),
        ("{segment: nested}", [person(-2, vip=True), event("A", -HOUR)], False),
        ("{segment: nested}", [event("A", -1)], False),
    ],
)
def test_a_condition_may_ask_who_is_a_member_now(asked: str, lines: list[Any], verdict: bool) -> None:
    segments = {
        "segments/vip.yaml": "if: {traits.vip: true}\n",
        "segments/nested.yaml": "if: {segment: vip, did: {event: A, within: 1 hour}}\n",
    }
    assert of_a_person(asked, *lines, files=segments) is verdict


def test_nested_segments_turn_together() -> None:
    files = {
        "segments/a_outer.yaml": "if: {segment: z_inner}\n",
        "segments/z_inner.yaml": "if: {did: {event: A, within: 1 hour}}\n",
    }
    found = simulate(files, event("A"), until=END)
    assert sorted(found.of("segment_entered", "segment", "at")) == [("a_outer", 0), ("z_inner", 0)]
    assert sorted(found.of("segment_left", "segment", "at")) == [("a_outer", HOUR), ("z_inner", HOUR)]


@pytest.mark.parametrize(
    ("files", "fault"),
    [
        ({"a": "if: {segment: a}\n"}, "segments form no cycle"),
        ({"a": "if: {segment: b}\n", "b": "if: {not: {segment: a}}\n"}, "segments form no cycle"),
        ({"a": "if: {segment: c}\n"}, 'there is no segment "c"'),
        ({"a": "title: A\n"}, "says not who is in it"),
        ({"a": "{}\n"}, "says not who is in it"),
        ({"a": "if: {}\n"}, "if: the condition is empty"),
        ({"a": "when: {traits.x: 1}\n"}, 'unknown key "when"'),
        ({"a": "if: {entry.properties.x: 1}\n"}, "means nothing here"),
        ({"a": "if: {properties.x: 1}\n"}, "means nothing here"),
    ],
)
def test_what_is_no_segment_is_an_error(files: dict[str, str], fault: str) -> None:
    faults = faults_of({f"segments/{name}.yaml": text for name, text in files.items()})
    assert any(fault in line for line in faults), faults


def test_a_run_ends_the_moment_its_person_enters_a_segment() -> None:
    files = {
        "segments/quiet.yaml": "if: {did_not: {event: Seen, within: 30 minutes}}\n",
        "journeys/j.yaml": HEAD + "exit: {if: {segment: quiet}}\nsteps: [{wait: 1 hour}, {exit: over}]\n",
    }
    found = simulate(files, event("Seen"), event("Start", 1), until=END)
    assert found.exits == [("exit_condition", HOUR // 2)]
