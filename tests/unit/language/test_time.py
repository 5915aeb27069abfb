"""Durations, times of day and the edges of windows, as a journey's waits and a run's clock show them."""

from typing import Any

import pytest

from shared.domain.timing import DAY, HOUR, MINUTE, SECOND, WEEK, Duration
from tests.unit.language.public_way import HEAD, Told, event, faults_of, journey, person, simulate


def run(steps: str, *lines: Any, until: Duration = 60 * DAY, **traits: Any) -> Told:
    return simulate(journey(steps), person(-1, **traits), *(lines or (event("Start"),)), until=until)


@pytest.mark.parametrize(
    ("written", "duration"),
    [
        ("1 second", SECOND),
        ("90 seconds", 90 * SECOND),
        ("90 minutes", 90 * MINUTE),
        ("1 minute", MINUTE),
        ("1 hour", HOUR),
        ("1 hours", HOUR),
        ("7 days", 7 * DAY),
        ("2 day", 2 * DAY),
        ("2 weeks", 2 * WEEK),
        ("1 week", WEEK),
    ],
)
def test_a_duration_is_an_integer_and_a_unit_singular_or_plural(written: str, duration: Duration) -> None:
    told = run(f"steps: [{{wait: {written}}}, {{exit: over}}]")
    assert told.exits == [("over", duration)]


@pytest.mark.parametrize(
    "written",
    ["1", "90", "1.5 hours", "hour", "1 month", "1 year", "one hour", "1h", "1 hour 30 minutes", "-1 hour", "''"],
)
def test_anything_else_is_no_duration_to_wait_for(written: str) -> None:
    (fault,) = faults_of(journey(f"steps:\n  - wait: {written}\n"))
    assert fault.startswith("journeys/j.yaml:5: steps.0.wait: ")


def test_a_day_is_24_hours_on_every_clock() -> None:
    """Dublin's clocks go back on 25 October 2026: that day has 25 hours, and ``1 day`` has not."""
    noon_before = -9 * DAY
    told = run("steps: [{wait: 1 day}, {exit: over}]", event("Start", noon_before), timezone="Europe/Dublin")
    assert told.exits == [("over", noon_before + DAY)]


@pytest.mark.parametrize(
    ("traits", "hours_after_noon"),
    [
        ({}, 21),  # the brand's: UTC
        ({"timezone": "Europe/Dublin"}, 21),
        ({"timezone": "Europe/Berlin"}, 20),
        ({"timezone": "Asia/Tokyo"}, 12),
        ({"timezone": "America/New_York"}, 2),
        ({"country": "JP"}, 12),
        ({"country": "DE"}, 20),
        ({"country": "US"}, 21),  # many clocks: the brand's
        ({"country": "MY"}, 13),  # two zones, one clock
        ({"phone": "+81312345678"}, 12),
        ({"country": "DE", "phone": "+81312345678"}, 20),
        ({"timezone": "Nowhere/At_All", "country": "JP"}, 12),
        ({"timezone": 5}, 21),
    ],
)
def test_a_time_of_day_is_in_the_persons_own_zone(traits: dict[str, Any], hours_after_noon: int) -> None:
    told = run('steps: [{wait: {until: "09:00"}}, {exit: over}]', **traits)
    assert told.exits == [("over", hours_after_noon * HOUR)]


def test_else_in_the_brands_zone() -> None:
    files = journey('steps: [{wait: {until: "09:00"}}, {exit: over}]')
    files["brand.yaml"] = "name: Example\ntimezone: Asia/Tokyo\n"
    assert simulate(files, person(), event("Start"), until=DAY).exits == [("over", 12 * HOUR)]


@pytest.mark.parametrize(
    ("wait", "after"),
    [
        ('{until: "12:00"}', 0),
        ('{until: "12:01"}', MINUTE),
        ('{until: "11:59"}', DAY - MINUTE),
        ('{until: "09:00", on: [mon, thu]}', 2 * DAY + 21 * HOUR),  # noon is a Monday's
        ('{until: "13:00", on: [mon]}', HOUR),
        ('{until: "11:00", on: [mon]}', 7 * DAY - HOUR),
        ('{until: "00:00", on: [tue]}', 12 * HOUR),
        ('{until: "23:59", on: [sun]}', 6 * DAY + 12 * HOUR - MINUTE),
        ("{date: entry.properties.day, offset: 0 days}", 4 * DAY - 12 * HOUR),
        ("{date: entry.properties.day}", 4 * DAY - 12 * HOUR),
        ("{date: entry.properties.day, offset: -1 day}", 3 * DAY - 12 * HOUR),
        ("{date: entry.properties.instant}", HOUR + 1),
        ("{date: entry.properties.instant, offset: 2 hours}", 3 * HOUR + 1),
        ("{date: entry.properties.instant, offset: -2 hours}", 0),
        ("{date: entry.properties.past}", 0),
        ("{date: entry.properties.missing}", 0),
        ("{date: entry.properties.number}", 0),
        ("{date: traits.renews}", 2 * DAY - 12 * HOUR),
    ],
)
def test_a_wait_ends_when_it_says(wait: str, after: Duration) -> None:
    start = event(
        "Start", day="2026-11-06", instant="2026-11-02T13:00:00.001Z", past="2026-11-01", number=1_800_000_000_000
    )
    told = run(f"steps: [{{wait: {wait}}}, {{exit: over}}]", start, renews="2026-11-04")
    assert told.exits == [("over", after)]


