"""Finds words in a mail's HTML that cannot be read on what is behind them, by the colours that stand in its styles.

Styles are where mail programs look: MJML writes them into each element. What a style sheet says for dark screens comes
from the brand's colours, which are held to the same.
"""

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Final, NamedTuple

from infra.playbook.contrast import LARGE, READABLE, contrast

_VOID: Final = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"})
_UNSEEN: Final = frozenset({"head", "script", "style", "title"})
_COLOR: Final = re.compile(r"#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{3})\b")
_NAMED: Final = {"black": "#000000", "white": "#ffffff"}
_PIXELS: Final = re.compile(r"([0-9.]+)px")
_LARGE_PIXELS: Final = 24.0
_LARGE_BOLD_PIXELS: Final = 18.66


class Faint(NamedTuple):
    """Words of one colour on another."""

    color: str
    ground: str
    ratio: float
    needed: float


@dataclass(frozen=True, slots=True)
class _Look:
    """What an element hands on to those within; ``None`` for a colour that cannot be told."""

    color: str | None = "#000000"
    ground: str | None = "#ffffff"
    size: float = 16.0
    is_bold: bool = False
    is_seen: bool = True


def faint_words(html: str) -> list[Faint]:
    """Each pair of colours that is too close, once."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return sorted(reader.found)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: set[Faint] = set()
        self._open: list[tuple[str, _Look]] = [("", _Look())]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _VOID:
            self._open.append((tag, _look(tag, dict(attrs), self._open[-1][1])))

    def handle_endtag(self, tag: str) -> None:
        if any(name == tag for name, _ in self._open[1:]):
            while self._open.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        look = self._open[-1][1]
        if not data.strip() or not look.is_seen or look.color is None or look.ground is None:
            return
        is_large = look.size >= _LARGE_PIXELS or (look.is_bold and look.size >= _LARGE_BOLD_PIXELS)
        needed = LARGE if is_large else READABLE
        ratio = contrast(look.color, look.ground)
        if ratio < needed:
            self.found.add(Faint(look.color, look.ground, ratio, needed))


def _look(tag: str, attributes: dict[str, str | None], around: _Look) -> _Look:
    style = dict(_declarations(attributes.get("style") or ""))
    ground = style.get("background-color") or style.get("background") or attributes.get("bgcolor")
    weight = style.get("font-weight", "bold" if tag in {"b", "strong", "h1", "h2", "h3", "th"} else "")
    size = _PIXELS.fullmatch(style.get("font-size", ""))
    return _Look(
        color=_color(style["color"], around.color) if "color" in style else around.color,
        ground=_color(ground, around.ground) if ground else around.ground,
        size=float(size[1]) if size else around.size,
        is_bold=weight in {"bold", "bolder", "600", "700", "800", "900"} if weight else around.is_bold,
        is_seen=around.is_seen and tag not in _UNSEEN and style.get("display") != "none",
    )


def _declarations(style: str) -> list[tuple[str, str]]:
    pairs = (one.partition(":") for one in style.split(";"))
    return [(name.strip().lower(), value.strip().lower()) for name, _, value in pairs if value]


def _color(value: str, around: str | None) -> str | None:
    """A colour, or that around where there is none; ``None`` where a picture or a template says it."""
    if value in {"inherit", "transparent", "none", "currentcolor"}:
        return around
    found = _COLOR.search(value)
    return found[0] if found else _NAMED.get(value)
