"""Money is written as CLDR says, in every locale that Babel knows, without Babel at run time."""

import json
from decimal import Decimal

import pytest
from babel import Locale
from babel.localedata import locale_identifiers
from babel.numbers import format_currency

from infra.playbook.locale_money import money_table, parse_locale
from shared.adapters.money import MoneyFormat, read_amount

AMOUNTS = tuple(map(Decimal, ("0", "0.5", "12.345", "1234.5", "-1234567.899", "12345678")))
CURRENCIES = ("EUR", "USD", "CHF", "JPY", "KWD", "INR")


def money(tag: str) -> MoneyFormat:
    """The format as the run time reads it: out of JSON."""
    return MoneyFormat.from_dict(json.loads(json.dumps(money_table(tag))))


@pytest.mark.parametrize("identifier", sorted(locale_identifiers())[::15])
def test_amounts_are_written_as_babel_writes_them(identifier: str) -> None:
    ours, locale = money(identifier.replace("_", "-")), Locale.parse(identifier)
    for amount in AMOUNTS:
        for currency in CURRENCIES:
            assert ours.format(amount, currency) == format_currency(amount, currency, locale=locale)


@pytest.mark.parametrize(
    ("tag", "amount", "currency", "written"),
    [
        ("en-IE", "34.5", None, "€34.50"),
        ("en-IE", "34.5", "usd", "US$34.50"),
        ("en-IE", "-5", "EUR", "-€5.00"),
        ("en-IE", "-0.001", "EUR", "€0.00"),
        ("de", "1234.5", "EUR", "1.234,50\N{NO-BREAK SPACE}€"),
        ("ja-JP", "1980", None, "￥1,980"),
        ("hi-IN", "1234567", None, "₹12,34,567.00"),
        ("en", "34.5", None, "34.50"),
        ("en", "34.5", "XPOINTS", "XPOINTS\N{NO-BREAK SPACE}34.50"),
    ],
)
def test_an_amount_reads_as_people_there_write_it(tag: str, amount: str, currency: str | None, written: str) -> None:
    assert money(tag).format(Decimal(amount), currency) == written


@pytest.mark.parametrize("value", [34.5, "34.5", " 34.50 ", Decimal("34.5")])
def test_shops_send_amounts_as_numbers_or_text(value: object) -> None:
    assert read_amount(value) == Decimal("34.5")


@pytest.mark.parametrize(
    "value", [None, True, "", "free", "34,50", "nan", float("inf"), 1e300, "9" * 41, [34.5], {"amount": 3}]
)
def test_what_is_no_amount_is_told_apart(value: object) -> None:
    assert read_amount(value) is None


@pytest.mark.parametrize("tag", ["", "xx-YY-ZZ", "english", "en_IE!"])
def test_an_unknown_locale_is_refused(tag: str) -> None:
    with pytest.raises(ValueError, match="is not a locale"):
        parse_locale(tag)
