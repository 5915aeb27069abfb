"""Appointments: as another library reads them, and within what RFC 5545 lets a line be."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from shared.adapters.calendar_file import LONGEST_LINE, calendar_file
from tests.builders import NOON

SLOT = {
    "starts": "2026-11-05T15:00:00+01:00",
    "ends": "2026-11-05T14:30:00Z",
    "summary": "Collect: a mug, two; plates \\ bowls",
    "location": "14 Mill Lane\nKilkenny",
    "description": "Grüße 日本 " * 20,
}


def read(**changes: str) -> dict[str, object]:
    file = calendar_file({**SLOT, **changes}, seed="order-7", made_at=NOON)
    (event,) = Calendar.from_ical(file).walk("VEVENT")
    times = {name: event.decoded(name) for name in ("dtstart", "dtend", "dtstamp") if name in event}
    return {**times, **{name: str(event[name]) for name in ("summary", "location", "description", "uid")}}


def test_another_library_reads_what_was_meant() -> None:
    assert read() == {
        "dtstart": datetime(2026, 11, 5, 14, tzinfo=UTC),
        "dtend": datetime(2026, 11, 5, 14, 30, tzinfo=UTC),
        "dtstamp": datetime(2026, 11, 2, 12, tzinfo=UTC),
        "summary": SLOT["summary"],
        "location": SLOT["location"],
        "description": SLOT["description"],
        "uid": read()["uid"],
    }


def test_a_day_is_the_whole_day() -> None:
    found = read(starts="2026-11-05", ends="2026-11-06")
    assert (found["dtstart"], found["dtend"]) == (date(2026, 11, 5), date(2026, 11, 7))


def test_an_end_may_be_left_out() -> None:
    assert "dtend" not in read(ends="")


@pytest.mark.parametrize(
    "times",
    [
        {"starts": ""},
        {"starts": "tomorrow"},
        {"starts": "2026-13-05"},
        {"ends": "soon"},
        {"ends": "2026-11-05"},
        {"ends": "2026-11-05T13:59:59Z"},
    ],
)
def test_without_a_time_there_is_no_appointment(times: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="begins"):
        read(**times)


def test_the_same_event_is_the_same_appointment() -> None:
    first, again, other = (calendar_file(SLOT, seed=seed, made_at=NOON) for seed in ("7", "7", "8"))
    assert first == again != other


@given(summary=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200))
def test_nothing_that_it_says_adds_a_property_or_breaks_a_line(summary: str) -> None:
    file = calendar_file({**SLOT, "summary": f"a{summary}"}, seed="7", made_at=NOON)
    lines = file.split(b"\r\n")
    assert max(map(len, lines)) <= LONGEST_LINE
    assert b"\r" not in file.replace(b"\r\n", b"")
    unfolded = file.replace(b"\r\n ", b"").split(b"\r\n")
    assert len([line for line in unfolded if line]) == 14
    for line in lines:
        line.decode()
