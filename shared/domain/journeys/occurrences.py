"""The occurrences of a date that journeys are entered by: which days, and at which instant of each.

A day is what makes an occurrence, not its instant: in another time zone it is the same one.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from shared.domain.journeys.program import DateEntry, Journey
from shared.domain.locales.local_time import local_date, local_instant
from shared.domain.timing import DAY, Instant, parse_instant, to_datetime

_NO_YEAR: Final = "0004"
"""One that had a 29 February."""
_DATE_LENGTH: Final = len("2026-11-02")


class Occurrence(NamedTuple):
    """The date itself in one year, and the instant at which the journey begins for it."""

    day: date
    at: Instant


def next_occurrence(
    rule: DateEntry, first: date, zone: ZoneInfo, since: Instant, reached: tuple[date, ...] = ()
) -> Occurrence | None:
    """The first occurrence, not before ``since``, of a date in that zone, but for those on days that were reached."""
    try:
        for day in _days(rule, first, since):
            at = _instant(rule, day, zone)
            if at >= since and day not in reached:
                return Occurrence(day, at)
    except (OverflowError, ValueError):  # beyond the calendar, which ends with the year 9999
        return None
    return None


def _days(rule: DateEntry, first: date, since: Instant) -> Iterator[date]:
    """The date, or from its own year on that day of each year; of 29 February in other years the 28th."""
    if not rule.yearly:
        yield first
        return
    nearest = (to_datetime(since) - timedelta(milliseconds=rule.offset)).year - 1
    year = max(first.year, nearest)
    while True:
        try:
            yield first.replace(year=year)
        except ValueError:
            if year > date.max.year:
                return
            yield first.replace(year=year, day=28)
        year += 1


def _instant(rule: DateEntry, day: date, zone: ZoneInfo) -> Instant:
    """Whole days are days of the calendar, so that it is the same time there; another offset is elapsed time."""
    days, rest = divmod(rule.offset, DAY)
    if rest:
        return local_instant(day, rule.at, zone) + rule.offset
    return local_instant(day + timedelta(days=days), rule.at, zone)


def day_of(value: Any, zone: ZoneInfo) -> date | None:
    """A date, one without a year being of a year long ago; of an instant, the day there at that instant."""
    if not isinstance(value, str):
        return None
    try:
        if value.startswith("--"):
            return date.fromisoformat(f"{_NO_YEAR}{value[1:]}")
        return date.fromisoformat(value) if len(value) == _DATE_LENGTH else local_date(parse_instant(value), zone)
    except (OverflowError, ValueError):
        return None


def index_by_trait(journeys: Iterable[Journey]) -> Mapping[str, tuple[Journey, ...]]:
    """Trait → the journeys that people enter on a date which it holds."""
    index: dict[str, tuple[Journey, ...]] = {}
    for journey in journeys:
        if journey.enter_date is not None and journey.enter_date.trait.parts:
            trait = journey.enter_date.trait.parts[0]
            index[trait] = (*index.get(trait, ()), journey)
    return index


def version_of(journeys: Iterable[Journey], timezone: str) -> str:
    """Changes with any of the dates and the brand's time zone; empty where there is no date."""
    rules = sorted((journey.name, str(journey.enter_date)) for journey in journeys if journey.enter_date is not None)
    return hashlib.sha256(str((rules, timezone)).encode()).hexdigest()[:8] if rules else ""
