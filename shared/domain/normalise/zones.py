"""Time zones by their names in the IANA database, however they are written."""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

from shared.domain.normalise import spoken
from shared.domain.normalise.reading import Read, Reason, clean, fold, unread

MAX_ZONE: Final = 80
_OFFSET: Final = re.compile(
    r"(?:UTC|GMT)?\s*(?P<sign>[+\-−])\s*(?P<hours>\d{1,2})(?::?(?P<minutes>\d\d))?", re.IGNORECASE
)
_WITH_OFFSET: Final = re.compile(r"\(?(?:UTC|GMT)\s*[+\-−]?\d{0,2}:?\d{0,2}\)\s*(?P<name>.+)", re.IGNORECASE)
_ALIASES: Final = {
    "z": "Etc/UTC",
    "utc": "Etc/UTC",
    "gmt": "Etc/GMT",
    "utc0": "Etc/UTC",
    "gmt0": "Etc/GMT",
    "cest": "CET",
    "mesz": "CET",
    "mez": "CET",
    "eest": "EET",
    "west": "WET",
    "msk": "Europe/Moscow",
    "pst": "America/Los_Angeles",
    "pdt": "America/Los_Angeles",
    "pt": "America/Los_Angeles",
    "mdt": "America/Denver",
    "cdt": "America/Chicago",
    "edt": "America/New_York",
    "et": "America/New_York",
    "akst": "America/Anchorage",
    "akdt": "America/Anchorage",
    "jst": "Asia/Tokyo",
    "kst": "Asia/Seoul",
    "aest": "Australia/Brisbane",
    "aedt": "Australia/Sydney",
    "nzst": "Pacific/Auckland",
    "nzdt": "Pacific/Auckland",
    "hkt": "Asia/Hong_Kong",
    "sgt": "Asia/Singapore",
    "brt": "America/Sao_Paulo",
    "easterntimeuscanada": "America/New_York",
    "centraltimeuscanada": "America/Chicago",
    "mountaintimeuscanada": "America/Denver",
    "pacifictimeuscanada": "America/Los_Angeles",
    "easterntime": "America/New_York",
    "centraltime": "America/Chicago",
    "pacifictime": "America/Los_Angeles",
    "mountaintime": "America/Denver",
    "kyiv": "Europe/Kyiv",
    "kiev": "Europe/Kyiv",
    "europekiew": "Europe/Kyiv",
    "newdelhi": "Asia/Kolkata",
    "mumbai": "Asia/Kolkata",
    "beijing": "Asia/Shanghai",
}
"""What people, Rails and mail clients write; abbreviations that one place alone uses."""
_AMBIGUOUS: Final = frozenset({"ist", "cst", "bst", "ast", "gst", "sst", "pkt", "ect", "wst", "amt"})
"""Of several places: India, Israel and Ireland share one."""
_NO_PLACES: Final = ("Etc/", "SystemV/", "US/", "Brazil/", "Canada/", "Chile/", "Mexico/")


def read_zone(value: object) -> Read:
    """The zone of ``europe/berlin``, ``Berlin``, ``W. Europe Standard Time``, ``UTC+2`` or ``CEST``."""
    if isinstance(value, str) and value in _names():
        return Read(value)
    if isinstance(value, str) and len(value) <= MAX_ZONE:
        return _read(value)
    return unread(Reason.TOO_LONG if isinstance(value, str) else Reason.MALFORMED)


@lru_cache(maxsize=512)
def _read(value: str) -> Read:
    text = clean(value)
    if isinstance(text, Reason):
        return unread(text)
    zone = _named(text)
    if zone is not None:
        return Read(zone)
    if fold(text) in _AMBIGUOUS:
        return unread(Reason.AMBIGUOUS)
    offset = _OFFSET.fullmatch(text)
    if offset:
        return _fixed(offset)
    told = _WITH_OFFSET.fullmatch(text)
    zone = _named(told["name"]) if told else None
    return unread(Reason.UNKNOWN) if zone is None else Read(zone)


def _named(text: str) -> str | None:
    key = text.replace(" ", "_").replace("\\", "/").lower()
    plain = fold(text)
    return _ALIASES.get(plain) or _zones().get(key) or _cities().get(plain) or spoken.windows_zone(text)


def _fixed(offset: re.Match[str]) -> Read:
    """A clock that never changes; the database has whole hours, and writes the sign the other way round."""
    hours, minutes = int(offset["hours"]), int(offset["minutes"] or 0)
    if minutes or hours > 14 or (hours > 12 and offset["sign"] != "+"):
        return unread(Reason.UNKNOWN)
    if not hours:
        return Read("Etc/UTC")
    return Read(f"Etc/GMT{'-' if offset['sign'] == '+' else '+'}{hours}")


@cache
def _names() -> frozenset[str]:
    return frozenset(files("tzdata").joinpath("zones").read_text("utf-8").split()) - {"Factory"}


@cache
def _zones() -> Mapping[str, str]:
    """Each name of the database by itself in small letters."""
    return {name.lower(): name for name in _names()}


@cache
def _cities() -> Mapping[str, str]:
    """The zones by their cities, where one zone alone has that city."""
    found: dict[str, set[str]] = {}
    for name in _names():
        if "/" in name and not name.startswith(_NO_PLACES):
            found.setdefault(fold(name.rsplit("/", 1)[1]), set()).add(name)
    return {city: next(iter(names)) for city, names in found.items() if len(names) == 1}
