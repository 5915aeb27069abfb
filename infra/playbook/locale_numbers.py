"""Takes from CLDR, through Babel, how one locale writes numbers, and which forms of a word they take."""

import re
from typing import Any, Final

from babel import Locale
from babel.numbers import format_decimal, format_percent

from infra.playbook.locale_money import parse_locale, separators

_RELATION: Final = re.compile(r"([nivwftce])(?: mod (\d+))?( not)? in ([\d.,]+)")
_SAMPLE: Final = 123_456_789
_DIGITS: Final = re.compile(r"\d+")


def number_table(tag: str) -> dict[str, Any]:
    """What ``NumberFormat`` is made of."""
    locale = parse_locale(tag)
    before, after = _DIGITS.split(format_percent(0.2, locale=locale), maxsplit=1)
    return {**separators(format_decimal(_SAMPLE + 0.25, locale=locale)), "percent": [before, after]}


def plural_table(tag: str) -> dict[str, Any]:
    """What ``PluralRules`` holds."""
    locale: Locale = parse_locale(tag)
    return {category: _alternatives(rule) for category, rule in sorted(locale.plural_form.rules.items())}


def _alternatives(rule: str) -> list[Any]:
    """CLDR's condition (in Babel's plainest wording) as its alternatives of relations."""
    return [[_relation(relation) for relation in relations.split(" and ")] for relations in rule.split(" or ")]


def _relation(text: str) -> list[Any]:
    found = _RELATION.fullmatch(text)
    if found is None:
        raise ValueError(f"not a relation of CLDR's plural rules: {text!r}")
    operand, modulus, negation, ranges = found.groups()
    bounds = [list(map(int, one.split(".."))) for one in ranges.split(",")]
    return [operand, int(modulus or 0), negation is not None, [[bound[0], bound[-1]] for bound in bounds]]
