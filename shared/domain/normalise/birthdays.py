"""Birthdays as ISO dates, ``1990-05-17``, or ``--05-17`` where the year is not known."""

import re
from datetime import date
from functools import lru_cache
from typing import Final

from shared.domain.normalise.reading import Read, Reason, clean, fold, unread
from shared.domain.timing import parse_instant

MAX_DATE: Final = 40
_EARLIEST: Final = 1850
_LATEST: Final = 2100
_LEAP: Final = 2000
_NO_YEARS: Final = frozenset({0, 1, 1604})
"""What exports and address books write for a year that nobody said."""
_THIS_CENTURY: Final = 30
"""A year of two digits from here on is of the last century; one before it may be of either."""

_MIDNIGHT: Final = re.compile(r"(\d{4}-\d\d-\d\d)[T ]00:00(?::00(?:[.,]0+)?)?(?:Z|[+-]\d\d:?\d\d)?", re.ASCII)
_YEAR_FIRST: Final = re.compile(r"(\d{4})(?:[-/. ]\s*(\d{1,2})[-/. ]\s*(\d{1,2})\.?|(\d\d)(\d\d))", re.ASCII)
_EASTERN: Final = re.compile(r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일]", re.ASCII)
_NO_YEAR: Final = re.compile(r"--(\d\d)-?(\d\d)", re.ASCII)
_YEAR_LAST: Final = re.compile(r"(\d{1,2})\s*([-/.])\s*(\d{1,2})\s*\2\s*(\d{4}|\d\d)", re.ASCII)
_DAY_AND_MONTH: Final = re.compile(r"(\d{1,2})\.\s*(\d{1,2})\.", re.ASCII)
_WORDS: Final = re.compile(r"[^\W_]+", re.UNICODE)

MONTH_FIRST: Final = frozenset({"US", "PH", "PW", "FM", "MH", "GU", "PR", "AS", "VI", "MP", "UM"})
EITHER: Final = frozenset({"CA", "BZ", "KE", "ZA"})
"""Where both orders are usual (South Africa writes the year first, and both beside it)."""


def read_birthday(value: object, region: str | None = None, *, is_assumed: bool = False) -> Read:
    """The day; ``03/04/1990`` by the customs of the region, and not at all where none is known."""
    if not isinstance(value, str):
        return unread(Reason.MALFORMED)
    return _read(value, region, is_assumed) if len(value) <= MAX_DATE else unread(Reason.TOO_LONG)


@lru_cache(maxsize=512)
def _read(value: str, region: str | None, is_assumed: bool) -> Read:
    text = clean(value)
    if isinstance(text, Reason):
        return unread(text)
    if midnight := _MIDNIGHT.fullmatch(text):
        text = midnight[1]
    if found := _NO_YEAR.fullmatch(text):
        return _day(0, int(found[1]), int(found[2]))
    if found := _YEAR_FIRST.fullmatch(text) or _EASTERN.fullmatch(text):
        year, month, day = (int(part) for part in found.groups() if part is not None)
        return _day(year, month, day)
    if found := _DAY_AND_MONTH.fullmatch(text):
        return _day(0, int(found[2]), int(found[1]))
    if found := _YEAR_LAST.fullmatch(text):
        year_of = _year(found[4])
        if year_of is None:
            return unread(Reason.AMBIGUOUS)
        return _by_region(int(found[1]), int(found[3]), year_of, found[2], region, is_assumed)
    if _is_instant(text):
        return Read(text)
    return _in_words(text)


def _by_region(first: int, second: int, year: int, mark: str, region: str | None, is_assumed: bool) -> Read:
    if mark == "." or first > 12 or first == second:
        return _day(year, second, first)
    if second > 12:
        return _day(year, first, second)
    if region is None or region in EITHER:
        return unread(Reason.AMBIGUOUS)
    month, day = (first, second) if region in MONTH_FIRST else (second, first)
    read = _day(year, month, day)
    return Read(read.value, Reason.ASSUMED_REGION) if is_assumed and read.value else read


def _in_words(text: str) -> Read:
    """``17 May 1990``, ``May 17th, 1990``, ``17. Mai``, ``17 de mayo de 1990``."""
    words = [word for word in _WORDS.findall(text) if fold(word) not in _BETWEEN]
    months = [_MONTHS[fold(word)] for word in words if fold(word) in _MONTHS]
    numbers = [digits for word in words if (digits := _ORDINAL.sub("", word)).isdecimal()]
    if len(months) != 1 or len(months) + len(numbers) != len(words) or not 1 <= len(numbers) <= 2:
        return unread(Reason.MALFORMED)
    days = [number for number in numbers if len(number) <= 2]
    years = [number for number in numbers if len(number) == 4]
    if len(days) != 1:
        return unread(Reason.AMBIGUOUS if len(days) == 2 else Reason.MALFORMED)
    return _day(int(years[0]) if years else 0, months[0], int(days[0]))


def _year(text: str) -> int | None:
    if len(text) == 4:
        return int(text)
    return 1900 + int(text) if int(text) >= _THIS_CENTURY else None


def _day(year: int, month: int, day: int) -> Read:
    is_known = year not in _NO_YEARS
    if is_known and not _EARLIEST <= year < _LATEST:
        return unread(Reason.MALFORMED)
    try:
        found = date(year if is_known else _LEAP, month, day).isoformat()
    except ValueError:
        return unread(Reason.MALFORMED)
    return Read(found if is_known else f"-{found[4:]}")


def _is_instant(text: str) -> bool:
    try:
        parse_instant(text)
    except ValueError:
        return False
    return True


_BETWEEN: Final = frozenset({"de", "of", "the", "di", "den", "le", "del"})
_ORDINAL: Final = re.compile(r"(?<=\d)(?:st|nd|rd|th|er|e|º|ª)$", re.IGNORECASE)
_NAMES_OF_MONTHS: Final = (
    "january jan januar janvier janv enero ene gennaio gen januari janeiro janner styczen stycznia leden ledna",
    "february feb februar fevrier fevr febrero febbraio februari fevereiro fev luty lutego unor unora",
    "march mar marz maerz mrz mars marzo maart mrt marco marca marts brezen brezna",
    "april apr avril avr abril abr aprile kwiecien kwietnia duben dubna",
    "may mai mayo maggio mag mei maio maj maja kveten kvetna",
    "june jun juni juin junio giugno giu junho czerwiec czerwca cerven cervna",
    "july jul juli juillet juil julio luglio lug julho lipiec lipca cervenec cervence",
    "august aug aout agosto ago augustus augusti sierpien sierpnia srpen srpna",
    "september sep sept septembre septiembre settembre set setembro wrzesien wrzesnia zari",
    "october oct oktober okt octobre octubre ottobre ott outubro out pazdziernik pazdziernika rijen rijna",
    "november nov novembre noviembre novembro listopada",
    "december dec dezember dez decembre diciembre dic dicembre dezembro grudzien grudnia prosinec prosince",
)
_MONTHS: Final = {name: month for month, names in enumerate(_NAMES_OF_MONTHS, 1) for name in names.split()}
