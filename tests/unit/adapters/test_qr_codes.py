"""QR codes: a scanner reads what was said, and they stay small enough to be read."""

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.adapters.qr_codes import MAX_BYTES, MAX_CODES, QUIET, SQUARE, QrCodes, qr_picture, squares_across
from shared.errors import PermanentError
from tests.pixels import grey_pixels

CODE = "HELLO-7KQ3-M9XT-2W4P"


def read(picture: bytes) -> str:
    """What a scanner reads."""
    [found] = zxingcpp.read_barcodes(grey_pixels(picture))
    return found.text


@pytest.mark.parametrize("text", [CODE, "50317", "https://shop.example/o/AO-50317?t=x", "Größe 日本", "x" * MAX_BYTES])
def test_a_scanner_reads_what_was_said(text: str) -> None:
    assert read(qr_picture(text)) == text


@settings(max_examples=20, deadline=None)
@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=MAX_BYTES).map(str.strip))
def test_whatever_is_said_in_ascii_is_read(text: str) -> None:
    if text:
        assert read(qr_picture(text)) == text


def test_it_is_black_on_white_and_quiet_around() -> None:
    pixels = grey_pixels(qr_picture(CODE))
    width, edge = SQUARE * squares_across(qr_picture(CODE)), QUIET * SQUARE
    rows = [bytes(pixels)[start : start + width] for start in range(0, width * width, width)]
    outside = [row[:edge] + row[-edge:] for row in rows] + rows[:edge] + rows[-edge:]

    assert set(bytes(pixels)) == {0, 255}
    assert {shade for row in outside for shade in row} == {255}
    assert rows[edge][edge] == rows[-edge - 1][edge] == 0


def test_the_longest_is_as_many_squares_as_a_phone_shows() -> None:
    assert squares_across(qr_picture(CODE)) == 29
    assert squares_across(qr_picture("ß" * (MAX_BYTES // 2))) <= 57
    assert squares_across(qr_picture("x" * MAX_BYTES)) == 57


def test_a_mail_has_each_picture_once() -> None:
    codes = QrCodes()
    addresses = [codes.address(CODE), codes.address("another"), codes.address(CODE)]

    assert addresses[0] == addresses[2] != addresses[1]
    assert [f"cid:{name}" for name in codes.pictures] == addresses[:2]
    assert [read(one.content) for one in codes.pictures.values()] == [CODE, "another"]


@pytest.mark.parametrize(("text", "code"), [("", "empty_qr_code"), (" ", "empty_qr_code"), ("é" * 76, "long_qr_code")])
def test_nothing_and_too_much_are_refused(text: str, code: str) -> None:
    with pytest.raises(PermanentError) as caught:
        QrCodes().address(text)
    assert caught.value.code == code


def test_a_mail_does_not_grow_without_end() -> None:
    codes = QrCodes()
    for number in range(MAX_CODES):
        codes.address(number)
    with pytest.raises(PermanentError):
        codes.address("one more")
