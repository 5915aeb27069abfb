"""Numbers, days and counted words as each language writes them: what Babel writes, from tables that need no Babel."""

import json
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from babel.numbers import format_decimal, format_percent
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import TemplateError

from infra.playbook.locale_money import parse_locale
from infra.playbook.locales import Locales
from shared.adapters.locale_format import LocaleFormat
from shared.adapters.plurals import OTHER

TAGS = (
    "en-IE",
    "en-US",
    "de",
    "de-CH",
    "fr",
    "pl",
    "cs",
    "ar",
    "he",
    "fa",
    "ur",
    "ja",
    "pt-BR",
    "hi",
    "lt",
    "sl",
    "lv",
)
LOCALES = Locales({"locale": "en-IE", "timezone": "Europe/Dublin"})


@cache
def formats(tag: str) -> LocaleFormat:
    """As the artefact holds them."""
    return LocaleFormat.from_dict(json.loads(json.dumps(LOCALES[tag].table)))


def render(source: str, tag: str = "en", **context: Any) -> str:
    return LOCALES[tag].environment.from_string(source).render(context)


@pytest.mark.parametrize("tag", TAGS)
@settings(max_examples=30)
@given(number=st.decimals(min_value=-(10**9), max_value=10**9, places=2))
def test_numbers_are_written_as_babel_writes_them(tag: str, number: Decimal) -> None:
    expected = format_decimal(abs(number), locale=parse_locale(tag), format=None)

    assert formats(tag).numbers.format(abs(number)) == expected


@pytest.mark.parametrize("tag", TAGS)
def test_percentages_are_written_as_babel_writes_them(tag: str) -> None:
    for share in ("0.05", "0.2", "1"):
        assert formats(tag).numbers.format_percent(Decimal(share)) == format_percent(
            Decimal(share), locale=parse_locale(tag)
        )


@pytest.mark.parametrize("tag", TAGS)
def test_every_number_takes_the_form_that_cldr_gives_it(tag: str) -> None:
    rule = parse_locale(tag).plural_form
    numbers = [Decimal(n) for n in (*range(240), 1_000, 10_002, 1_000_000)] + [Decimal("1.5"), Decimal("0.1")]
    for number in numbers:
        assert formats(tag).plurals.category(number) == rule(number), number


@pytest.mark.parametrize(
    ("tag", "short", "long", "full"),
    [
        ("en-IE", "02/11/2026", "2 November 2026", "Monday 2 November 2026"),
        ("en-US", "11/2/2026", "November 2, 2026", "Monday, November 2, 2026"),
        ("de", "02.11.2026", "2. November 2026", "Montag, 2. November 2026"),
        ("fr", "02/11/2026", "2 novembre 2026", "lundi 2 novembre 2026"),
        ("pl", "2.11.2026", "2 listopada 2026", "poniedziałek, 2 listopada 2026"),
        ("ja", "2026/11/02", "2026年11月2日", "2026年11月2日月曜日"),
        ("ar", "2\u200f/11\u200f/2026", "2 نوفمبر 2026", "الاثنين، 2 نوفمبر 2026"),
    ],
)
def test_a_day_is_written_short_long_and_in_full(tag: str, short: str, long: str, full: str) -> None:
    dates = formats(tag).dates

    assert [dates.format(date(2026, 11, 2), length) for length in ("short", "long", "full")] == [short, long, full]


@pytest.mark.parametrize(
    ("value", "timezone", "day"),
    [
        ("2026-11-02", "Asia/Tokyo", "2 November 2026"),
        ("2026-11-02T20:00:00Z", "Asia/Tokyo", "3 November 2026"),
        ("2026-11-02T20:00:00Z", "America/New_York", "2 November 2026"),
        ("2026-07-02T23:30:00Z", None, "3 July 2026"),
        ("2026-11-02T20:00:00", "Asia/Tokyo", "2 November 2026"),
    ],
)
def test_an_instant_is_a_day_of_the_persons_own_calendar(value: str, timezone: str | None, day: str) -> None:
    assert render("{{ at | date }}", at=value, traits={"timezone": timezone} if timezone else {}) == day


@pytest.mark.parametrize(
    "value", ["soon", "", "2026-13-01", 20261102, None, ["2026-11-02"], "2" * 50, "0001-01-01T00:00Z"]
)
def test_what_is_no_day_can_be_asked_first(value: object) -> None:
    assert render("{{ at is date }}", at=value) in {"False", "True" if value == "0001-01-01T00:00Z" else "False"}
    with pytest.raises((TypeError, TemplateError)):
        render("{{ at | date }}", at="soon", traits={})


@pytest.mark.parametrize(
    ("tag", "n", "said"),
    [
        ("en", 1, "1 piece"),
        ("en", 1_200, "1,200 pieces"),
        ("de", 1_200, "1.200 pieces"),
        ("fr", 0, "0 piece"),
        ("en", "2.5", "2.5 pieces"),
        ("ja", 1, "1 pieces"),
    ],
)
def test_a_counted_word_takes_the_form_of_its_number(tag: str, n: object, said: str) -> None:
    assert render('{{ n | plural(one="{n} piece", other="{n} pieces") }}', tag, n=n) == said


def test_a_form_that_is_rarely_needed_may_be_left_out() -> None:
    assert "many" not in formats("fr").plurals.everyday
    assert render('{{ 1000000 | plural(one="{n} pièce", other="{n} pièces") }}', "fr").endswith("pièces")
    assert formats("pl").plurals.everyday == {"one", "few", "many", OTHER}
    assert formats("ja").plurals.everyday == {OTHER}


def test_prices_without_a_currency_are_the_brands_in_every_language() -> None:
    assert render("{{ 34.5 | money }}", "en") == "€34.50"
    assert render("{{ 34.5 | money }}", "de") == "34,50\N{NO-BREAK SPACE}€"
    assert render('{{ 1234.5 | money("USD") }}', "fr") == "1\u202f234,50\N{NO-BREAK SPACE}$US"
