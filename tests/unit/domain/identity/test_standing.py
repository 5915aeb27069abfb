"""What a server's word is worth of somebody whom it names by a cookie or an address alone."""

from typing import Any

import pytest

from shared.domain.consent.words import Statement
from shared.domain.events import EventType, Trust
from shared.domain.identity.joining import Refusal
from shared.domain.messages import AliasClaim
from shared.domain.profiles import Profile
from tests.builders import NOON, an_event
from tests.stories import Story, a_journey, a_playbook

HERS, EVES = "ana@example.com", "eve@example.com"
COOKIE, ADDRESS, CARD = ("anonymous", "a1"), ("email", HERS), ("loyalty", "4711")
KNOWN = Profile(id="u1", traits={"email": HERS}, claimed=(COOKIE, ADDRESS, CARD))
BY_COOKIE: dict[str, Any] = {"user_id": None, "anonymous_id": "a1", "profile_id": "u1", "trust": Trust.SECRET}
BY_ADDRESS: dict[str, Any] = {"user_id": None, "profile_id": "u1", "trust": Trust.SECRET}
IDENTIFY: dict[str, Any] = {"type": EventType.IDENTIFY, "traits": {"email": EVES, "plan": "gold"}}


def told_of(event: Any, *vouched: tuple[str, str]) -> Story:
    person = Profile(id="u1", traits=KNOWN.traits, claimed=KNOWN.claimed, vouched=vouched)
    story = Story(a_playbook(j=a_journey()), person)
    story.take([event], NOON)
    return story


@pytest.mark.parametrize("vouched", [(), (ADDRESS,), (CARD,)])
def test_whoever_came_by_a_browsers_cookie_is_written_to_where_they_were(vouched: Any) -> None:
    story = told_of(an_event(**BY_COOKIE, **IDENTIFY), *vouched)

    assert story.profile.traits == {"email": HERS, "plan": "gold"}
    assert story.told("contact_refused")
    assert not [effect for effect in story.effects if isinstance(effect, AliasClaim) and effect.vouched]


@pytest.mark.parametrize("changes", [{**BY_COOKIE}, {"user_id": "u1", "profile_id": "u1", "trust": Trust.SECRET}])
def test_a_servers_word_counts_where_a_server_vouched_or_names_the_user(changes: dict[str, Any]) -> None:
    story = told_of(an_event(**changes, **IDENTIFY), *[COOKIE][: changes["user_id"] is None])

    assert story.profile.traits == {"email": EVES, "plan": "gold"}
    assert AliasClaim("email", EVES, vouched=True) in story.effects


def test_what_a_browser_claimed_is_not_vouched_for_by_being_named() -> None:
    context = {"externalIds": [{"id": "4711", "type": "loyalty"}, {"id": "5", "type": "shopify"}]}
    story = told_of(an_event(**BY_ADDRESS, type=EventType.IDENTIFY, traits={"email": HERS}, context=context))

    assert story.profile.vouched == ()
    assert [effect for effect in story.effects if isinstance(effect, AliasClaim)] == [AliasClaim("shopify", "5")]


def test_no_visitor_is_joined_to_who_only_claimed_the_address() -> None:
    visitor = Profile(id="anon:a2", version=1, decided_at=NOON - 1, traits={"plan": "tin"})
    event = an_event(**BY_ADDRESS | {"anonymous_id": "a2"}, type=EventType.IDENTIFY, traits={"email": HERS})
    for vouched, plan in (((), None), ((ADDRESS,), "tin")):
        story = Story(a_playbook(j=a_journey()), Profile(id="u1", traits={"email": HERS}, vouched=vouched))
        story.take([event], NOON, others={visitor.id: visitor})
        assert story.profile.traits.get("plan") == plan
        refused = [one["reason"] for one in story.told("join_refused")]
        assert refused == ([] if vouched else [Refusal.NOT_VOUCHED])


@pytest.mark.parametrize(
    ("event", "vouched", "is_taken"),
    [
        ({**BY_COOKIE}, (), False),
        ({**BY_COOKIE}, (COOKIE,), True),
        ({**BY_COOKIE, "context": {"traits": {"email": EVES}}}, (), False),
        ({**BY_ADDRESS, "context": {"traits": {"email": HERS}}}, (), True),
        ({**BY_ADDRESS, "context": {"externalIds": [{"id": "4711", "type": "loyalty"}]}}, (), False),
        ({**BY_ADDRESS, "context": {"externalIds": [{"id": "4711", "type": "loyalty"}]}}, (CARD,), True),
        ({"user_id": "u1", "profile_id": "u1", "trust": Trust.SECRET}, (), True),
        ({"user_id": None, "profile_id": "u1", "trust": Trust.SYSTEM}, (), True),
        ({"user_id": "u1", "profile_id": "u1", "trust": Trust.USER}, (), False),
    ],
)
def test_a_yes_is_said_by_who_may(event: dict[str, Any], vouched: Any, is_taken: bool) -> None:
    story = told_of(an_event("Subscribed", **event, properties={"channel": "sms"}), *vouched)

    assert (("sms", "*") in story.profile.consent) == is_taken


def test_a_no_is_heard_whoever_a_server_says_it_of() -> None:
    story = told_of(an_event("Unsubscribed", **BY_COOKIE, properties={"channel": "sms"}))

    held = story.profile.consent["sms", "*"]
    assert isinstance(held, Statement)
    assert not held.subscribed
