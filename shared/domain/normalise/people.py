"""People's names: first and last name out of one line in either order, and how each is written.

Letters are only changed where a name is in capitals or small letters throughout, as forms and tills leave them.
"""

import re
import unicodedata
from typing import Final, NamedTuple

from shared.domain.normalise.reading import Read, Reason, clean, is_nothing, unread

MAX_NAME: Final = 100


class Name(NamedTuple):
    """A whole name, and its parts where they can be told."""

    full: str
    first: str | None
    last: str | None


def read_name(value: object) -> Read:
    """The whole name, the first name first; in Chinese, Japanese and Korean writing, last."""
    name = split_name(value)
    if isinstance(name, Reason):
        return unread(name)
    again = split_name(name.full)
    # What reads as another name once it is written down was none: marks and digits in odd places.
    return unread(Reason.MALFORMED) if isinstance(again, Reason) or again.full != name.full else Read(name.full)


def read_name_part(value: object) -> Read:
    """A first or a last name."""
    if isinstance(value, str) and _PLAIN.fullmatch(value) and not is_nothing(value):
        return Read(value)
    text = _text(value)
    if isinstance(text, Reason):
        return unread(text)
    part = _written(" ".join(_without_titles(text.split())))
    return Read(part) if _text(part) == part and _written(part) == part else unread(Reason.MALFORMED)


def split_name(value: object) -> Name | Reason:
    """``Doe, John``, ``DOE John`` and ``John Doe`` are one name; a single name is a first name."""
    if isinstance(value, str) and (plain := _TWO_WORDS.fullmatch(value)) and plain[1].lower() not in TITLES:
        return Name(value, plain[1], plain[2])
    return divide_name(value)


def divide_name(value: object) -> Name | Reason:
    """As ``split_name``, the long way, which comes to the same of what is written as most names are."""
    text = _text(value)
    if isinstance(text, Reason):
        return text
    parts = [part for part in (part.strip() for part in text.split(",")) if part]
    if not parts:
        return Reason.MALFORMED
    suffix = [parts.pop() for _ in range(len(parts) - 1) if _is_suffix(parts[-1])][::-1]
    if len(parts) > 2:
        return Reason.AMBIGUOUS
    if len(parts) == 2:
        first, last = _without_titles(parts[1].split()), parts[0].split()
        while len(last) > 1 and _is_suffix(last[-1]):  # "Smith Jr., Robert"
            suffix.insert(0, last.pop())
        while last and _key(last[0]) in TITLES:
            last = last[1:]
        # "Beethoven, Ludwig van": the particle goes with the last name.
        while len(first) > 1 and first[-1].lower() in PARTICLES:
            last.insert(0, first.pop())
    else:
        words = _without_titles(parts[0].split())
        while len(words) > 2 and _is_suffix(words[-1]):
            suffix.insert(0, words.pop())
        first, last = _divided(words)
    if not first and not last:
        return Reason.MALFORMED
    named = (" ".join(first), " ".join(last))
    is_shouted = all(word == word.upper() or word == word.lower() for word in (*first, *last))
    given, family = (_written(one, all_of=is_shouted or _is_capitals(one)) for one in named)
    order = (family, given) if _is_family_first([*first, *last]) else (given, family)
    full = " ".join(one for one in (*order, *map(_suffix_written, suffix)) if one)
    return Name(full, given or None, family or None)


def _text(value: object) -> str | Reason:
    text = clean(value)
    if isinstance(text, Reason):
        return text
    if not text.isascii():
        text = " ".join("".join(one for one in text if not _is_picture(one)).split())
    text = text.strip(" \"'“”„*_,;")
    if len(text) > MAX_NAME:
        return Reason.TOO_LONG
    if _NO_NAME.search(text) or not any(one.isalpha() for one in text):
        return Reason.MALFORMED
    return text


def _is_picture(one: str) -> bool:
    """Of emoji and their colours and joints: people put them beside their names; they are none of it."""
    return one in "\ufe0f\u20e3" or "\U0001f3fb" <= one <= "\U0001f3ff" or unicodedata.category(one) == "So"


def _divided(words: list[str]) -> tuple[list[str], list[str]]:
    """First and last names of a name without a comma."""
    if len(words) < 2:
        return words, []
    if _is_family_first(words):
        return words[1:], words[:1]
    capitals = [_is_capitals(word) or (word.isupper() and word.lower() in PARTICLES) for word in words]
    if any(capitals) and not all(capitals):
        leading = capitals.index(False)
        if leading and not any(capitals[leading:]):  # "DOE John", as in France
            return words[leading:], words[:leading]
    begin = next(
        (place for place, word in enumerate(words[1:-1], 1) if word.lower() in PARTICLES | _IRISH),
        len(words) - 1,
    )
    return words[:begin], words[begin:]


