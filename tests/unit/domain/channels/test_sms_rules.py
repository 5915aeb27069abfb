"""What the policy asks of texts, and the words by which one opts out."""

from typing import Any

import pytest

from shared.domain.channels.opt_out_words import ending, with_opt_out
from shared.domain.channels.sms_parts import Encoding, plainly, sms_parts
from shared.domain.channels.sms_rules import SmsRules, read_sms_rules
from shared.domain.language.reading import Faults

STOP = "Reply STOP to opt out"


@pytest.mark.parametrize(
    ("plain", "rules"),
    [
        ({}, SmsRules(3, {})),
        ({"max_parts": 10}, SmsRules(10, {})),
        ({"opt_out": {"countries": {"US": f" {STOP} "}}}, SmsRules(3, {"US": STOP})),
    ],
)
def test_the_rules_are_read(plain: Any, rules: SmsRules) -> None:
    faults = Faults()
    assert read_sms_rules(plain, faults) == rules
    assert not faults


@pytest.mark.parametrize(
    ("plain", "path"),
    [
        ([], "sms"),
        ({"parts": 1}, "sms"),
        ({"max_parts": 0}, "sms.max_parts"),
        ({"max_parts": 11}, "sms.max_parts"),
        ({"max_parts": True}, "sms.max_parts"),
        ({"opt_out": STOP}, "sms.opt_out"),
        ({"opt_out": {"US": STOP}}, "sms.opt_out"),
        ({"opt_out": {"countries": {"UK": STOP}}}, "sms.opt_out.countries.UK"),
        ({"opt_out": {"countries": {"US": " "}}}, "sms.opt_out.countries.US"),
    ],
)
def test_what_is_wrong_with_them_is_told_with_its_place(plain: Any, path: str) -> None:
    faults = Faults()
    read_sms_rules(plain, faults)
    assert [".".join(fault.path) for fault in faults] == [path]


@pytest.mark.parametrize(
    ("number", "words"),
    [("+12125550123", STOP), ("+14165550123", None), ("+33612345678", "STOP au 36180"), ("+353871234567", None)],
)
def test_the_words_are_those_of_the_country_that_the_text_goes_to(number: str, words: str | None) -> None:
    assert ending({"US": STOP, "FR": "STOP au 36180"}, number) == words


@pytest.mark.parametrize(
    ("text", "words", "sent"),
    [
        ("Sale today", STOP, f"Sale today\n{STOP}"),
        ("Sale today. reply stop to opt out", STOP, "Sale today. reply stop to opt out"),
        ("Sale today", None, "Sale today"),
    ],
)
def test_a_text_ends_with_the_words_unless_it_has_them(text: str, words: str | None, sent: str) -> None:
    assert with_opt_out(text, words) == sent


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("It’s “yours” – from\N{NO-BREAK SPACE}39,90\N{NARROW NO-BREAK SPACE}€…", 'It\'s "yours" - from 39,90 €...'),
        ("Größe 42 – Łódź", "Größe 42 – Łódź"),
        ("Hello", "Hello"),
    ],
)
def test_typography_is_put_plainly_where_that_spares_the_other_alphabet(text: str, sent: str) -> None:
    assert plainly(text) == sent
    assert sms_parts(sent).encoding is (Encoding.UCS_2 if "Ł" in sent else Encoding.GSM_7)
