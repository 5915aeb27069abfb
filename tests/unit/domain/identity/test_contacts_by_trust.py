"""Who may say where a person is written to: a public key of nobody known, everybody else of all."""

from typing import Any

import pytest

from shared.domain.events import EventType, Trust
from shared.domain.identity.identifiers import Identifier, provisional_profile_id
from shared.domain.profiles import Profile
from tests.builders import NOON
from tests.stories import Story, a_journey, a_playbook

EMAIL, EVES = "ana@example.com", "eve@example.com"
TOKEN = {"device": {"token": "t-eve", "type": "ios"}}
TILL = provisional_profile_id(Identifier("email", EMAIL))


def a_story(profile: Profile | None = None) -> Story:
    return Story(a_playbook(j=a_journey()), profile or Profile(id="u1"))


KNOWN: dict[str, Profile] = {
    "traits": Profile(id="u1", traits={"plan": "gold"}),
    "a trait taken back": Profile(id="u1", trait_times={"email": NOON - 1}),
    "a claim": Profile(id="u1", claimed=(("anonymous", "a1"),)),
    "an order, by a server": Profile(id="u1", is_told_of=True),
    "a till's address": Profile(id=TILL),
}
STRANGERS: dict[str, Profile] = {
    "nobody yet": Profile(id="u1"),
    "a visitor": Profile(id="anon:a1", traits={"email": "old@example.com"}, claimed=(("anonymous", "a0"),)),
}


@pytest.mark.parametrize("trust", Trust)
@pytest.mark.parametrize("who", [*KNOWN, *STRANGERS])
def test_contacts_are_set_by_whom_the_rule_lets(who: str, trust: Trust) -> None:
    story = a_story((KNOWN | STRANGERS)[who])
    before = dict(story.profile.traits)
    story.happens(
        "User Identified",
        type=EventType.IDENTIFY,
        trust=trust,
        traits={"email": EVES, "phone": "+353861234567", "plan": "tin"},
        context=TOKEN,
    )
    refused = trust is Trust.PUBLIC and who in KNOWN
    assert story.profile.traits == before | (
        {"plan": "tin"} if refused else {"email": EVES, "phone": "+353861234567", "plan": "tin"}
    )
    assert list(story.profile.devices) == ([] if refused else ["t-eve"])
    told = [one["contact"] for one in story.told("contact_refused")]
    assert sorted(told) == (["email", "phone", "push_token"] if refused else [])


@pytest.mark.parametrize("context", [TOKEN, {}])
def test_a_token_that_is_refused_is_told_once(context: dict[str, Any]) -> None:
    story = a_story(KNOWN["traits"])
    story.happens("User Identified", type=EventType.IDENTIFY, trust=Trust.PUBLIC, traits={"push_token": "t-eve"})
    story.happens("Product Viewed", trust=Trust.PUBLIC, context=context)
    assert len(story.told("contact_refused")) == (2 if context else 1)
    assert (story.profile.devices, "push_token" in story.profile.traits) == ({}, False)


def test_a_token_that_is_known_is_seen_again_by_anybody() -> None:
    story = a_story()
    story.happens("User Identified", type=EventType.IDENTIFY, traits={"plan": "gold"}, context=TOKEN)
    story.happens("Product Viewed", NOON + 5, trust=Trust.PUBLIC, context=TOKEN)
    assert (story.profile.devices["t-eve"].seen_at, story.told("contact_refused")) == (NOON + 5, [])


def test_a_public_key_makes_no_other_number_of_one_by_saying_where_the_person_lives() -> None:
    story = a_story()
    story.identify(NOON, phone="0151 23456789")
    story.identify(NOON + 1, trust=Trust.PUBLIC, country="DE")
    assert story.profile.traits == {"country": "DE"}
    story.identify(NOON + 2, country="GB")
    story.identify(NOON + 3, trust=Trust.USER, country="DE")
    assert story.profile.traits == {"country": "DE", "phone": "+4915123456789"}


@pytest.mark.parametrize("trust", Trust)
@pytest.mark.parametrize("name", ["consent", "subscribed", "email_opt_in", "marketing", "unsubscribed", "gdpr"])
def test_a_trait_that_looks_like_consent_is_a_trait_and_nothing_else(name: str, trust: Trust) -> None:
    story = a_story()
    story.identify(NOON, trust=trust, **{name: True, "consents": {"email": True}})
    assert (story.profile.consent, story.profile.traits[name]) == ({}, True)


@pytest.mark.parametrize("trust", [Trust.PUBLIC, Trust.USER])
def test_no_client_states_consent(trust: Trust) -> None:
    story = a_story()
    story.says(True, trust=trust)
    assert story.profile.consent == {}


@pytest.mark.parametrize(
    ("trust", "name", "is_known"),
    [
        (Trust.SECRET, "Order Completed", True),
        (Trust.SECRET, "Subscribed", True),
        (Trust.USER, "Product Viewed", True),
        (Trust.PUBLIC, "Order Completed", False),
    ],
)
def test_a_user_whom_a_server_told_of_is_known_though_it_told_no_trait(trust: Trust, name: str, is_known: bool) -> None:
    story = a_story()
    story.happens(name, trust=trust)
    story.identify(NOON + 1, trust=Trust.PUBLIC, email=EVES)

    assert ("email" not in story.profile.traits) is is_known
    assert bool(story.told("contact_refused")) is is_known


def test_what_the_system_noticed_of_a_stranger_makes_them_nobody_known() -> None:
    story = a_story()
    story.happens("Segment Entered", trust=Trust.SYSTEM)

    assert not story.profile.is_told_of


def test_who_is_known_by_what_is_kept_anyway_costs_no_byte_more() -> None:
    story = a_story()
    story.identify(NOON, email=EMAIL)
    story.happens("Order Completed", NOON + 1)

    assert not story.profile.is_told_of
