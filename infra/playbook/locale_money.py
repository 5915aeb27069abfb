"""Takes from CLDR, through Babel, how one locale writes money: the table that ``shared.adapters.money`` formats by."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.numbers import format_currency, get_currency_precision, get_territory_currencies

_NUMBER: Final = re.compile(r"\d.*\d|\d")
_MOST_LOCALES: Final = 64
_SAMPLE: Final = 123_456_789
"""Nine digits: enough to see two group sizes."""


def parse_locale(tag: str) -> Locale:
    """The locale of a BCP 47 tag such as ``en-IE``.

    Raises:
        ValueError: no such language.
    """
    try:
        return Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):
        raise ValueError(f'"{tag}" is not a locale like "en", "en-IE" or "pt-BR"') from None


def money_table(tag: str) -> dict[str, Any]:
    """What ``MoneyFormat.from_dict`` reads."""
    locale = parse_locale(tag)
    home = get_territory_currencies(locale.territory) if locale.territory else []
    return {
        **separators(format_currency(_SAMPLE + 0.25, "EUR", locale=locale)),
        "currency": home[0] if home else None,
        "currencies": _currencies(tag),
    }


@lru_cache(_MOST_LOCALES)
def _currencies(tag: str) -> Mapping[str, list[Any]]:
    """How each currency is written, which takes a while to find out: the same for every playbook."""
    locale = parse_locale(tag)
    return {code: _affixes(code, locale) for code in _circulating_currencies()}


def _circulating_currencies() -> list[str]:
    return sorted(
        {
            code
            for entries in get_global("territory_currencies").values()
            for code, _, end, is_tender in entries
            if end is None and is_tender
        }
    )


def separators(sample: str) -> dict[str, Any]:
    """The signs and the sizes of groups in 123,456,789.25 as a locale writes it."""
    number = _NUMBER.findall(sample)[0]
    parts = re.split(r"(\D+)", number)
    wholes = parts[:-2:2]
    return {
        "decimal": parts[-2],
        "group": parts[1] if len(wholes) > 1 else "",
        "groups": [len(wholes[-1]), len(wholes[-2])] if len(wholes) > 1 else [9, 9],
    }


def _affixes(code: str, locale: Locale) -> list[Any]:
    positive, negative = (_NUMBER.split(format_currency(sign, code, locale=locale), maxsplit=1) for sign in (1, -1))
    return [get_currency_precision(code), *positive, *negative]
