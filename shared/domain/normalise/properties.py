"""Numbers, yes or no and currencies in the properties of the Segment spec's events, where they came as text.

Only what the spec has as a number is read as one, and only of its own events: what a shop calls ``code`` or ``size``
is text if it came as text, and is compared as such. What cannot be read for certain stays as it came.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import NoneType
from typing import Any, Final

from shared.domain.events import Event, EventType
from shared.domain.intake.event_names import PROPERTIES, SPEC_NAMES
from shared.domain.normalise.amounts import CURRENCIES, read_amount, read_boolean, read_count, read_currency
from shared.domain.normalise.reading import MAX_LENGTH, Read, Reason, unread
from shared.domain.records import changed

AMOUNTS: Final = frozenset({"price", "value", "subtotal", "total", "revenue", "shipping", "tax", "discount"})
COUNTS: Final = frozenset({"quantity", "position", "step"})
NUMBERS: Final = AMOUNTS | COUNTS | {"rating"}
CURRENCY: Final = "currency"
BOOLEANS: Final = frozenset({"from_background", "full_screen", "livestream"})
READ: Final = frozenset(PROPERTIES) | {
    name for name in SPEC_NAMES if name.startswith("Video") or name == "Application Opened"
}
"""The events whose properties are looked at."""
_CONCERNED: Final = NUMBERS | BOOLEANS

_WHOLE_ONLY: Final = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"}
)
"""Currencies without a smaller unit (ISO 4217): in them ``12.990`` is twelve thousand and some."""
_GROUP_OR_CENTS: Final = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}", re.ASCII)
_NO_CENTS: Final = re.compile(r"[.,](?:[–—]|-{1,2})(?=\s|$)")
"""How shops write a round price: ``1'299.–``, ``20,-``."""


def in_one_form(event: Event) -> Event:
    """The event as conditions see it; the very object where nothing is to be changed, as of nearly all."""
    if not event.properties or event.type is not EventType.TRACK or event.name not in READ:
        return event
    properties = _in_one_form(event.properties)
    return event if properties is None else changed(event, properties=properties)


def misread(name: str, properties: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    """Where a number of the spec came as something else, and whether it could be read."""
    if name not in READ:
        return
    currency = _currency_of(properties)
    for path, said in (("", properties), *_products(properties)):
        for key in _CONCERNED & said.keys():
            value = said[key]
            if type(value) in ((bool, NoneType) if key in BOOLEANS else (int, float, NoneType)):
                continue
            is_read = isinstance(value, str) and _read(key, value, _currency_of(said) or currency).value is not None
            yield (f"{path}{key}", is_read)
    products = properties.get("products")
    if products is not None and not (isinstance(products, list) and all(isinstance(one, dict) for one in products)):
        yield ("products", False)


def _in_one_form(properties: Mapping[str, Any], inherited: str | None = None) -> dict[str, Any] | None:
    """The properties with what could be read in its form; ``None``: they are in it."""
    found: dict[str, Any] = {}
    for key, value in properties.items():
        if type(value) is str:
            if key == CURRENCY:
                if value not in CURRENCIES and (currency := read_currency(value).value) is not None:
                    found[key] = currency
            elif key in _CONCERNED:
                number = _read(key, value, _currency_of(properties) or inherited).value
                if number is not None:
                    found[key] = number
        elif key == "products" and type(value) is list and inherited is None:
            products = _products_in_one_form(value, _currency_of(properties) or "")
            if products is not None:
                found[key] = products
    return {**properties, **found} if found else None


def _products_in_one_form(products: list[Any], currency: str) -> list[Any] | None:
    read = [_in_one_form(one, currency) if type(one) is dict else None for one in products]
    if not any(read):
        return None
    return [one if other is None else other for one, other in zip(products, read, strict=True)]


def _products(properties: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    products = properties.get("products")
    if isinstance(products, list):
        for one in products:
            if isinstance(one, dict):
                yield "products.*.", one


def _currency_of(properties: Mapping[str, Any]) -> str | None:
    said = properties.get(CURRENCY)
    return said if isinstance(said, str) else None


def _read(key: str, value: str, currency: str | None) -> Read:
    return _read_text(key, value, currency) if len(value) <= MAX_LENGTH else unread(Reason.TOO_LONG)


@lru_cache(maxsize=2048)
def _read_text(key: str, value: str, currency: str | None) -> Read:
    """``1,234`` and ``1.234`` may be a thousand or one and some: only a currency without cents tells."""
    if key in COUNTS:
        return read_count(value)
    if key in BOOLEANS:
        return read_boolean(value)
    if "%" in value:
        return unread(Reason.MALFORMED)
    code = None if currency is None else read_currency(currency).value
    bare = _NO_CENTS.sub("", value)
    if key in AMOUNTS:
        digits = re.sub(r"[^\d.,+-]", "", bare)
        if _GROUP_OR_CENTS.fullmatch(digits):
            return Read(int(re.sub("[.,]", "", digits))) if code in _WHOLE_ONLY else unread(Reason.AMBIGUOUS)
    return read_amount(bare)
