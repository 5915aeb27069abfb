"""Which traits are read, and how: a table; what is not in it stays as it was said."""

from collections.abc import Callable, Mapping
from typing import Final

from shared.domain.normalise.amounts import read_amount, read_boolean, read_count, read_currency
from shared.domain.normalise.birthdays import read_birthday
from shared.domain.normalise.emails import read_email
from shared.domain.normalise.languages import read_language
from shared.domain.normalise.people import read_name, read_name_part, split_name
from shared.domain.normalise.phones import read_phone
from shared.domain.normalise.places import read_country
from shared.domain.normalise.reading import Read, Reason
from shared.domain.normalise.regions import Region
from shared.domain.normalise.zones import read_zone

NAME: Final = "name"
FIRST_NAME: Final = "firstName"
LAST_NAME: Final = "lastName"


def _read_address(value: object) -> Read:
    """The country of a postal address is read; one that cannot be is left out."""
    if not isinstance(value, Mapping) or value.get("country") is None:
        return Read(value)
    read = read_country(value["country"])
    if read.value == value["country"]:
        return Read(value)
    rest = {name: part for name, part in value.items() if name != "country"}
    return Read({**rest, "country": read.value} if read.value else rest, read.reason)


READERS: Final[Mapping[str, Callable[[object], Read]]] = {
    "email": read_email,
    NAME: read_name,
    FIRST_NAME: read_name_part,
    LAST_NAME: read_name_part,
    "country": read_country,
    "address": _read_address,
    "language": read_language,
    "locale": read_language,
    "timezone": read_zone,
    "currency": read_currency,
    "age": read_count,
    "orders_count": read_count,
    "total_spent": read_amount,
    "accepts_marketing": read_boolean,
    "verified_email": read_boolean,
    "tax_exempt": read_boolean,
}
"""Segment's reserved traits, and those of a customer that Shopify sends as text."""

REGIONAL: Final[Mapping[str, Callable[..., Read]]] = {"phone": read_phone, "birthday": read_birthday}
"""What is read by the customs of a country."""


def is_read(trait: str) -> bool:
    return trait in READERS or trait in REGIONAL


def read_trait(trait: str, value: object, region: Region) -> Read:
    """The value in its one form; of a trait that is not read, as it is."""
    regional = REGIONAL.get(trait)
    if regional is not None:
        return regional(value, region.code, is_assumed=region.is_assumed)
    reader = READERS.get(trait)
    return Read(value) if reader is None else reader(value)


def names_in(value: object) -> Mapping[str, str]:
    """First and last name out of a whole one."""
    name = split_name(value)
    parts = (None, None) if isinstance(name, Reason) else (name.first, name.last)
    return {trait: part for trait, part in zip((FIRST_NAME, LAST_NAME), parts, strict=True) if part}
