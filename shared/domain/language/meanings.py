"""What an author probably meant by a value that the language does not know: a hint to end a fault with, or nothing."""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

_AMOUNT: Final = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,3})?|an?|)\s*([a-z]+)\.?", re.ASCII)
_CLOCK: Final = re.compile(r"([0-9]{1,2})(?:[:.h]([0-9]{2}))?\s*([ap])?\.?m?\.?", re.ASCII)
_UNITS: Final = {
    "second": ("s", "sec", "secs", "second", "seconds"),
    "minute": ("m", "min", "mins", "minute", "minutes"),
    "hour": ("h", "hr", "hrs", "hour", "hours"),
    "day": ("d", "day", "days"),
    "week": ("w", "wk", "wks", "week", "weeks"),
}
_UNIT_OF: Final = {spelling: unit for unit, spellings in _UNITS.items() for spelling in spellings}
_SMALLER: Final = {"week": (7, "day"), "day": (24, "hour"), "hour": (60, "minute"), "minute": (60, "second")}
_UNEVEN: Final = {"month": 30, "months": 30, "year": 365, "years": 365}

OPERATOR_SPELLINGS: Final[Mapping[str, str]] = {
    **dict.fromkeys((">", "gt", "greater_than", "more_than", "over"), "above"),
    **dict.fromkeys((">=", "=>", "gte", "min", "minimum", "from"), "at_least"),
    **dict.fromkeys(("<", "lt", "less_than", "under"), "below"),
    **dict.fromkeys(("<=", "=<", "lte", "max", "maximum", "to"), "at_most"),
    **dict.fromkeys(("=", "==", "eq", "equal", "equals"), "is"),
    **dict.fromkeys(("!=", "<>", "ne", "neq", "not", "not_equal"), "is_not"),
    **dict.fromkeys(("regex", "regexp", "like"), "matches"),
    **dict.fromkeys(("one_of", "any_of"), "in"),
    **dict.fromkeys(("none_of",), "not_in"),
    **dict.fromkeys(("includes", "has"), "contains"),
}
"""Other languages' words for the operators of this one."""


def did_you_mean(meant: str) -> str:
    return f', did you mean "{meant}"?' if meant else ""


def meant_duration(value: Any) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f': of what? "{value} minutes", "{value} hours" and "{value} days" are durations'
    match = _AMOUNT.fullmatch(value.strip().lower()) if isinstance(value, str) else None
    if match is None:
        return ""
    if match[2] in _UNEVEN:
        return f": a {match[2].rstrip('s')} is not always as long; say how many days, such as {_UNEVEN[match[2]]} days"
    amount = Decimal(1) if match[1] in {"", "a", "an"} else Decimal(match[1])
    unit = _UNIT_OF.get(match[2], "")
    while unit in _SMALLER and amount != int(amount):
        factor, unit = _SMALLER[unit]
        amount *= factor
    if not unit or amount != int(amount) or amount == 0:
        return ""
    return did_you_mean(f"{int(amount)} {unit}{'' if amount == 1 else 's'}")


def meant_time_of_day(value: Any) -> str:
    match = _CLOCK.fullmatch(value.strip().lower()) if isinstance(value, str) else None
    if match is None:
        return ""
    hours, minutes = int(match[1]), int(match[2] or 0)
    if match[3] and not 1 <= hours <= 12:  # hours of half a day
        return ""
    hours = hours % 12 + (12 if match[3] == "p" else 0) if match[3] else hours
    return did_you_mean(f"{hours:02}:{minutes:02}") if hours < 24 and minutes < 60 else ""


def meant_percentage(value: Any) -> str:
    if isinstance(value, bool):
        return ""
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return ""
    percent = amount * 100 if 0 < amount < 1 else amount
    return did_you_mean(f"{percent.normalize():f}%") if 0 <= percent <= 100 else ""


def meant_truth(value: Any) -> str:
    word = value.lower() if isinstance(value, str) else ""
    return did_you_mean("true" if word in {"yes", "on"} else "false" if word in {"no", "off"} else "")


def meant_mapping(value: Any, short_for: str) -> str:
    """``short_for``: the key that a bare value may stand for, ``all`` for conditions, which also stand in lists."""
    if isinstance(value, list) and short_for == "all":
        return ", did you mean {all: […]}?"
    if isinstance(value, str) and value.strip() and short_for not in {"", "all"}:
        return f", did you mean {{{short_for}: {value[:60]}}}?"
    return ""
