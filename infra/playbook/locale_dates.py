"""From CLDR, through Babel, how one locale writes a day in full: what ``shared.domain.locales.written_dates`` needs."""

import re
from typing import Any, Final

from babel.dates import get_date_format, get_month_names

from infra.playbook.locale_money import parse_locale

_FIELD: Final = re.compile(r"'([^']*)'|(d+)|(M+)|(y+)")
_NUMERIC: Final = "{day}.{month}.{year}"


def date_table(tag: str) -> dict[str, Any]:
    """``pattern``, with ``{day}``, ``{month}`` and ``{year}``, and the twelve ``months`` as they stand in it."""
    locale = parse_locale(tag)
    months = [get_month_names("wide", "format", locale)[number] for number in range(1, 13)]
    return {"pattern": _FIELD.sub(_placeholder, get_date_format("long", locale).pattern), "months": months}


def _placeholder(found: re.Match[str]) -> str:
    literal, day, month, _ = found.groups()
    if literal is not None:
        return literal
    return "{day}" if day else "{month}" if month else "{year}"
