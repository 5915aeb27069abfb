"""Instants and durations: exact to the millisecond, and nothing but what the language says."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.timing import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    WEEK,
    format_duration,
    format_instant,
    from_datetime,
    parse_duration,
    parse_instant,
    to_datetime,
)

INSTANTS = st.integers(min_value=-62_135_596_800_000, max_value=253_402_300_799_999)


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("90 minutes", 90 * MINUTE),
        ("1 minute", MINUTE),
        ("1 hour", HOUR),
        ("1 hours", HOUR),
        ("7 days", 7 * DAY),
        ("2 weeks", 2 * WEEK),
        ("30 seconds", 30 * SECOND),
        ("-7 days", -7 * DAY),
        (" 1 day ", 24 * HOUR),
    ],
)
def test_a_duration_is_an_integer_and_a_unit(text: str, duration: int) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    "text",
    ["", "1", "hour", "1.5 hours", "1 month", "1 year", "1  hour", "1h", "one hour", "1 HOUR", "٣ days", "1 hour 5"],
)
def test_anything_else_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration like"):
        parse_duration(text)


@given(st.integers(min_value=0, max_value=10**7))
def test_a_duration_in_words_is_the_same_duration(seconds: int) -> None:
    assert parse_duration(format_duration(seconds * SECOND)) == seconds * SECOND


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("2026-11-02T10:00:00Z", "2026-11-02T10:00:00.000Z"),
        ("2026-11-02T10:00Z", "2026-11-02T10:00:00.000Z"),
        ("2026-11-02T10:00:00.123456789Z", "2026-11-02T10:00:00.123Z"),
        ("2026-11-02T10:00:00.1Z", "2026-11-02T10:00:00.100Z"),
        ("2026-11-02T12:00:00+02:00", "2026-11-02T10:00:00.000Z"),
        ("2026-11-02 10:00:00", "2026-11-02T10:00:00.000Z"),
        ("1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"),
        ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"),
    ],
)
def test_an_instant_is_read_to_the_millisecond(text: str, canonical: str) -> None:
    assert format_instant(parse_instant(text)) == canonical


@pytest.mark.parametrize(
    "text",
    ["", "now", "2026-11-02", "1793700000000", "2026-13-02T10:00:00Z", "2025-02-29T00:00:00Z", "10:00", "T" * 40],
)
def test_what_no_calendar_has_is_no_instant(text: str) -> None:
    with pytest.raises(ValueError, match="ISO 8601"):
        parse_instant(text)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00"])
def test_an_instant_beyond_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="outside the years"):
        parse_instant(text)


@given(INSTANTS)
def test_writing_and_reading_an_instant_changes_nothing(at: int) -> None:
    assert parse_instant(format_instant(at)) == at
    assert from_datetime(to_datetime(at)) == at


@given(INSTANTS)
def test_an_instant_counts_milliseconds_from_1970(at: int) -> None:
    assert to_datetime(at) == datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at)
