"""Countries: which one a person is in, and its time zone where all its clocks agree."""

from collections.abc import Collection, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final

from shared.domain.normalise.phones import e164_of
from shared.domain.normalise.places import stated_country

_DATABASE: Final = files("tzdata").joinpath("zoneinfo")


def country_of(traits: Mapping[str, Any]) -> str | None:
    """The two letters of the trait ``country`` or ``address.country``, else of the phone number's region."""
    return stated_country(traits) or country_of_number(e164_of(traits.get("phone")))


def country_of_number(phone: str | None) -> str | None:
    """The two letters of the country whose number it is; ``None`` where it is of none."""
    if phone is None:
        return None
    import phonenumbers  # noqa: PLC0415  # its tables take time to load, and few people are asked for this way

    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(phone))
    except phonenumbers.NumberParseException:
        return None


@lru_cache(maxsize=256)
def only_zone(country: str | None) -> str | None:
    """The country's time zone, ``None`` where its clocks differ or there is no such country.

    Germany has two zones by history (Büsingen's is the other), and one clock.
    """
    zones = _zones().get(country or "", [])
    is_one = len(zones) == 1 or len({_rule_of(zone) for zone in zones}) == 1
    return zones[0] if is_one else None


def countries_with_clocks() -> Collection[str]:
    """The two letters of every country where people live."""
    return _zones().keys()


@cache
def _zones() -> Mapping[str, list[str]]:
    """The IANA database's table of zones by country, that of most people first."""
    zones: dict[str, list[str]] = {}
    for line in _DATABASE.joinpath("zone.tab").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            country, _, zone, *_ = line.split("\t")
            zones.setdefault(country, []).append(zone)
    return zones


def _rule_of(zone: str) -> bytes:
    """By what rule the zone's clock goes from now on: the last line of its file (RFC 9636, footer)."""
    return _DATABASE.joinpath(*zone.split("/")).read_bytes().rsplit(b"\n", 2)[1]