@pytest.mark.parametrize("time", ["9:00", "24:00", "09:60", "noon", "09:00:00", "9", "true", "[]"])
def test_anything_else_is_no_time_of_day(time: str) -> None:
    (fault,) = faults_of(journey(f"steps:\n  - wait: {{until: {time}}}\n"))
    assert fault.startswith("journeys/j.yaml:5: steps.0.wait.until: ")


# --- windows, exact to the millisecond -------------------------------------------------------------------------------


def ends(condition: str, *lines: Any, until: Duration = 3 * DAY) -> list[Duration]:
    """When, of a run that waits for it, the condition becomes true."""
    files = journey(f"exit: {{if: {condition}}}\nsteps: [{{wait: 2 days}}]")
    told = simulate(files, person(-1), *lines, until=until)
    return [at for reason, at in told.exits if reason != "completed"]


@pytest.mark.parametrize(
    ("condition", "lines", "at"),
    [
        ("{did_not: {event: Seen, within: 1 hour}}", [event("Seen", 5), event("Start", 5)], [5 + HOUR]),
        ("{did_not: {event: Seen, within: 1 hour}}", [event("Start")], [0]),
        ("{did_not: {event: Seen, within: 1 hour}}",
         [event("Seen"), event("Start", 1), event("Seen", HOUR - 1)], [2 * HOUR - 1]),
        # what happens at the very instant of the ageing: a timer goes before an event
        ("{did_not: {event: Seen, within: 1 hour}}", [event("Seen"), event("Start", 1), event("Seen", HOUR)], [HOUR]),
        ("{did: {event: Seen, within: 1 hour, at_least: 0, at_most: 1}}",
         [event("Seen"), event("Seen", 7), event("Start", 8)], [HOUR]),
        ("{did: {event: Seen, at_least: 2, within: 1 hour}}",
         [event("Start"), event("Seen", 1), event("Seen", HOUR + 1), event("Seen", 2 * HOUR)], [2 * HOUR]),
        ("{sum: {event: Seen, of: properties.n, within: 1 hour, below: 3}}",
         [event("Seen", 0, n=1), event("Seen", 2, n=2), event("Seen", 3, n=1), event("Start", 4)], [HOUR + 2]),
        ("{traits.due: {within_next: 1 hour}}",
         [person(0, due="2026-11-02T15:00:00.005Z"), event("Start")], [2 * HOUR + 5]),
        ("{traits.due: {within_last: 1 hour}}",
         [person(0, due="2026-11-02T15:00:00.005Z"), event("Start")], [3 * HOUR + 5]),
        ("{not: {traits.due: {within_last: 1 hour}}}",
         [person(0, due="2026-11-02T11:30:00.005Z"), event("Start")], [30 * MINUTE + 5]),
        # late, and out of order: by their own timestamps, decided as of their arrival
        ("{did_not: {event: Seen, within: 1 hour}}",
         [event("Seen"), event("Start", 1), event("Seen", 30 * MINUTE, arrives=45 * MINUTE)], [HOUR + 30 * MINUTE]),
        ("{did: {event: Seen, within: 1 hour, at_least: 2}}",
         [event("Seen"), event("Start", 1), event("Seen", 5, arrives=59 * MINUTE)], [59 * MINUTE]),
        ("{did: {event: Seen, within: 1 hour, at_least: 2}}",
         [event("Seen"), event("Start", 1), event("Seen", 5, arrives=HOUR)], []),
    ],
)  # fmt: skip
def test_a_condition_turns_at_the_very_instant_without_anything_happening(
    condition: str, lines: list[Any], at: list[Duration]
) -> None:
    assert ends(condition, *lines) == at


def test_the_clock_needs_no_event_to_go_on() -> None:
    told = simulate(
        journey("exit: {if: {did_not: {event: Seen, within: 59 days}}}\nsteps: [{wait: 90 days}]"),
        event("Seen"),
        event("Start"),
        until=60 * DAY,
    )
    assert told.exits == [("exit_condition", 59 * DAY)]


def test_a_waits_unit_is_told_with_a_suggestion() -> None:
    (fault,) = faults_of({"journeys/j.yaml": HEAD + "steps:\n  - wait: 3 houres\n"})
    assert "3 houres" in fault
