"""Whether a machine opened or clicked a mail, by the few signals that are documented and rarely wrong about people.

In doubt it was the person: a scanner that waits, and comes as a browser, is taken for one. Proxies that fetch when the
person looks (Gmail's, Yahoo's) are the person.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from shared.domain.timing import SECOND, Duration

TOO_SOON: Final[Duration] = 5 * SECOND
"""After the provider took the mail: it must still travel, be delivered, be seen and be read."""

PRIVACY_PROXY: Final = "Mozilla/5.0"
"""All that Apple's Mail Privacy Protection says of itself. It fetches every picture, read or not."""

FETCHED_FOR_PEOPLE: Final = re.compile(r"GoogleImageProxy|YahooMailProxy|YahooCacheSystem", re.IGNORECASE)

PROGRAMS: Final = re.compile(
    r"(?<!cu)bot\b|crawl|spider|preview|scanner|barracuda|mimecast|proofpoint|symantec|trendmicro"
    r"|headless|phantomjs|^(?:curl|wget|java|python|go-http|okhttp|libwww|axios|node|ruby|php)\b",
    re.IGNORECASE,
)
"""Programs that say that they are. A name within a browser's own counts too: ``(compatible; bingbot/2.0)``; Cubot
makes phones."""


class Signal(StrEnum):
    """What gave the machine away."""

    PROVIDER = "provider"
    """The mail's provider says so."""
    PRIVACY_PROXY = "privacy_proxy"
    PROGRAM = "program"
    NO_PROGRAM = "no_program"
    """It did not say what it is, as every mail program and browser does."""
    TOO_SOON = "too_soon"
    PREFETCH = "prefetch"
    """It says itself that it fetches ahead of whoever may follow the link."""


def machine_signal(flags: Mapping[str, bool], user_agent: str | None, after: Duration) -> Signal | None:
    """What tells that a machine did it, ``after`` the provider took the mail; ``None``: a person did.

    ``user_agent``: ``None`` where the provider does not tell it.
    """
    if any(flags.values()):
        return Signal.PROVIDER
    if user_agent is not None:
        said = user_agent.strip()
        if FETCHED_FOR_PEOPLE.search(said):
            return None
        if not said:
            return Signal.NO_PROGRAM
        if said == PRIVACY_PROXY:
            return Signal.PRIVACY_PROXY
        if PROGRAMS.search(said):
            return Signal.PROGRAM
    return Signal.TOO_SOON if after < TOO_SOON else None
