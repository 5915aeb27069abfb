"""Turns a mail's HTML for languages that are read from right to left, so that its author lays it out only once.

Mail programs know no logical properties (`text-align: start`): what MJML wrote for one side is written for the other.
"""

import re
from collections.abc import Callable
from typing import Final

_STYLE: Final = re.compile(r"(\bstyle=\")([^\"]*)|(<style[^>]*>)(.*?)(?=</style>)", re.DOTALL)
_ALIGN: Final = re.compile(r"(\balign=\")(left|right)(?=\")")
_SIDE: Final = re.compile(r"(?<![\w.#-])((?:text-align|float|clear)\s*:\s*)(left|right)\b")
_SIDED_PROPERTY: Final = re.compile(r"(?<=-)(left|right)(?=(?:-(?:width|color|style|radius))?\s*:)")
_FLOW: Final = re.compile(r"(?<![\w-])(direction\s*:\s*)(ltr|rtl)\b")
_BOX: Final = re.compile(
    r"((?:padding|margin|border-width|border-color|border-style|mso-padding-alt)\s*:\s*)([^;}!\"]+)"
)
_CORNERS: Final = re.compile(r"(border-radius\s*:\s*)([^;}!\"/]+)")
_OTHER: Final = {"left": "right", "right": "left", "ltr": "rtl", "rtl": "ltr"}


def mirrored(html: str) -> str:
    """The HTML with left and right exchanged: alignment, paddings, borders, corners, the order of columns."""
    html = _STYLE.sub(_mirror_style, html)
    return _ALIGN.sub(_exchange, html)


def _mirror_style(found: re.Match[str]) -> str:
    opening, css = (found[1], found[2]) if found[1] is not None else (found[3], found[4])
    for pattern, change in _CHANGES:
        css = pattern.sub(change, css)
    return opening + css


def _exchange(found: re.Match[str]) -> str:
    return found[1] + _OTHER[found[2]]


def _exchange_name(found: re.Match[str]) -> str:
    return _OTHER[found[1]]


def _mirror_box(found: re.Match[str]) -> str:
    """``top right bottom left``; fewer than four values are alike on both sides."""
    sides = found[2].split()
    if len(sides) == 4:
        sides = [sides[0], sides[3], sides[2], sides[1]]
    return found[1] + " ".join(sides)


def _mirror_corners(found: re.Match[str]) -> str:
    """From the top left, clockwise; of two or three values, the second stands for the fourth too."""
    corners = found[2].split()
    if len(corners) == 2:
        corners *= 2
    elif len(corners) == 3:
        corners.append(corners[1])
    if len(corners) == 4:
        top_left, top_right, bottom_right, bottom_left = corners
        corners = [top_right, top_left, bottom_left, bottom_right]
    return found[1] + " ".join(corners)


_CHANGES: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...]] = (
    (_SIDE, _exchange),
    (_SIDED_PROPERTY, _exchange_name),
    (_FLOW, _exchange),
    (_BOX, _mirror_box),
    (_CORNERS, _mirror_corners),
)
