"""Days as people read them: ``22 November 2026``, ``22. November 2026``."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from shared.domain.locales.local_time import local_date
from shared.domain.timing import Instant


def write_date(at: Instant, zone: ZoneInfo, table: Mapping[str, Any]) -> str:
    """The day on which the instant falls there; ``table`` is of the catalogue (``pattern``, ``months``)."""
    day = local_date(at, zone)
    written: str = table["pattern"]
    for name, value in (("day", str(day.day)), ("month", table["months"][day.month - 1]), ("year", str(day.year))):
        written = written.replace(f"{{{name}}}", value)
    return written
