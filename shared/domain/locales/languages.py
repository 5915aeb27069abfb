"""In which of the languages that there are a person is spoken to."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

MAX_HEADER: Final = 500
"""Characters of an ``Accept-Language`` that are looked at; browsers send a tenth of that."""

_RANGE: Final = re.compile(r"\s*([A-Za-z0-9-]{1,40})\s*(?:;\s*q\s*=\s*([01](?:\.[0-9]{0,3})?))?\s*", re.ASCII)


def choose_language(
    available: Sequence[str], *, asked: str = "", traits: Mapping[str, Any] | None = None, accepted: str = ""
) -> str:
    """The tag, of those available, that suits the person best; the first of them where nothing is known.

    What they asked for on the page goes first, then what is known of them (``language``, then ``locale``), then what
    their browser says (``accepted``, an ``Accept-Language``).
    """
    known = traits or {}
    wishes = (asked, known.get("language"), known.get("locale"), *_preferred(accepted))
    found = (_match(available, wish) for wish in wishes if isinstance(wish, str) and wish)
    return next(filter(None, found), available[0] if available else "")


def _match(available: Sequence[str], wish: str) -> str | None:
    """The very tag; or with less and less of it, `zh-Hant` for `zh-Hant-TW`; or that of another country."""
    language = wanted = wish.lower()
    ranked = {tag.lower(): tag for tag in reversed(available)}
    while wanted:
        if wanted in ranked:
            return ranked[wanted]
        language, wanted = wanted, wanted.rpartition("-")[0]
    return next((tag for tag in available if tag.lower().partition("-")[0] == language), None)


def _preferred(header: str) -> Iterator[str]:
    """The languages of an ``Accept-Language``, the dearest first; what is no language is passed over."""
    found = (_RANGE.fullmatch(part) for part in header[:MAX_HEADER].split(","))
    weighed = [(float(one[2] or 1), one[1]) for one in found if one]
    for weight, tag in sorted(weighed, key=lambda pair: -pair[0]):
        if weight > 0:
            yield tag
