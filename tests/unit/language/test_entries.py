"""Who enters a journey without an event of the storefront's: by a segment, by a date, or begun by another journey."""

from typing import Any

import pytest

from shared.domain.timing import DAY, HOUR, Duration, parse_instant
from tests.builders import NOON
from tests.unit.language.public_way import Told, event, faults_of, person, simulate

STEPS = "steps: [{wait: 1 hour}, {exit: over}]\n"


def after_noon(text: str) -> Duration:
    return parse_instant(text) - NOON


def told(enter: str, *lines: Any, until: Duration = 40 * DAY, rest: str = STEPS, **segments: str) -> Told:
    files = {"journeys/j.yaml": f"purpose: transactional\nenter: {enter}\n{rest}"}
    return simulate(files | {f"segments/{name}.yaml": text for name, text in segments.items()}, *lines, until=until)


# --- by a segment ----------------------------------------------------------------------------------------------------

RECENT = "if: {did: {event: Seen, within: 1 day}}\n"
IDLE = "if: {did_not: {event: Seen, within: 1 day}}\n"


@pytest.mark.parametrize(
    ("segment", "lines", "entered"),
    [
        (RECENT, [event("Seen")], [0]),
        (RECENT, [event("Seen"), event("Seen", 1)], [0]),  # already in it
        (RECENT, [event("Seen"), event("Seen", 3 * DAY)], [0, 3 * DAY]),
        (RECENT, [event("Other")], []),
        (IDLE, [event("Seen")], [DAY]),  # by time alone
        (IDLE, [event("Seen"), event("Seen", DAY - 1)], [2 * DAY - 1]),
        (RECENT, [event("Seen", 0, arrives=HOUR)], [HOUR]),
    ],
)
def test_a_run_begins_at_the_instant_at_which_its_person_enters_the_segment(
    segment: str, lines: list[Any], entered: list[Duration]
) -> None:
    assert told("{segment: s}", *lines, s=segment).entered == entered


def test_a_run_that_a_segment_began_goes_by_the_instant_of_entering_it() -> None:
    assert told("{segment: s}", event("Seen"), s=IDLE).exits == [("over", DAY + HOUR)]


def test_who_enters_by_a_segment_is_asked_if() -> None:
    enter = "{segment: s, if: {traits.vip: true}}"
    assert told(enter, person(-1, vip=True), event("Seen"), s=RECENT).entered == [0]
    assert told(enter, person(-1, vip=False), event("Seen"), s=RECENT).entered == []


def test_reentry_counts_for_segments_too() -> None:
    lines = [event("Seen"), event("Seen", 3 * DAY)]
    found = told("{segment: s}", *lines, s=RECENT, rest="reenter: never\n" + STEPS)
    assert (found.entered, found.skipped) == ([0], ["reenter"])


def test_a_segment_that_is_none_is_an_error() -> None:
    text = "purpose: transactional\nenter: {segment: vips}\n" + STEPS
    (fault,) = faults_of({"journeys/j.yaml": text, "segments/vip.yaml": "if: {traits.vip: true}\n"})
    assert fault.startswith("journeys/j.yaml:2: enter.segment: ")
    assert 'did you mean "vip"' in fault


# --- by a date -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("enter", "traits", "entered"),
    [
        ('{date: traits.day, at: "09:00"}', {"day": "2026-11-10"}, ["2026-11-10T09:00:00Z"]),
        ('{date: traits.day, at: "09:00", offset: -7 days}', {"day": "2026-11-10"}, ["2026-11-03T09:00:00Z"]),
        ('{date: traits.day, at: "09:00", offset: 2 days}', {"day": "2026-11-10"}, ["2026-11-12T09:00:00Z"]),
        (
            '{date: traits.day, at: "09:00"}',
            {"day": "2026-11-10", "timezone": "Asia/Tokyo"},
            ["2026-11-10T00:00:00Z"],
        ),
        ('{date: traits.day, at: "09:00"}', {"day": "2026-11-01"}, []),  # past
        ('{date: traits.day, at: "09:00"}', {"day": "someday"}, []),
        ('{date: traits.day, at: "09:00"}', {"day": 20261110}, []),
        ('{date: traits.day, at: "09:00"}', {}, []),
        ('{date: traits.day, at: "09:00", if: {traits.vip: true}}', {"day": "2026-11-10"}, []),
        ('{date: traits.day, at: "09:00", yearly: true}', {"day": "1990-11-10"}, ["2026-11-10T09:00:00Z"]),
        ('{date: traits.day, at: "09:00", yearly: false}', {"day": "1990-11-10"}, []),
        (
            '{date: traits.day, at: "09:00", offset: -7 days, yearly: true}',
            {"day": "1990-11-10"},
            ["2026-11-03T09:00:00Z"],
        ),
    ],
)
def test_a_run_begins_on_the_day_of_a_date(enter: str, traits: dict[str, Any], entered: list[str]) -> None:
    assert told(enter, person(0, **traits)).entered == [after_noon(text) for text in entered]


def test_yearly_is_every_year_and_the_29th_of_february_has_its_day_in_each() -> None:
    found = told(
        '{date: traits.birthday, at: "09:00", yearly: true}', person(0, birthday="1992-02-29"), until=600 * DAY
    )
    days = [found_at + NOON for found_at in found.entered]
    assert len(days) == 2
    assert days[1] == parse_instant("2028-02-29T09:00:00Z")
    assert days[0] in {parse_instant("2027-02-28T09:00:00Z"), parse_instant("2027-03-01T09:00:00Z")}


def test_a_date_that_moves_takes_its_run_along() -> None:
    lines = [person(0, day="2026-11-10"), person(DAY, day="2026-11-20")]
    found = told('{date: traits.day, at: "09:00"}', *lines)
    assert found.entered == [after_noon("2026-11-20T09:00:00Z")]


def test_a_date_that_is_taken_back_begins_nothing() -> None:
    lines = [person(0, day="2026-11-10"), person(DAY, day=None)]
    assert told('{date: traits.day, at: "09:00"}', *lines).entered == []


@pytest.mark.parametrize(
    "enter",
    [
        "{date: traits.day, at: noon}",
        "{date: properties.day, at: '09:00'}",
        "{date: traits.day, at: '09:00', offset: soon}",
        "{date: traits.day, at: '09:00', yearly: sometimes}",
        "{date: traits.day, at: '09:00', on: A}",
        "{on: A, segment: s}",
        "{on: A, yearly: true}",
    ],
)
def test_a_faulty_entry_is_an_error(enter: str) -> None:
    files = {"journeys/j.yaml": f"purpose: transactional\nenter: {enter}\n{STEPS}", "segments/s.yaml": RECENT}
    assert any(fault.startswith("journeys/j.yaml:2: enter") for fault in faults_of(files)), faults_of(files)
