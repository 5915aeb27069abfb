"""Instants and durations: integers of milliseconds, UTC, as exact as the playbook promises.

Integers, not datetimes: they are compared on every event, stored in every profile, and a window's edge is exact
to the millisecond. Datetimes appear where people's clocks do (local times of day) and at the edges.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

Instant: TypeAlias = int
"""Milliseconds since 1970-01-01T00:00:00Z."""

LAST_INSTANT: Final[Instant] = 253_402_300_799_999
"""9999-12-31T23:59:59.999Z, with which the calendar ends."""

Duration: TypeAlias = int
"""Elapsed milliseconds: a day is 24 hours on every clock."""

SECOND: Final[Duration] = 1_000
MINUTE: Final[Duration] = 60 * SECOND
HOUR: Final[Duration] = 60 * MINUTE
DAY: Final[Duration] = 24 * HOUR
WEEK: Final[Duration] = 7 * DAY

_UNITS: Final = {"second": SECOND, "minute": MINUTE, "hour": HOUR, "day": DAY, "week": WEEK}
_DURATION: Final = re.compile(r"(-?[0-9]{1,9}) (second|minute|hour|day|week)s?", re.ASCII)


def parse_instant(text: str) -> Instant:
    """Read an ISO 8601 date and time; without an offset it is UTC, digits beyond milliseconds are cut.

    Raises:
        ValueError: not a date and time that a calendar from year 1 to 9999 has.
    """
    if len(text) < len("2026-11-02T10:00") or "T" not in text.upper().replace(" ", "T", 1):
        raise ValueError(f"{text[:40]!r} is not an ISO 8601 date and time like 2026-11-02T10:00:00Z")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text[:40]!r} is not an ISO 8601 date and time like 2026-11-02T10:00:00Z") from None
    try:
        return from_datetime(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except OverflowError:
        raise ValueError(f"{text[:40]!r} is outside the years 1 to 9999") from None


def from_datetime(moment: datetime) -> Instant:
    """The instant of an aware datetime, cut to milliseconds."""
    since = moment.astimezone(UTC) - _EPOCH
    return (since.days * 86_400 + since.seconds) * SECOND + since.microseconds // 1_000


def to_datetime(at: Instant) -> datetime:
    """The instant as an aware datetime in UTC."""
    seconds, milliseconds = divmod(at, SECOND)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=milliseconds * 1_000)


def format_instant(at: Instant) -> str:
    """ISO 8601 in UTC with milliseconds and ``Z``: ``2026-11-02T10:00:00.000Z``."""
    return (_EPOCH + timedelta(milliseconds=at)).isoformat(timespec="milliseconds")[: -len("+00:00")] + "Z"


def parse_duration(text: str) -> Duration:
    """Read ``90 minutes``, ``1 hour``, ``-7 days``, ``2 weeks``.

    Raises:
        ValueError: not an integer and a unit.
    """
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ValueError(f'{text!r} is not a duration like "90 minutes", "1 hour", "7 days" or "2 weeks"')
    return int(match[1]) * _UNITS[match[2]]


def format_duration(duration: Duration) -> str:
    """The shortest exact wording in the playbook's own units: ``90 minutes``, ``1 hour``, ``2 weeks``."""
    for name, unit in (("week", WEEK), ("day", DAY), ("hour", HOUR), ("minute", MINUTE), ("second", SECOND)):
        count, rest = divmod(duration, unit)
        if rest == 0:
            return f"{count} {name}" if count == 1 else f"{count} {name}s"
    return f"{duration} ms"


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
