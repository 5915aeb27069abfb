"""The second half of a double opt-in: what waits is confirmed, once, at the address that was asked."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from shared.domain.consent.words import ANY, Channel, Unconfirmed, address_digest
from shared.domain.profiles import Profile
from shared.domain.timing import SECOND
from shared.errors import ExpiredLinkError, InvalidLinkError
from shared.services.confirmations import ConfirmationDesk
from shared.services.links import CONFIRM_LIFETIME, confirm_url, preferences_url, read_preferences_token
from tests.builders import NOON, a_profile
from tests.fakes.clock import FakeClock
from tests.fakes.people import FakeProfiles
from tests.fakes.queues import FakeEventQueue
from tests.fakes.secrets import FakeSigningSecrets

ASKED_TO = address_digest("email", "ana@example.com")
WAITS = Unconfirmed(NOON - SECOND, "form:1", asked_at=NOON, asked_to=ASKED_TO)
ANA = a_profile(id="u1", version=3, unconfirmed={("email", "news"): WAITS})


class House:
    def __init__(self, person: Profile = ANA) -> None:
        self.profiles = FakeProfiles()
        self.profiles.stored[person.id] = person
        self.queue = FakeEventQueue()
        self.clock = FakeClock(NOON)
        self.secrets = FakeSigningSecrets()
        self.desk = ConfirmationDesk(profiles=self.profiles, events=self.queue, secrets=self.secrets, clock=self.clock)

    def token(self, *, topic: str | None = "news", address: str = ASKED_TO) -> str:
        url = confirm_url(
            "https://x", self.secrets.signing(), profile_id="u1", channel=Channel.EMAIL, topic=topic, address=address,
            now=NOON,
        )  # fmt: skip
        return url.rpartition("/")[2]

    def confirm(self, token: str | None = None) -> tuple[str | None, ...]:
        def evidence() -> Mapping[str, str]:
            return {"ip": "ab" * 16}

        return self.desk.confirm(token or self.token(), lambda topic: f"en:{topic}", evidence).topics


def test_a_yes_is_stated_with_what_proves_it() -> None:
    house = House()

    assert house.confirm() == ("news",)
    [event] = house.queue.events
    assert (event.name, event.trust, event.profile_id) == ("Subscribed", "system", "u1")
    assert event.properties == {
        "channel": "email", "topic": "news", "source": "double_opt_in", "confirmed": True, "address": ASKED_TO,
        "wording": "en:news", "evidence": {"ip": "ab" * 16},
    }  # fmt: skip


def test_looking_states_nothing() -> None:
    house = House()

    assert house.desk.open(house.token()).topics == ("news",)
    assert house.queue.events == []


@pytest.mark.parametrize(
    ("topic", "waiting", "confirmed"),
    [
        ("news", {("email", "news"): WAITS, ("email", "offers"): WAITS}, ("news",)),
        (None, {("email", "news"): WAITS, ("email", "offers"): WAITS}, ("news", "offers")),
        (None, {("email", ANY): WAITS}, (None,)),
        ("news", {("email", ANY): WAITS}, (None,)),
        ("news", {("sms", "news"): WAITS}, ()),
        ("news", {("email", "news"): replace(WAITS, asked_to="another")}, ()),
        ("news", {}, ()),
    ],
)
def test_what_waits_is_confirmed_and_nothing_else(
    topic: str | None, waiting: dict[tuple[str, str], Unconfirmed], confirmed: tuple[str | None, ...]
) -> None:
    house = House(replace(ANA, unconfirmed=waiting))

    assert house.confirm(house.token(topic=topic)) == confirmed
    assert len(house.queue.events) == len(confirmed)


def test_a_link_that_was_used_subscribes_nobody_again() -> None:
    house = House()
    token = house.token()
    house.confirm(token)
    house.profiles.stored["u1"] = replace(ANA, unconfirmed={})
    house.queue.events.clear()

    assert house.confirm(token) == ()
    assert house.queue.events == []


def test_a_double_click_is_one_event() -> None:
    house = House()
    house.confirm()
    house.confirm()

    assert len({event.id for event in house.queue.events}) == 1


def test_links_of_another_kind_and_old_ones_confirm_nothing() -> None:
    house = House()
    other = preferences_url(
        "https://x", house.secrets.signing(), profile_id="u1", channel=Channel.EMAIL, message_id="m1", now=NOON
    ).rpartition("/")[2]
    for token in (other, house.token()[:-1], "x"):
        with pytest.raises(InvalidLinkError):
            house.confirm(token)
    house.clock.at = NOON + CONFIRM_LIFETIME
    with pytest.raises(ExpiredLinkError):
        house.confirm()

    assert house.queue.events == []


def test_the_way_on_lasts_no_longer_than_the_link() -> None:
    house = House()
    token = house.desk.way_to_preferences(house.desk.open(house.token()))
    link = read_preferences_token(token, house.secrets.accepted(), NOON)

    assert (link.profile_id, link.expires_at) == ("u1", NOON + CONFIRM_LIFETIME)
