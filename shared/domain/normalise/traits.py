"""Which traits are read, and how: a table; what is not in it stays as it was said."""

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Final

from shared.domain.normalise.reading import Read, Reason
from shared.domain.normalise.regions import Region

NAME: Final = "name"
FIRST_NAME: Final = "firstName"
LAST_NAME: Final = "lastName"

READERS: Final[Mapping[str, tuple[str, str]]] = {
    "email": ("emails", "read_email"),
    NAME: ("people", "read_name"),
    FIRST_NAME: ("people", "read_name_part"),
    LAST_NAME: ("people", "read_name_part"),
    "country": ("places", "read_country"),
    "address": ("places", "read_address"),
    "language": ("languages", "read_language"),
    "locale": ("languages", "read_language"),
    "timezone": ("zones", "read_zone"),
    "currency": ("amounts", "read_currency"),
    "age": ("amounts", "read_count"),
    "orders_count": ("amounts", "read_count"),
    "total_spent": ("amounts", "read_amount"),
    "accepts_marketing": ("amounts", "read_boolean"),
    "verified_email": ("amounts", "read_boolean"),
    "tax_exempt": ("amounts", "read_boolean"),
}
"""Segment's reserved traits, and those that Shopify sends as text: the module and function that read them.

A module is loaded when the first such trait comes: most functions, and most events, never see one.
"""

REGIONAL: Final[Mapping[str, tuple[str, str]]] = {
    "phone": ("phones", "read_phone"),
    "birthday": ("birthdays", "read_birthday"),
}
"""What is read by the customs of a country."""


@cache
def reader_of(trait: str) -> Callable[..., Read]:
    module, name = READERS.get(trait) or REGIONAL[trait]
    found: Callable[..., Read] = getattr(import_module(f"shared.domain.normalise.{module}"), name)
    return found


def is_read(trait: str) -> bool:
    return trait in READERS or trait in REGIONAL


def read_trait(trait: str, value: object, region: Region) -> Read:
    """The value in its one form; of a trait that is not read, as it is."""
    if trait in REGIONAL:
        return reader_of(trait)(value, region.code, is_assumed=region.is_assumed)
    return reader_of(trait)(value) if trait in READERS else Read(value)


def names_in(value: object) -> Mapping[str, str]:
    """First and last name out of a whole one."""
    from shared.domain.normalise.people import split_name  # noqa: PLC0415  # as above

    name = split_name(value)
    parts = (None, None) if isinstance(name, Reason) else (name.first, name.last)
    return {trait: part for trait, part in zip((FIRST_NAME, LAST_NAME), parts, strict=True) if part}