def _is_family_first(words: list[str]) -> bool:
    return _FAMILY_FIRST.fullmatch("".join(words)) is not None


def _is_capitals(text: str) -> bool:
    """In capitals, and longer than initials are."""
    return sum(one.isalpha() for one in text) > 2 and text == text.upper() and text != text.lower()


def _without_titles(words: list[str]) -> list[str]:
    while len(words) > 1 and _key(words[0]) in TITLES:
        words = words[1:]
    return words


def _key(word: str) -> str:
    return word.lower().rstrip(".")


def _is_suffix(text: str) -> bool:
    return text.lower().replace(".", "").replace(" ", "") in SUFFIXES


def _suffix_written(text: str) -> str:
    return SUFFIXES[text.lower().replace(".", "").replace(" ", "")]


def _written(text: str, *, all_of: bool | None = None) -> str:
    """The name with capitals where names have them, if it has none or nothing else."""
    if all_of is None:
        all_of = _is_capitals(text) or text == text.lower()
    if not all_of or text == text.upper() == text.lower():
        return text
    words = text.split()
    if len(text) <= 2 and text == text.upper():  # initials: JJ
        return text
    return " ".join(
        word.lower() if word.lower() in PARTICLES and place < len(words) - 1 else _capitalised(word)
        for place, word in enumerate(words)
    )


def _capitalised(word: str) -> str:
    word = _WORD.sub(lambda found: found[0][:1].title() + found[0][1:].lower(), word)
    word = _AFTER_MC.sub(lambda found: f"Mc{found[1].upper()}", word)
    return _AFTER_LETTER.sub(lambda found: f"{found[1].upper()}{found[2]}{found[3].upper()}", word)


_PLAIN: Final = re.compile("[A-Z][a-z]{2,30}", re.ASCII)
"""Written as most names are: there is nothing to mend."""
_TWO_WORDS: Final = re.compile("([A-Z][a-z]{1,30}) ([A-Z][a-z]{1,30})", re.ASCII)
_WORD: Final = re.compile(r"[^\W\d_]+(?:(?<=[^\W\d_]{2})[’'][^\W\d_]{1}\b)?")
_AFTER_MC: Final = re.compile(r"\bMc([^\W\d_])(?=[^\W\d_]{2})")
_AFTER_LETTER: Final = re.compile(r"\b([OoDdLl])([’'])([^\W\d_])")
"""O'Neill, D'Angelo, L'Hermite."""
_NO_NAME: Final = re.compile(r"(?i)https?:|www\.|//|@|[<>{}\[\]=\\|]|\d{3}|\.(?:com|net|org|ru)\b")
"""Whoever signs strangers up writes links where names stand, for our mail to carry."""
_FAMILY_FIRST: Final = re.compile("[\u3005\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
"""In Chinese, Japanese and Korean writing the family name comes first."""
_IRISH: Final = frozenset({"o", "ó", "ní", "nic", "uí", "mac"})
"""Words with which a last name begins, and which are written large."""
_PARTICLES_TEXT: Final = (
    "aan af al am auf bin binti da das de degli dei del della der di dos du d' el in la las le lo los op 't van "
    "vande vanden vander ten ter te und v. van von vom y zu zum zur"
)
PARTICLES: Final = frozenset(_PARTICLES_TEXT.split())
"""Small words with which a last name begins; within one they stay small."""
_TITLES_TEXT: Final = (
    "dr dott dra dipl-ing frau fru fräulein herr hr madame mademoiselle miss mlle mme monsieur mr mrs ms mx prof "
    "professor rev signor signora sig sir señor señora señorita sr sra srta dhr mevr mw"
)
TITLES: Final = frozenset(_TITLES_TEXT.split())
SUFFIXES: Final = {
    "jr": "Jr.",
    "sr": "Sr.",
    "junior": "Jr.",
    "senior": "Sr.",
    "ii": "II",
    "iii": "III",
    "iv": "IV",
    "phd": "PhD",
    "md": "MD",
    "esq": "Esq.",
    "mba": "MBA",
    "msc": "MSc",
    "bsc": "BSc",
}
