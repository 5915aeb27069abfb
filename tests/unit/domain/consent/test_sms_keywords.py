"""Keywords of text messages: exactly those words, and never a part of a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.consent.sms_keywords import KEYWORDS, Keyword, read_keyword, seems_to_ask_for_an_end

STOP, START, HELP = Keyword.STOP, Keyword.START, Keyword.HELP
TWO_WORDS = "opt out"
"""The one keyword of two: the FCC names it."""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(
            (word, STOP)
            for word in ["ARRET", "CANCEL", "END", "OPT-OUT", "OPTOUT", "QUIT", "REMOVE", "STOP", "TD", "UNSUBSCRIBE"]
        ),
        *((word, START) for word in ("START", "UNSTOP")),
        *((word, HELP) for word in ("HELP", "INFO", "AIDE")),
        ("REVOKE", STOP),
        ("opt out", STOP),
        ("Arrêt", STOP),
        ("arre\u0302t", STOP),
        ("stop", STOP),
        ("Stop", STOP),
        ("  stop\r\n", STOP),
        ("STOP.", STOP),
        ("“stop”", STOP),
        ("'Stop!!!'", STOP),
        ("«ARRÊT»", STOP),
        ("¡stop!", STOP),
        ("stop…", STOP),
        ("(Stop)", STOP),
        ("stop\u200b", STOP),
        ("ＳＴＯＰ", STOP),
        ("Please stop by tomorrow", None),
        ("please stop", None),
        ("stop it", None),
        ("stop stop", None),
        ("don't stop", None),
        ("non-stop", None),
        ("STOPP", None),
        ("stopping", None),
        ("st op", None),
        ("s.t.o.p", None),
        ("opt_out", None),
        ("the end", None),
        ("Unsubscribe me", None),
        ("yes", None),
        ("Info please", None),
        ("", None),
        ("...", None),
        ("🛑", None),
        ("stop" + "!" * 200, None),
    ],
)
def test_a_text_is_a_keyword_or_it_is_not(text: str, expected: Keyword | None) -> None:
    assert read_keyword(text) is expected


def test_every_keyword_has_a_source_and_means_itself() -> None:
    for word, (keyword, source) in KEYWORDS.items():
        assert read_keyword(word.upper()) is keyword
        assert len(source) > 10


WORDS = st.one_of(st.sampled_from(sorted(KEYWORDS)), st.text(st.characters(categories=["L", "N"]), min_size=1))


@given(words=st.lists(WORDS, min_size=2, max_size=6), gap=st.sampled_from([" ", "  ", "\n", ", ", ". ", " - "]))
def test_no_text_of_two_words_is_a_keyword(words: list[str], gap: str) -> None:
    text = gap.join(words)
    assert read_keyword(text) is None or " ".join(words).casefold() == TWO_WORDS or text == TWO_WORDS


@given(word=st.sampled_from(sorted(KEYWORDS)), before=st.sampled_from(["", '"', " “", "¿", "\n"]), upper=st.booleans())
def test_what_stands_around_a_keyword_does_not_matter(word: str, before: str, upper: bool) -> None:
    assert read_keyword(before + (word.upper() if upper else word) + before[::-1]) is KEYWORDS[word][0]


@given(text=st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    read_keyword(text)
    seems_to_ask_for_an_end(text)


@pytest.mark.parametrize(
    ("text", "seems"),
    [
        ("please stop texting me", True),
        ("Cancel my subscription!", True),
        ("I want to opt out of this", True),
        ("stop", False),
        ("which weekend?", False),
        ("thanks", False),
    ],
)
def test_a_text_that_seems_to_ask_for_an_end_is_marked(text: str, seems: bool) -> None:
    assert seems_to_ask_for_an_end(text) is seems
