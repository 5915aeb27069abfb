"""Whoever follows one of our links is led where its message led, and nowhere else; what was no person is told apart."""

from typing import Any

import pytest

from shared.domain.behaviour.machines import Signal
from shared.domain.channels.short_links import SentLinks
from shared.domain.consent.words import Channel
from shared.domain.delivery import DeliveryKind
from shared.domain.timing import MINUTE, SECOND
from shared.services.follow_links import LinkFollower, Visit
from tests.builders import NOON
from tests.fakes.clock import FakeClock
from tests.fakes.queues import FakeClicks
from tests.fakes.sending import FakeSentLinks

LINKS = SentLinks(message_id="m1", channel=Channel.SMS, targets=("https://shop.example/a",), at=NOON)
BROWSER = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"


def follower(at: int = NOON + MINUTE) -> LinkFollower:
    links = FakeSentLinks()
    links.keep(LINKS)
    return LinkFollower(links=links, clicks=FakeClicks(), clock=FakeClock(at))


def test_a_person_is_led_on_and_it_is_a_click_of_the_message() -> None:
    followed = follower().follow(f"{LINKS.token}0", Visit(user_agent=BROWSER))

    assert followed is not None
    assert followed.target == "https://shop.example/a"
    click = followed.click
    assert click is not None
    assert (click.kind, click.message_id, click.channel, click.at) == (
        DeliveryKind.CLICKED, "m1", Channel.SMS, NOON + MINUTE,
    )  # fmt: skip
    assert (click.link, click.machine) == ("https://shop.example/a", None)


@pytest.mark.parametrize(
    "place",
    [
        f"{LINKS.token}1",
        f"{LINKS.token}",
        f"{LINKS.token}00000",
        f"{LINKS.token[:-1]}x0",
        f"{LINKS.token}٣",
        "",
        "https:evil.example",
        "a" * 5_000,
    ],
    ids=lambda place: place[:20],
)
def test_nothing_else_leads_anywhere(place: str) -> None:
    assert follower().follow(place, Visit(user_agent=BROWSER)) is None


@pytest.mark.parametrize(
    ("visit", "after", "machine"),
    [
        ({"user_agent": BROWSER}, MINUTE, None),
        ({"user_agent": BROWSER, "is_prefetch": True}, MINUTE, Signal.PREFETCH),
        ({"user_agent": BROWSER}, 5 * SECOND - 1, Signal.TOO_SOON),
        ({"user_agent": BROWSER}, 5 * SECOND, None),
        ({"user_agent": ""}, MINUTE, Signal.NO_PROGRAM),
        ({"user_agent": "facebookexternalhit/1.1 Facebot Twitterbot/1.0"}, MINUTE, Signal.PROGRAM),
        ({"user_agent": "curl/8.5.0"}, MINUTE, Signal.PROGRAM),
    ],
    ids=str,
)
def test_a_machine_is_led_on_and_told_apart(visit: dict[str, Any], after: int, machine: Signal | None) -> None:
    followed = follower(NOON + after).follow(f"{LINKS.token}0", Visit(**visit))

    assert followed is not None
    assert followed.click is not None
    assert followed.click.machine is machine


def test_who_only_asks_where_it_leads_clicks_nothing() -> None:
    followed = follower().follow(f"{LINKS.token}0", Visit(user_agent=BROWSER, is_look=True))

    assert followed is not None
    assert (followed.target, followed.click) == ("https://shop.example/a", None)
