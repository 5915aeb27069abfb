"""What each of the playbook's languages needs when something is rendered: a small table a language, from CLDR.

The brand's own language is written as in the brand's country: `locale: en-IE` makes `en` the English of Ireland.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from infra.playbook.build_environment import BuildEnvironment, Trees
from infra.playbook.locale_dates import date_table, day_table
from infra.playbook.locale_money import money_table, parse_locale
from infra.playbook.locale_numbers import number_table, plural_table
from shared.adapters.locale_format import LocaleFormat


class Locales:
    """The tables of a brand's languages, and the Jinja of each; both are made when first asked for."""

    def __init__(self, brand: Mapping[str, Any]) -> None:
        self._brand = brand
        self.brands = locale_of(brand)
        self._trees = Trees()
        self._languages: dict[str, Language] = {}

    def __getitem__(self, tag: str) -> "Language":
        """The language of a catalogue's tag."""
        if tag not in self._languages:
            is_own = tag in {self.brands, str(parse_locale(self.brands).language)}
            self._languages[tag] = Language(tag, self.brands if is_own else tag, self._brand, self._trees)
        return self._languages[tag]


class Language:
    """One language: ``tag`` names its catalogues, ``locale`` is how it is written here."""

    def __init__(self, tag: str, locale: str, brand: Mapping[str, Any], trees: Trees) -> None:
        self.tag = tag
        self.locale = locale
        self._brand = brand
        self._trees = trees

    @cached_property
    def direction(self) -> str:
        """``rtl`` where people read from right to left, else ``ltr``."""
        return str(parse_locale(self.locale).text_direction)

    @cached_property
    def table(self) -> dict[str, Any]:
        """What ``LocaleFormat.from_dict`` reads, beside ``lang`` and ``direction``."""
        money = money_table(self.locale)
        if money["currency"] is None:  # a language of many countries: prices are the brand's
            money["currency"] = money_table(locale_of(self._brand))["currency"]
        return {
            "lang": self.locale,
            "direction": self.direction,
            "money": money,
            "numbers": number_table(self.locale),
            "dates": date_table(self.locale),
            "days": day_table(self.locale),
            "plurals": plural_table(self.locale),
        }

    @cached_property
    def environment(self) -> BuildEnvironment:
        return BuildEnvironment(self._brand, LocaleFormat.from_dict(self.table), self._trees)


def locale_of(brand: Mapping[str, Any]) -> str:
    """The brand's locale, or while that is faulty any, so that the rest can be checked too."""
    try:
        parse_locale(brand["locale"])
    except (ValueError, TypeError, AttributeError, KeyError):
        return "en"
    return str(brand["locale"])
