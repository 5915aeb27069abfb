"""Countries in two letters (ISO 3166-1, and XK), however they are written."""

from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final

from shared.domain.normalise import spoken
from shared.domain.normalise.reading import Read, Reason, clean, unread

MAX_COUNTRY: Final = 80
_OTHERWISE: Final = {"UK": "GB", "EL": "GR"}
"""What the United Kingdom and Greece are to the European Union."""
_FLAG: Final = range(0x1F1E6, 0x1F200)


def read_country(value: object) -> Read:
    """The two letters of ``de``, ``DEU``, ``Deutschland``, ``Germany (DE)`` or a flag."""
    if isinstance(value, str) and len(value) == 2 and value in codes():
        return Read(value)
    if isinstance(value, str) and len(value) <= MAX_COUNTRY:
        return _read(value)
    return unread(Reason.TOO_LONG if isinstance(value, str) else Reason.MALFORMED)


def read_address(value: object) -> Read:
    """The country of a postal address is read; one that cannot be is left out."""
    if not isinstance(value, Mapping) or value.get("country") is None:
        return Read(value)
    read = read_country(value["country"])
    if read.value == value["country"]:
        return Read(value)
    rest = {name: part for name, part in value.items() if name != "country"}
    return Read({**rest, "country": read.value} if read.value else rest, read.reason)


def stated_country(traits: Mapping[str, Any]) -> str | None:
    """The two letters of the trait ``country``, else of ``address.country``."""
    address = traits.get("address")
    for said in (traits.get("country"), address.get("country") if isinstance(address, Mapping) else None):
        if said is not None and (code := read_country(said).value) is not None:
            return str(code)
    return None


def is_country(code: str) -> bool:
    return code in codes()


@cache
def codes() -> frozenset[str]:
    """ISO's, as the IANA database lists them, and Kosovo's, which everybody uses."""
    lines = files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text("utf-8").splitlines()
    return frozenset(line[:2] for line in lines if line and not line.startswith("#")) | {"XK"}


@lru_cache(maxsize=1024)
def _read(value: str) -> Read:
    letters = value.strip().strip(".").replace(".", "").upper()
    if len(letters) == 2:
        two = _OTHERWISE.get(letters, letters)
        if two in codes():
            return Read(two)
        flag = "".join(chr(ord(one) - _FLAG[0] + ord("A")) for one in letters if ord(one) in _FLAG)
        if flag in codes():
            return Read(flag)
    text = clean(value)
    if isinstance(text, Reason):
        return unread(text)
    found = spoken.country_called(text.removeprefix("the ").removeprefix("The "))
    if found is None:
        # "Germany (DE)", "DE - Deutschland", "Korea (Republic of)": the parts, where they agree.
        parts = {code for part in _parts(text) if (code := _code_of(part)) is not None}
        found = next(iter(parts)) if len(parts) == 1 else None
    return unread(Reason.UNKNOWN) if found is None else Read(found)


def _parts(text: str) -> list[str]:
    for mark in "(),/|:":
        text = text.replace(mark, " - ")
    return [part.strip() for part in text.replace("–", "-").split(" -") if part.strip(" -")]


def _code_of(part: str) -> str | None:
    part = part.strip(" -")
    code = _OTHERWISE.get(part, part)
    return code if code in codes() else spoken.country_called(part)
