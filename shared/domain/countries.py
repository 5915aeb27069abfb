"""Countries: which one a person is in, and its time zone where it has only one."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from shared.domain.profiles import normalise_phone


def country_of(traits: Mapping[str, Any]) -> str | None:
    """The two letters of the trait ``country`` or ``address.country``, else of the phone number's region."""
    address = traits.get("address")
    for value in (traits.get("country"), address.get("country") if isinstance(address, Mapping) else None):
        if isinstance(value, str) and len(value) == 2 and value.isascii() and value.isalpha():
            return value.upper()
    return _region_of(normalise_phone(traits.get("phone")))


def only_zone(country: str | None) -> str | None:
    """The country's time zone, ``None`` where it has several or there is no such country."""
    return _only_zones().get(country or "")


def _region_of(phone: str | None) -> str | None:
    if phone is None:
        return None
    import phonenumbers  # noqa: PLC0415  # its tables take time to load, and few people are asked for this way

    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(phone))
    except phonenumbers.NumberParseException:
        return None


@cache
def _only_zones() -> Mapping[str, str]:
    """From the IANA database's table of zones by country."""
    zones: dict[str, list[str]] = {}
    for line in files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            country, _, zone, *_ = line.split("\t")
            zones.setdefault(country, []).append(zone)
    return {country: found[0] for country, found in zones.items() if len(found) == 1}
