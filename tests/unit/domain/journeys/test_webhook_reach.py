"""Whom a webhook reaches: everybody, or who has the trait that its partner needs; under the consent of its channel."""

from typing import Any

import pytest

from shared.domain.consent.preferences import preferences_of
from shared.domain.consent.words import Channel
from shared.domain.policy import QUIET_HOURS
from shared.domain.profiles import Profile
from shared.domain.rights.person_view import person_view
from shared.domain.timing import MINUTE
from tests.builders import NOON, a_profile
from tests.stories import TOPICS, Story, a_journey, plain_playbook, read_as_deployed

MESSAGES = {"hello": {"channels": ["webhook", "email"], "webhook": "mailhouse"}, "bye": {"channels": ["email"]}}
PARTNER = {"url": "https://api.mailhouse.example/"}
SETTLED = a_profile(traits={"email": "ana@example.com", "address": {"street": "Main St 1"}})
NOWHERE = a_profile(traits={"email": "ana@example.com"})


def story(profile: Profile, partner: dict[str, Any], policy: dict[str, Any] | None = None, **send: Any) -> Story:
    plain = plain_playbook(
        {"j": a_journey(steps=[{"send": "hello", "via": ["webhook", "email"], **send}])},
        messages=MESSAGES,
        webhooks={"mailhouse": PARTNER | partner},
        policy={"topics": TOPICS} | (policy or {}),
    )
    return Story(read_as_deployed(plain), profile)


@pytest.mark.parametrize(
    ("profile", "partner", "channels"),
    [
        (SETTLED, {}, ("webhook", "email")),
        (NOWHERE, {}, ("webhook", "email")),
        (SETTLED, {"to": "traits.address.street"}, ("webhook", "email")),
        (NOWHERE, {"to": "traits.address.street"}, ("email",)),
    ],
)
def test_who_lacks_what_the_partner_needs_hears_on_the_next_channel(
    profile: Profile, partner: dict[str, Any], channels: tuple[str, ...]
) -> None:
    told = story(profile, partner)
    told.happens("Start")
    assert [message.channels for message in told.messages] == [tuple(map(Channel, channels))]


def test_with_no_other_channel_it_is_dropped() -> None:
    told = story(NOWHERE, {"to": "traits.address.street"}, via=["webhook"])
    told.happens("Start")
    assert told.dropped() == ["no_address"]


def test_a_no_to_webhooks_leaves_the_others() -> None:
    told = story(SETTLED, {})
    told.says(False, NOON - MINUTE, channel="webhook")
    told.happens("Start")
    assert [message.channels for message in told.messages] == [(Channel.EMAIL,)]


def test_quiet_hours_are_a_setting_of_the_channel() -> None:
    told = story(SETTLED, {}, {"quiet_hours": {"webhook": {"from": "00:00", "until": "23:00"}}}, via=["webhook"])
    told.happens("Start")
    [held] = told.told("held")
    assert (held["channel"], held["reason"]) == ("webhook", QUIET_HOURS)


def test_the_preference_centre_asks_of_webhooks_where_a_message_has_one() -> None:
    playbook = story(SETTLED, {}).playbook
    shown = preferences_of(playbook, SETTLED, NOON)
    assert (Channel.WEBHOOK, "news") in {(cell.channel, cell.topic) for cell in shown.cells}
    assert (shown.channels[Channel.WEBHOOK].address, shown.channels[Channel.WEBHOOK].is_blocked) == ("", False)
    without = read_as_deployed(plain_playbook({"j": a_journey()}))
    assert Channel.WEBHOOK not in preferences_of(without, SETTLED, NOON).channels


def test_staff_see_consent_for_it_and_no_address() -> None:
    view = person_view(SETTLED, story(SETTLED, {}).playbook, NOON, notes=[], identifiers=[], joined=[])
    assert "webhook" not in view["addresses"]
    assert {row["channel"] for row in view["consent"]} >= {"webhook", "email"}
