"""How well two colours can be told apart (WCAG 2), and whether a brand's can be read on each other."""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

READABLE: Final = 4.5
"""Of text of the usual size: success criterion 1.4.3, level AA."""
LARGE: Final = 3.0
"""Of letters from 24 px, or bold ones from 18.66 px."""


class Pair(NamedTuple):
    """Colours of ``brand.yaml`` that stand on each other."""

    text: str
    ground: str


_USES: Final = (
    Pair("ink", "card"),
    Pair("ink", "paper"),
    Pair("muted", "card"),
    Pair("muted", "paper"),
    Pair("accent", "card"),
    Pair("accent", "paper"),
    Pair("on_accent", "accent"),
)
PAIRS: Final = (*_USES, *(Pair(f"dark_{text}", f"dark_{ground}") for text, ground in _USES))


def contrast(first: str, second: str) -> float:
    """The ratio of two colours, from 1 to 21."""
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def unreadable(colors: Mapping[str, str]) -> Iterator[tuple[Pair, float]]:
    """The pairs that cannot be read well."""
    for pair in PAIRS:
        ratio = contrast(colors[pair.text], colors[pair.ground])
        if ratio < READABLE:
            yield pair, ratio


def _luminance(color: str) -> float:
    digits = color.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    shares = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
