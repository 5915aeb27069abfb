"""From CLDR, through Babel, how one locale writes a day: what pages and messages need to write one."""

import re
from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias

from babel import Locale
from babel.dates import get_date_format, get_day_names, get_month_names

from infra.playbook.locale_money import parse_locale
from shared.adapters.date_format import LENGTHS

_FIELD: Final = re.compile(r"'([^']*)'|(d+)|(M+)|(y+)")
_PATTERN_FIELD: Final = re.compile(r"'([^']*)'|([dMLyEc]+)")
_Width: TypeAlias = Literal["abbreviated", "wide"]
_Place: TypeAlias = Literal["format", "stand-alone"]
_MONTHS: Final[Mapping[str, _Place]] = {"M": "format", "L": "stand-alone"}
_WEEKDAYS: Final[Mapping[str, _Place]] = {"E": "format", "c": "stand-alone"}


def date_table(tag: str) -> dict[str, Any]:
    """What ``write_date`` reads: ``pattern``, with ``{day}``, ``{month}`` and ``{year}``, and its twelve ``months``."""
    locale = parse_locale(tag)
    months = [get_month_names("wide", "format", locale)[number] for number in range(1, 13)]
    return {"pattern": _FIELD.sub(_placeholder, get_date_format("long", locale).pattern), "months": months}


def day_table(tag: str) -> dict[str, Any]:
    """What ``DateFormat`` is made of: a pattern for each length, and the names that they ask for.

    A short day names its year in full: two digits are read as a day in half of the world.
    """
    locale = parse_locale(tag)
    patterns = {length: _PATTERN_FIELD.sub(_field, get_date_format(length, locale).pattern) for length in LENGTHS}
    asked = {field for pattern in patterns.values() for field in re.findall(r"\{(\w+)\}", pattern)}
    names = {field: _names(field, locale) for field in sorted(asked)}
    return {"patterns": patterns, "names": {field: found for field, found in names.items() if found}}


def _field(found: re.Match[str]) -> str:
    literal, field = found.groups()
    if literal is not None:
        return literal or "'"
    return "{y}" if field == "yy" else f"{{{field}}}"


def _names(field: str, locale: Locale) -> list[str]:
    """Of the months, or of the days from Monday; empty for what is written in digits."""
    width: _Width = "abbreviated" if len(field) < 4 else "wide"
    if field[0] in _WEEKDAYS:
        days = get_day_names(width, _WEEKDAYS[field[0]], locale)
        return [days[number] for number in range(7)]
    if field[0] in _MONTHS and len(field) > 2:
        months = get_month_names(width, _MONTHS[field[0]], locale)
        return [months[number] for number in range(1, 13)]
    return []


def _placeholder(found: re.Match[str]) -> str:
    literal, day, month, _ = found.groups()
    if literal is not None:
        return literal
    return "{day}" if day else "{month}" if month else "{year}"
