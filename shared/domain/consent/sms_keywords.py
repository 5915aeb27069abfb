"""The words by which people end, begin again and ask about text messages: exactly those, and never a part of a text.

Who writes "please stop by tomorrow" wants an answer, not silence; who writes "stop" wants silence. A text that only
seems to ask for an end is marked for the staff to read.
"""

import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Keyword(StrEnum):
    """What a text of one word asks for."""

    STOP = "stop"
    START = "start"
    HELP = "help"


_AWS: Final = "AWS End User Messaging SMS, User Guide, Required opt-out keywords"
_AWS_FRENCH: Final = f"{_AWS}: ARRET, with its accent"
_AWS_OPT_IN: Final = f"{_AWS}: opting in again on a toll-free number"
_AWS_HELP: Final = "AWS End User Messaging SMS, User Guide, Keywords"
_FCC: Final = "47 CFR 64.1200(a)(10): words that are a reasonable means of revocation by themselves"
_CWTA: Final = "CWTA, Canadian Common Short Code Application Guidelines: mandatory keywords"

_OPT_OUTS: Final = ("arret", "cancel", "end", "opt-out", "optout", "quit", "remove", "stop", "td", "unsubscribe")

KEYWORDS: Final[Mapping[str, tuple[Keyword, str]]] = MappingProxyType(
    {
        **dict.fromkeys(_OPT_OUTS, (Keyword.STOP, _AWS)),
        "arrêt": (Keyword.STOP, _AWS_FRENCH),
        "revoke": (Keyword.STOP, _FCC),
        "opt out": (Keyword.STOP, _FCC),
        "start": (Keyword.START, _AWS_OPT_IN),
        "unstop": (Keyword.START, _AWS_OPT_IN),
        "help": (Keyword.HELP, _AWS_HELP),
        "aide": (Keyword.HELP, _CWTA),
        "info": (Keyword.HELP, _CWTA),
    }
)
"""Each word in lower case, what it asks for, and who says so. YES is none: people say it in answer to questions."""

MAX_LENGTH: Final = 100
"""Of a text that may be a keyword, with all its quotes and exclamation marks; no more is looked at."""

_ASKING: Final = re.compile(r"\b(?:stop|quit|end|revoke|opt[ -]?out|cancel|unsubscribe)\b", re.IGNORECASE)


def read_keyword(text: str) -> Keyword | None:
    """The keyword that the text is: in any letters, with any white space, quotes and punctuation around it."""
    if len(text) > MAX_LENGTH:
        return None
    word = _bare(unicodedata.normalize("NFKC", text)).casefold()
    found = KEYWORDS.get(word)
    return None if found is None else found[0]


def seems_to_ask_for_an_end(text: str) -> bool:
    """Whether somebody should read it: it is no keyword, and has one of the words that the FCC names."""
    return read_keyword(text) is None and _ASKING.search(text) is not None


def _bare(text: str) -> str:
    begin, end = 0, len(text)
    while begin < end and _is_around(text[begin]):
        begin += 1
    while end > begin and _is_around(text[end - 1]):
        end -= 1
    return text[begin:end]


def _is_around(character: str) -> bool:
    """Punctuation, separators, and characters that nobody sees."""
    return unicodedata.category(character)[0] in "PZC" or character == "`"
