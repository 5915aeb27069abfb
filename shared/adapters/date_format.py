"""Days as people write them, from a table of their locale that the build took from CLDR."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

LENGTHS: Final = ("short", "long", "full")

_FIELD: Final = re.compile(r"\{(\w+)\}")
_LONGEST: Final = 40


@dataclass(frozen=True, slots=True)
class DateFormat:
    """``patterns``: of each length, with fields in braces; ``names``: of the months and days that they ask for."""

    patterns: Mapping[str, str]
    names: Mapping[str, Sequence[str]]

    def format(self, day: date, length: str = "long") -> str:
        """``02/11/2026``, ``2 November 2026`` or ``Monday 2 November 2026``.

        Raises:
            KeyError: no such length.
        """

        def field(found: re.Match[str]) -> str:
            name = found[1]
            if name in self.names:
                return self.names[name][day.weekday() if name[0] in "Ec" else day.month - 1]
            value = {"d": day.day, "M": day.month, "L": day.month, "y": day.year}[name[0]]
            return f"{value:0{len(name)}d}"

        return _FIELD.sub(field, self.patterns[length])


def read_day(value: object, zone: ZoneInfo) -> date | None:
    """The day that an ISO 8601 text names; of an instant, the day in that zone. ``None`` for what is neither."""
    if not isinstance(value, str) or len(value) > _LONGEST:
        return None
    text = value.strip()
    try:
        if len(text) <= len("2026-11-02"):
            return date.fromisoformat(text)
        moment = datetime.fromisoformat(text)
        return moment.astimezone(zone).date() if moment.tzinfo else moment.date()
    except (ValueError, OverflowError):
        return None
