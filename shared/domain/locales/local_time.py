"""A person's own clock: their time zone, and local times of day as instants, also on the days when clocks change.

A time that the clock skips is the instant of the change; one that it repeats counts the first time, or the last
where that is asked for.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from shared.domain.locales.countries import country_of, only_zone
from shared.domain.timing import SECOND, Instant, from_datetime, to_datetime

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


ZONE_TRAITS: Final = ("timezone", "country", "address", "phone")
"""What ``zone_of`` goes by."""


def zone_of(traits: Mapping[str, Any], default: str) -> ZoneInfo:
    """The trait ``timezone``, else the one clock of the person's country, else ``default``.

    The country is the trait's, else that of the phone number; one whose clocks differ tells nothing.
    """
    for name in (traits.get("timezone"), only_zone(country_of(traits)), default):
        zone = zone_named(name) if isinstance(name, str) else None
        if zone is not None:
            return zone
    return UTC_ZONE


@lru_cache(maxsize=512)  # names come from people
def zone_named(name: str) -> ZoneInfo | None:
    """The zone of the IANA database, ``None`` for a name that it does not have."""
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # unknown, a folder's name, not a name at all
        return None


UTC_ZONE: Final = ZoneInfo("Etc/UTC")


def local_instant(day: date, at: time, zone: ZoneInfo, *, last: bool = False) -> Instant:
    """When the clock of the zone shows ``at`` on that day."""
    wall = datetime.combine(day, at, tzinfo=zone)
    first, second = from_datetime(wall.replace(fold=0)), from_datetime(wall.replace(fold=1))
    if first <= second:
        return second if last else first
    return _change_between(second, first, zone)


def next_local(after: Instant, at: time, zone: ZoneInfo, weekdays: Collection[int] = range(7)) -> Instant:
    """The first instant, not before ``after``, at which the zone's clock shows ``at`` on one of the weekdays.

    Monday is 0.
    """
    day = to_datetime(after).astimezone(zone).date() - timedelta(days=1)
    while True:
        found = local_instant(day, at, zone)
        if found >= after and day.weekday() in weekdays:
            return found
        day += timedelta(days=1)


def local_date(at: Instant, zone: ZoneInfo) -> date:
    """The calendar's day there at that instant."""
    return to_datetime(at).astimezone(zone).date()


def parse_time_of_day(text: str) -> time:
    """Read ``09:00``.

    Raises:
        ValueError: not hours from 00 to 23 and minutes from 00 to 59.
    """
    hours, colon, minutes = text.partition(":")
    if colon and len(hours) == len(minutes) == 2 and (hours + minutes).isdecimal() and hours < "24" and minutes < "60":
        return time(int(hours), int(minutes))
    raise ValueError(f'"{text[:20]}" is not a time of day like "09:00"')


def _change_between(before: Instant, after: Instant, zone: ZoneInfo) -> Instant:
    """The instant in ``(before, after]`` at which the zone's clock jumps."""
    offset = _offset(before, zone)
    while after - before > SECOND:  # both are whole seconds, and so is the change
        middle = (before + after) // (2 * SECOND) * SECOND
        if _offset(middle, zone) == offset:
            before = middle
        else:
            after = middle
    return after


def _offset(at: Instant, zone: ZoneInfo) -> timedelta | None:
    return to_datetime(at).astimezone(zone).utcoffset()
