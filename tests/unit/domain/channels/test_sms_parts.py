"""A text's alphabet and parts, by the table of 3GPP TS 23.038 and against a formulation of its own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.channels.sms_parts import BASIC, EXTENSION, Encoding, sms_parts

GSM, UCS = Encoding.GSM_7, Encoding.UCS_2

ROWS = (
    (0x00, "@£$¥èéùìòÇ\nØø\rÅå"),
    (0x10, "Δ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"),
    (0x20, " !\"#¤%&'()*+,-./"),
    (0x30, "0123456789:;<=>?"),
    (0x40, "¡ABCDEFGHIJKLMNO"),
    (0x50, "PQRSTUVWXYZÄÖÑÜ§"),
    (0x60, "¿abcdefghijklmno"),
    (0x70, "pqrstuvwxyzäöñüà"),
)
"""The alphabet as the standard prints it, 16 codes a row; 0x1B escapes to the extension table."""

CODES: dict[str, tuple[int, ...]] = {
    character: (row + column,) for row, line in ROWS for column, character in enumerate(line) if character != "\x1b"
}
CODES |= {
    character: (0x1B, code)
    for code, character in {
        0x0A: "\f", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\", 0x3C: "[", 0x3D: "~", 0x3E: "]", 0x40: "|", 0x65: "€",
    }.items()
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "encoding", "units", "parts", "culprit"),
    [
        ("", GSM, 0, 1, ""),
        ("Hello", GSM, 5, 1, ""),
        ("a" * 160, GSM, 160, 1, ""),
        ("a" * 161, GSM, 161, 2, ""),
        ("a" * 306, GSM, 306, 2, ""),
        ("a" * 307, GSM, 307, 3, ""),
        ("€" * 80, GSM, 160, 1, ""),
        ("€" * 81, GSM, 162, 2, ""),
        ("a" * 152 + "€" + "a" * 152, GSM, 306, 3, ""),
        ("Grüße aus Köln", GSM, 14, 1, ""),
        ("ç", UCS, 1, 1, "ç"),
        ("it’s", UCS, 4, 1, "’"),
        ("я" * 70, UCS, 70, 1, "я"),
        ("я" * 71, UCS, 71, 2, "я"),
        ("я" * 134, UCS, 134, 2, "я"),
        ("я" * 135, UCS, 135, 3, "я"),
        ("🎁" * 35, UCS, 70, 1, "🎁"),
        ("🎁" * 36, UCS, 72, 2, "🎁"),
        ("🎁" * 67, UCS, 134, 3, "🎁"),
        ("a" * 66 + "🎁" + "a" * 66, UCS, 134, 3, "🎁"),
        ("\t", UCS, 1, 1, "\t"),
    ],
)
def test_a_text_falls_into_parts(text: str, encoding: Encoding, units: int, parts: int, culprit: str) -> None:
    found = sms_parts(text)
    assert (found.encoding, found.units, found.parts, found.culprit) == (encoding, units, parts, culprit)


def test_the_alphabet_is_that_of_the_standard() -> None:
    assert {character for character, codes in CODES.items() if len(codes) == 1} == BASIC
    assert {character for character, codes in CODES.items() if len(codes) == 2} == EXTENSION
    assert len(BASIC) == 127


gsm_texts = st.text(st.sampled_from(sorted(CODES)), max_size=500)
any_texts = st.text(st.sampled_from([*"abc €{", "ß", "я", "’", "🎁", "👩"]), max_size=300)


@given(gsm_texts | any_texts | st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_the_parts_are_those_into_which_an_encoder_cuts_the_text(text: str) -> None:
    found = sms_parts(text)
    if all(character in CODES for character in text):
        atoms, single, joined = [len(CODES[character]) for character in text], 160, 153
        encoding = GSM
    else:
        atoms, single, joined = [len(character.encode("utf-16-be")) // 2 for character in text], 70, 67
        encoding = UCS

    assert (found.encoding, found.units) == (encoding, sum(atoms))
    assert found.parts == (1 if sum(atoms) <= single else len(cut(atoms, joined)))


def cut(atoms: list[int], room: int) -> list[list[int]]:
    """The parts as an encoder fills them, from one cut to the next."""
    parts: list[list[int]] = []
    rest = atoms
    while rest:
        end = max(end for end in range(1, len(rest) + 1) if sum(rest[:end]) <= room and end <= room)
        parts.append(rest[:end])
        rest = rest[end:]
    return parts


@given(any_texts, any_texts)
def test_a_longer_text_has_no_fewer_parts(text: str, more: str) -> None:
    assert sms_parts(text).parts <= sms_parts(text + more).parts
