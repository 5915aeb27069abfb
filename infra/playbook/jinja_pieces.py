"""Takes a template apart: what is literal, and each whole piece of Jinja."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from jinja2 import Environment, TemplateSyntaxError

_JINJA: Final = Environment(autoescape=True)
"""Only to read with: the playbook's templates keep to Jinja's usual signs."""
_MOST_KEPT: Final = 256


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a template: a literal, or one ``{{ … }}`` or ``{% … %}``; a comment has no text."""

    text: str
    line: int
    is_jinja: bool


@lru_cache(_MOST_KEPT)
def pieces_of(source: str, name: str | None = None) -> tuple[Piece, ...]:
    """The template's pieces in their order; the parts that messages share are asked for again and again.

    Raises:
        TemplateSyntaxError: a piece of Jinja is never closed.
    """
    return tuple(_pieces_of(source, name))


def _pieces_of(source: str, name: str | None) -> Iterator[Piece]:
    opened: list[str] = []
    opened_at = 1
    for line, kind, text in _JINJA.lex(source, name):
        if kind == "data" and not opened:
            yield Piece(text, line, is_jinja=False)
        elif kind.endswith("_begin"):
            opened, opened_at = [text], line
        elif kind.endswith("_end"):
            whole = "".join([*opened, text])
            opened = []
            yield Piece("" if kind == "comment_end" else whole, opened_at, is_jinja=True)
        else:
            opened.append(text)


def change_literals(text: str, change: Callable[[str], str]) -> str:
    """The template with what is literal changed, and its Jinja as it was; what cannot be read stays."""
    try:
        return "".join(piece.text if piece.is_jinja else change(piece.text) for piece in pieces_of(text))
    except TemplateSyntaxError:
        return text


def literals(text: str) -> str:
    """The template without its Jinja; nothing of what cannot be read, which is reported elsewhere."""
    try:
        return "".join(piece.text for piece in pieces_of(text) if not piece.is_jinja)
    except TemplateSyntaxError:
        return ""
