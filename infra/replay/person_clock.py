"""Instants as people write them: in UTC, and by the person's own clock where that shows something else."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from shared.domain.locales.local_time import UTC_ZONE, WEEKDAYS
from shared.domain.timing import DAY, HOUR, MINUTE, SECOND, Duration, Instant, to_datetime

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UNITS: Final = (("day", DAY), ("hour", HOUR), ("minute", MINUTE), ("second", SECOND))


@dataclass(frozen=True, slots=True)
class PersonClock:
    """Tells instants to a reader, for one person."""

    zone: ZoneInfo = UTC_ZONE

    def day_and_time(self, at: Instant) -> str:
        """``Mon 2 Nov 2026 10:00 UTC (11:00 local)``."""
        here = to_datetime(at)
        return f"{_day(here)} {here.year} {_time(here)} UTC{self._theirs(here)}"

    def brief(self, at: Instant, now: Instant) -> str:
        """``Mon 2 Nov 10:00 UTC (11:00 local)``; with the year where it is not that of ``now``."""
        here = to_datetime(at)
        year = "" if here.year == to_datetime(now).year else f" {here.year}"
        return f"{_day(here)}{year} {_time(here)} UTC{self._theirs(here)}"

    def _theirs(self, here: datetime) -> str:
        try:
            there = here.astimezone(self.zone)
        except OverflowError:  # there it is another year already, and the calendar ends with this one
            return ""
        if there.utcoffset() == here.utcoffset():
            return ""
        day = f"{_day(there)} " if there.date() != here.date() else ""
        return f" ({day}{_time(there)} local)"


def ahead(duration: Duration) -> str:
    """``in 2 days``, ``in 23 hours and 5 minutes``: the two largest units."""
    words: list[str] = []
    for name, unit in _UNITS:
        count, duration = divmod(duration, unit)
        if count:
            words.append(f"{count} {name}" if count == 1 else f"{count} {name}s")
        elif words:
            break
    return f"in {' and '.join(words[:2]) or 'less than a second'}"


def _day(moment: datetime) -> str:
    return f"{WEEKDAYS[moment.weekday()].title()} {moment.day} {_MONTHS[moment.month - 1]}"


def _time(moment: datetime) -> str:
    exact = f"{moment:%H:%M:%S}.{moment.microsecond // 1_000:03}"
    return exact.removesuffix(".000").removesuffix(":00") if exact.endswith(":00.000") else exact.removesuffix(".000")
