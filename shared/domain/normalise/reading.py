"""What came of reading a value: its one form, or why there is none; and the text of it without what does not show."""

import re
import unicodedata
from enum import StrEnum
from typing import Any, Final, NamedTuple

MAX_LENGTH: Final = 254
"""Characters: the longest mail address. A name, a place or a date is shorter."""


class Reason(StrEnum):
    """Why a value has no usable form; ``ASSUMED_REGION`` is of one that has, by a guess."""

    ASSUMED_REGION = "assumed_region"
    """Read by the language's or the brand's country, since nothing said the person's."""
    AMBIGUOUS = "ambiguous"
    EMPTY = "empty"
    MALFORMED = "malformed"
    TOO_LONG = "too_long"
    UNKNOWN = "unknown"
    UNKNOWN_REGION = "unknown_region"
    WRONG_LENGTH = "wrong_length"


class Read(NamedTuple):
    """A value in its one form, ``None`` where it has none: ``reason`` says why."""

    value: Any
    reason: Reason | None = None


def unread(reason: Reason) -> Read:
    return Read(None, reason)


def clean(value: object) -> str | Reason:
    """The text on one line, with single spaces, in composed Unicode, without characters that do not show."""
    if not isinstance(value, str):
        return Reason.MALFORMED
    if len(value) > MAX_LENGTH:
        return Reason.TOO_LONG
    if not value.isascii() or not value.isprintable():
        if _UNPAIRED.search(value):
            return Reason.MALFORMED
        value = unicodedata.normalize("NFC", _UNSEEN.sub("", _SPACES.sub(" ", value)))
    text = " ".join(value.split())
    return Reason.EMPTY if is_nothing(text) else text


def once(text: str) -> str:
    """Of the same thing several times over, with a mark between, as merged records have it, one."""
    parts = {part.strip() for part in _BETWEEN_SAME.split(text)} - {""}
    return parts.pop() if len(parts) == 1 else text


def is_nothing(text: str) -> bool:
    """Whether it only says that nothing was said."""
    return text.casefold() in _NOTHING


def fold(text: str) -> str:
    """The text as names are compared: letters and digits alone, without accents and case."""
    if text.isascii():
        return _BESIDE_LETTERS.sub("", text.lower())
    return _BESIDE_LETTERS.sub("", unicodedata.normalize("NFKD", text.casefold()))


_BETWEEN_SAME: Final = re.compile("[;,|]")
_SPACES: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_UNSEEN: Final = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_BESIDE_LETTERS: Final = re.compile("[\u0300-\u036f]|[^\\w\u0900-\u0dff\u0e00-\u0eff\u0610-\u065f]|_")
"""Vowels of Indic, Thai and Arabic writing are marks as well, and stay."""
_UNPAIRED: Final = re.compile("[\ud800-\udfff]")
_NOTHING: Final = frozenset({"", "-", "--", ".", "?", "n/a", "na", "nil", "none", "null", "undefined", "unknown"})
"""What forms and exports write where nothing was said. (``na`` is Namibia's code too: countries are read before.)"""
