"""In which language a person is spoken to, and how days and addresses are written for them."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.consent.masking import masked
from shared.domain.consent.words import Channel
from shared.domain.locales.languages import choose_language
from shared.domain.locales.written_dates import write_date
from shared.domain.timing import parse_instant

SHIPPED = ["en", "de", "fr"]


@pytest.mark.parametrize(
    ("available", "wishes", "chosen"),
    [
        (SHIPPED, {}, "en"),
        (SHIPPED, {"accepted": "fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5"}, "fr"),
        (SHIPPED, {"accepted": "it, en;q=0.2, de;q=0.8"}, "de"),
        (SHIPPED, {"accepted": "de;q=0, fr"}, "fr"),
        (SHIPPED, {"accepted": "it-IT"}, "en"),
        (SHIPPED, {"accepted": ";;;q=9, de"}, "de"),
        (SHIPPED, {"traits": {"language": "de-AT"}, "accepted": "fr"}, "de"),
        (SHIPPED, {"traits": {"locale": "fr-BE"}}, "fr"),
        (SHIPPED, {"traits": {"language": "it", "locale": "fr"}}, "fr"),
        (SHIPPED, {"traits": {"language": 7}}, "en"),
        (SHIPPED, {"asked": "fr", "traits": {"language": "de"}, "accepted": "en"}, "fr"),
        (SHIPPED, {"asked": "../x", "traits": {"language": "de"}}, "de"),
        (["en", "pt", "pt-BR"], {"asked": "PT-br"}, "pt-BR"),
        (["en", "pt-BR"], {"asked": "pt"}, "pt-BR"),
        (["en", "pt", "pt-BR"], {"asked": "pt-PT"}, "pt"),
        ([], {"asked": "de"}, ""),
    ],
)
def test_a_person_is_spoken_to_in_their_language(available: list[str], wishes: dict[str, Any], chosen: str) -> None:
    assert choose_language(available, **wishes) == chosen


@given(st.text(max_size=600), st.text(max_size=60))
def test_whatever_a_browser_says_there_is_a_language(accepted: str, asked: str) -> None:
    assert choose_language(SHIPPED, asked=asked, accepted=accepted) in SHIPPED


def test_a_day_is_the_persons_own() -> None:
    table = {"pattern": "{day}. {month} {year}", "months": [*"JFMAMJJASOND"]}
    late = parse_instant("2026-11-22T23:30:00Z")

    assert write_date(late, ZoneInfo("Europe/Berlin"), table) == "23. N 2026"
    assert write_date(late, ZoneInfo("America/New_York"), table) == "22. N 2026"


@pytest.mark.parametrize(
    ("channel", "addresses", "shown"),
    [
        (Channel.EMAIL, ("ana@example.com",), "a•••@example.com"),
        (Channel.EMAIL, ("a@example.com",), "a•••@example.com"),
        (Channel.SMS, ("+353861234567",), "••• 567"),
        (Channel.PUSH, ("a-token",), ""),
        (Channel.EMAIL, (), ""),
    ],
)
def test_an_address_is_shown_masked(channel: Channel, addresses: tuple[str, ...], shown: str) -> None:
    assert masked(channel, addresses) == shown
