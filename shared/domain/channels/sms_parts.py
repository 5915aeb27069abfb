"""How a text travels and is charged: the alphabet that it needs, and into how many parts it falls.

GSM 7-bit where its alphabet has every character (3GPP TS 23.038, 6.2.1, with the extension table of 6.2.1.1), UCS-2
otherwise. A text of several parts gives up room in each for the header that joins them (3GPP TS 23.040, 9.2.3.24.1).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Encoding(StrEnum):
    """The alphabet of a text's parts."""

    GSM_7 = "GSM-7"
    UCS_2 = "UCS-2"


BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ"
    " !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""Characters of one septet."""

EXTENSION: Final = frozenset("\f^{}\\[~]|€")
"""Characters of two: the escape, and one of the extension table."""

SINGLE: Final = {Encoding.GSM_7: 160, Encoding.UCS_2: 70}
"""What fits in a text of one part: septets, or units of 16 bits …"""

JOINED: Final = {Encoding.GSM_7: 153, Encoding.UCS_2: 67}
"""… and in each part of a longer one."""


ALIKE: Final = str.maketrans(
    {
        "\N{NO-BREAK SPACE}": " ",
        "\N{NARROW NO-BREAK SPACE}": " ",
        "\N{THIN SPACE}": " ",
        "\N{HORIZONTAL ELLIPSIS}": "...",
        "\N{LEFT SINGLE QUOTATION MARK}": "'",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "\N{LEFT DOUBLE QUOTATION MARK}": '"',
        "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
        "\N{DOUBLE LOW-9 QUOTATION MARK}": '"',
        "\N{EN DASH}": "-",
        "\N{EM DASH}": "-",
        "\N{NON-BREAKING HYPHEN}": "-",
        "\N{MINUS SIGN}": "-",
        "\N{BULLET}": "-",
        "\N{SOFT HYPHEN}": None,
        "\N{ZERO WIDTH SPACE}": None,
        "\t": " ",
    }
)
"""Typography, and what says the same in GSM 7-bit. Letters are not among it: a name is spelt as it is."""


@dataclass(frozen=True, slots=True)
class SmsParts:
    """How one text travels.

    Attributes:
        units: septets, or units of 16 bits, without those that a part leaves empty.
        culprit: the first character that GSM 7-bit lacks, which makes the text UCS-2; empty where there is none.
    """

    encoding: Encoding
    units: int
    parts: int
    culprit: str = ""


def sms_parts(text: str) -> SmsParts:
    """The parts of a text; an empty one is sent as one part too."""
    culprit = next((character for character in text if character not in BASIC and character not in EXTENSION), "")
    encoding = Encoding.UCS_2 if culprit else Encoding.GSM_7
    sizes = [_sixteens(character) if culprit else _septets(character) for character in text]
    units = sum(sizes)
    parts = 1 if units <= SINGLE[encoding] else _filled(sizes, JOINED[encoding])
    return SmsParts(encoding, units, parts, culprit)


def plainly(text: str) -> str:
    """The text without typography that GSM 7-bit lacks, where it has all the rest; else as it is."""
    plain = text.translate(ALIKE)
    return plain if plain != text and sms_parts(plain).encoding is Encoding.GSM_7 else text


def _septets(character: str) -> int:
    return 2 if character in EXTENSION else 1


def _sixteens(character: str) -> int:
    """A character beyond the first plane, such as most emoji, is a pair of surrogates."""
    return 2 if ord(character) > 0xFFFF else 1


def _filled(sizes: Iterable[int], room: int) -> int:
    """How many parts it takes: neither an escape and its character nor two surrogates are torn apart."""
    parts, used = 1, 0
    for size in sizes:
        if used + size > room:
            parts, used = parts + 1, 0
        used += size
    return parts
