"""Who opened or clicked: a table of what programs say of themselves, and of when they come."""

import pytest

from shared.domain.behaviour.machines import TOO_SOON, Signal, machine_signal
from shared.domain.timing import HOUR

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
OUTLOOK = "Mozilla/4.0 (compatible; ms-office; MSOffice rmj)"
THUNDERBIRD = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.1"
GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
YAHOO = "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html"
BING = "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)"

WHO: list[tuple[str | None, Signal | None]] = [
    (CHROME, None),
    (IPHONE, None),
    (OUTLOOK, None),
    (THUNDERBIRD, None),
    (GMAIL, None),
    (YAHOO, None),
    ("Mozilla/5.0 (Linux; Android 14; CUBOT X70) AppleWebKit/537.36 Chrome/142.0.0.0 Mobile Safari/537.36", None),
    (None, None),
    ("", Signal.NO_PROGRAM),
    ("  ", Signal.NO_PROGRAM),
    ("Mozilla/5.0", Signal.PRIVACY_PROXY),
    (BING, Signal.PROGRAM),
    ("python-requests/2.32", Signal.PROGRAM),
    ("Go-http-client/2.0", Signal.PROGRAM),
    ("curl/8.5.0", Signal.PROGRAM),
    ("BarracudaCentral/1.0", Signal.PROGRAM),
    ("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", Signal.PROGRAM),
    (CHROME.replace("Chrome/", "HeadlessChrome/"), Signal.PROGRAM),
]  # fmt: skip


@pytest.mark.parametrize(("user_agent", "signal"), WHO)
def test_a_program_is_known_by_what_it_says_of_itself(user_agent: str | None, signal: Signal | None) -> None:
    assert machine_signal({}, user_agent, HOUR) is signal


@pytest.mark.parametrize(
    ("after", "signal"),
    [(0, Signal.TOO_SOON), (TOO_SOON - 1, Signal.TOO_SOON), (TOO_SOON, None), (-HOUR, Signal.TOO_SOON)],
)
def test_nobody_reads_a_mail_before_it_can_have_arrived(after: int, signal: Signal | None) -> None:
    assert machine_signal({}, CHROME, after) is signal
    assert machine_signal({}, GMAIL, after) is None


@pytest.mark.parametrize(("flags", "signal"), [({"isMachine": True}, Signal.PROVIDER), ({"isMachine": False}, None)])
def test_the_providers_word_goes_first(flags: dict[str, bool], signal: Signal | None) -> None:
    assert machine_signal(flags, GMAIL, HOUR) is signal
