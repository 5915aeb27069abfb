"""People's own clocks: whose zone, and local times as instants, also when clocks change."""

from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.locales.local_time import local_instant, next_local, parse_time_of_day, zone_of
from shared.domain.timing import DAY, HOUR, format_instant, from_datetime, parse_instant, to_datetime
from tests.builders import NOON
from tests.stories import Story, a_journey, a_playbook, faults_of

DUBLIN, NEW_YORK, APIA = ZoneInfo("Europe/Dublin"), ZoneInfo("America/New_York"), ZoneInfo("Pacific/Apia")
HELLO = {"send": "hello", "via": ["email"]}


@pytest.mark.parametrize(
    ("traits", "zone"),
    [
        ({"timezone": "America/New_York", "country": "IE"}, "America/New_York"),
        ({"timezone": "Mars/Olympus", "country": "ie"}, "Europe/Dublin"),
        ({"timezone": "../etc/passwd", "country": "IE"}, "Europe/Dublin"),
        ({"timezone": 5, "address": {"country": "JP"}}, "Asia/Tokyo"),
        ({"country": "US"}, "Europe/Berlin"),
        ({"country": "MY"}, "Asia/Kuala_Lumpur"),
        ({"phone": "+353 87 123 4501"}, "Europe/Dublin"),
        ({"phone": "+12125551234"}, "Europe/Berlin"),
        ({"country": "Narnia", "phone": "none"}, "Europe/Berlin"),
        ({}, "Europe/Berlin"),
    ],
    ids=[
        "trait",
        "unknown zone",
        "no zone",
        "address",
        "many clocks",
        "many zones, one clock",
        "phone",
        "phone of many",
        "unreadable",
        "brand",
    ],
)
def test_a_persons_zone(traits: dict[str, Any], zone: str) -> None:
    assert zone_of(traits, "Europe/Berlin").key == zone


@pytest.mark.parametrize(
    ("day", "at", "last", "instant"),
    [
        ("2026-07-01", "09:00", False, "2026-07-01T08:00:00.000Z"),
        ("2026-03-29", "01:30", False, "2026-03-29T01:00:00.000Z"),
        ("2026-03-29", "01:30", True, "2026-03-29T01:00:00.000Z"),
        ("2026-03-29", "02:00", False, "2026-03-29T01:00:00.000Z"),
        ("2026-10-25", "01:30", False, "2026-10-25T00:30:00.000Z"),
        ("2026-10-25", "01:30", True, "2026-10-25T01:30:00.000Z"),
    ],
    ids=["summer", "skipped", "skipped, last", "just after the gap", "repeated", "repeated, last"],
)
def test_a_local_time_in_dublin(day: str, at: str, last: bool, instant: str) -> None:
    found = local_instant(date.fromisoformat(day), parse_time_of_day(at), DUBLIN, last=last)

    assert format_instant(found) == instant


def test_a_day_that_a_zone_skipped_is_the_instant_of_its_change() -> None:
    assert format_instant(local_instant(date(2011, 12, 30), time(9), APIA)) == "2011-12-30T10:00:00.000Z"


@given(at=st.integers(0, 4_000_000_000_000), hour=st.integers(0, 23), minute=st.integers(0, 59))
def test_the_next_local_time_shows_on_the_clock_and_lies_within_two_days(at: int, hour: int, minute: int) -> None:
    found = next_local(at, time(hour, minute), NEW_YORK)
    shown = to_datetime(found).astimezone(NEW_YORK)

    assert at <= found <= at + 2 * DAY
    assert (shown.hour, shown.minute) == (hour, minute) or shown.minute == 0  # skipped: the instant of the change
    assert next_local(found, time(hour, minute), NEW_YORK) == found


def test_only_the_named_weekdays_count() -> None:
    friday = from_datetime(datetime(2026, 11, 6, 12, tzinfo=UTC))

    assert format_instant(next_local(friday, time(9), DUBLIN, {0, 3})) == "2026-11-09T09:00:00.000Z"


@pytest.mark.parametrize("text", ["9:00", "24:00", "09:60", "0900", "09:00:00", "", "٠٩:٠٠"])
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="time of day"):
        parse_time_of_day(text)


def story(wait: dict[str, Any], **traits: Any) -> Story:
    told = Story(a_playbook(j=a_journey(steps=[{"wait": wait}, HELLO])))
    told.identify(NOON - 1, **traits)
    told.happens("Start", date=traits.get("entered"))
    told.time_comes(NOON + 30 * DAY)
    return told


@pytest.mark.parametrize(
    ("wait", "traits", "sent"),
    [
        ({"until": "09:00"}, {}, "2026-11-03T09:00:00Z"),
        ({"until": "12:00"}, {}, "2026-11-02T12:00:00Z"),
        ({"until": "09:00"}, {"timezone": "America/New_York"}, "2026-11-02T14:00:00Z"),
        ({"until": "09:00", "on": ["fri", "sat"]}, {}, "2026-11-06T09:00:00Z"),
        ({"date": "traits.born"}, {"born": "2026-11-05T08:00:00Z"}, "2026-11-05T08:00:00Z"),
        ({"date": "traits.born", "offset": "-1 day"}, {"born": "2026-11-05T08:00:00Z"}, "2026-11-04T08:00:00Z"),
        ({"date": "traits.born"}, {"born": "2026-11-05", "country": "JP"}, "2026-11-04T15:00:00Z"),
        ({"date": "traits.born"}, {"born": "2020-01-01"}, "2026-11-02T12:00:00Z"),
        ({"date": "traits.born"}, {"born": "soon"}, "2026-11-02T12:00:00Z"),
        ({"date": "traits.born"}, {}, "2026-11-02T12:00:00Z"),
    ],
    ids=["next morning", "now", "own clock", "weekday", "instant", "offset", "date", "past", "ill-typed", "missing"],
)
def test_a_wait_by_the_clock_ends_when_it_says(wait: dict[str, Any], traits: dict[str, Any], sent: str) -> None:
    assert story(wait, **traits).sent == [("hello", parse_instant(sent) - NOON)]


def test_what_follows_counts_from_the_end_of_the_wait() -> None:
    steps = [{"wait": {"until": "13:00"}}, {"wait": "1 hour"}, HELLO]
    told = Story(a_playbook(j=a_journey(steps=steps)))
    told.happens("Start")
    told.time_comes(NOON + DAY)

    assert told.sent == [("hello", 2 * HOUR)]


@pytest.mark.parametrize(
    ("wait", "path"),
    [
        ({"until": "9:00"}, "steps.0.wait.until"),
        ({"until": "09:00", "on": ["monday"]}, "steps.0.wait.on"),
        ({"until": "09:00", "every": 1}, "steps.0.wait"),
        ({"date": "properties.x"}, "steps.0.wait.date"),
        ({"date": "traits.x", "offset": 7}, "steps.0.wait.offset"),
        ({}, "steps.0.wait.until"),
    ],
)
def test_a_faulty_wait_is_told_where(wait: dict[str, Any], path: str) -> None:
    assert [place for place, _ in faults_of(a_journey(steps=[{"wait": wait}, HELLO]))] == [path]
