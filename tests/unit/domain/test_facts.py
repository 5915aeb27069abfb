"""What events say of a person: traits by their time, addresses by who vouches, devices, consent, suppression."""

from itertools import permutations
from typing import Any

import pytest

from shared.domain.consent.statements import MAX_STATEMENTS
from shared.domain.consent.suppressing import MAX_SUPPRESSED
from shared.domain.consent.words import ANY, Channel, Statement, SuppressionReason
from shared.domain.events import EventType, Trust
from shared.domain.identity.identifiers import Identifier, provisional_profile_id
from shared.domain.messages import AliasClaim
from shared.domain.profiles import MAX_DEVICES, MAX_TRAITS, Device, Profile, Suppression
from shared.domain.timing import DAY, HOUR
from tests.builders import NOON
from tests.stories import Story, a_journey, a_playbook


def a_story() -> Story:
    return Story(a_playbook(j=a_journey()), Profile(id="u1"))


def claims(story: Story) -> list[tuple[str, str]]:
    return [(effect.kind, effect.value) for effect in story.effects if isinstance(effect, AliasClaim)]


# --- traits ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_trait_is_as_the_latest_event_says_whatever_came_last(order: tuple[int, ...]) -> None:
    story = a_story()
    said = [(NOON, {"plan": "tin", "city": "Cork"}), (NOON + 1, {"plan": None}), (NOON + 2, {"plan": "gold"})]
    for index in order:
        at, traits = said[index]
        story.happens("User Identified", at, arrives=NOON + HOUR, type=EventType.IDENTIFY, traits=traits)
    assert story.profile.traits == {"plan": "gold", "city": "Cork"}


def test_a_late_event_does_not_revive_what_was_taken_back() -> None:
    story = a_story()
    story.identify(NOON, plan="gold")
    story.identify(NOON + 2, plan=None)
    story.happens("User Identified", NOON + 1, arrives=NOON + 3, type=EventType.IDENTIFY, traits={"plan": "tin"})
    assert story.profile.traits == {}


def test_only_an_identify_call_changes_traits() -> None:
    story = a_story()
    story.happens("Start", traits={"plan": "gold"})
    assert story.profile.traits == {}


def test_traits_are_bounded_in_number_and_in_size() -> None:
    story = a_story()
    many: dict[str, Any] = {f"t{number}": number for number in range(MAX_TRAITS + 1)}
    story.identify(**many)
    story.identify(t0="x" * 2_000)
    assert [one["reason"] for one in story.told("trait_refused")] == ["too_many", "too_large"]
    assert (len(story.profile.traits), story.profile.traits["t0"]) == (MAX_TRAITS, 0)


def test_taking_back_traits_without_end_leaves_nothing_behind_that_grows() -> None:
    story = a_story()
    for number in range(5):
        taken_back: dict[str, Any] = {f"t{number}_{index}": None for index in range(90)}
        story.identify(NOON + number, **taken_back)
    story.identify(NOON + DAY, plan="gold")
    assert len(story.profile.trait_times) <= MAX_TRAITS
    assert story.profile.traits == {"plan": "gold"}
    assert story.profile.trait_times["plan"] == NOON + DAY


@pytest.mark.parametrize("name", ["email", "phone"])
def test_a_public_key_says_an_address_first_but_never_changes_it(name: str) -> None:
    story = a_story()
    first, other = {"email": ("a@b.ie", "c@d.ie"), "phone": ("+353861234567", "+353867654321")}[name]
    story.identify(NOON, trust=Trust.PUBLIC, **{name: first})
    story.identify(NOON + 1, trust=Trust.PUBLIC, **{name: other})
    taken_back: dict[str, Any] = {name: None}
    story.identify(NOON + 2, trust=Trust.PUBLIC, **taken_back)
    assert story.profile.traits == {name: first}
    assert [one["contact"] for one in story.told("contact_refused")] == [name] * 2
    story.identify(NOON + 3, trust=Trust.SECRET, **{name: other})
    assert story.profile.traits == {name: other}


def test_a_public_key_may_say_the_same_address_again() -> None:
    story = a_story()
    story.identify(NOON, email="a@b.ie")
    story.identify(NOON + 1, trust=Trust.PUBLIC, email="a@b.ie")
    assert story.told("contact_refused") == []


# --- identifiers -----------------------------------------------------------------------------------------------------


def test_an_identify_claims_what_it_brings_once() -> None:
    story = a_story()
    story.identify(NOON, email="Ana@B.ie", phone="+353 86 123 4567")
    story.identify(NOON + 1, email="Ana@B.ie")
    assert claims(story) == [("email", "ana@b.ie"), ("phone", "+353861234567")]


def test_an_address_that_was_refused_is_not_claimed() -> None:
    story = a_story()
    story.identify(NOON, email="a@b.ie")
    story.identify(NOON + 1, trust=Trust.PUBLIC, email="victim@b.ie")
    assert claims(story) == [("email", "a@b.ie")]


def test_a_secret_key_vouches_for_what_a_public_one_claimed_once() -> None:
    story = a_story()
    for trust in (Trust.PUBLIC, Trust.PUBLIC, Trust.SECRET, Trust.SECRET, Trust.PUBLIC):
        story.identify(story.profile.decided_at + NOON, trust=trust, email="ana@b.ie")
    assert [effect.vouched for effect in story.effects if isinstance(effect, AliasClaim)] == [False, True]


def test_an_identify_claims_external_ids_and_no_other_event_does() -> None:
    story = a_story()
    card = {"externalIds": [{"type": "loyalty", "id": "4711"}]}
    story.happens("Order Completed", context=card)
    assert claims(story) == []
    story.happens("User Identified", type=EventType.IDENTIFY, context=card)
    assert claims(story) == [("loyalty", "4711")]


def test_a_visitor_claims_addresses_and_no_profile_claims_what_it_is_named_after() -> None:
    story = Story(a_playbook(j=a_journey()), Profile(id="anon:a1"))
    story.identify(email="ana@b.ie")
    assert claims(story) == [("email", "ana@b.ie")]

    named = provisional_profile_id(Identifier("email", "ana@b.ie"))
    story = Story(a_playbook(j=a_journey()), Profile(id=named))
    story.identify(email="ana@b.ie", phone="+353861234567")
    assert claims(story) == [("phone", "+353861234567")]


# --- devices ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("device", "platform"),
    [
        ({"token": "t", "type": "ios"}, "ios"),
        ({"token": "t", "type": "iOS"}, "ios"),
        ({"token": "t", "type": "android"}, "android"),
        ({"token": "t"}, "android"),
        ({"token": "t", "type": ["ios"]}, "android"),
    ],
)
def test_a_push_token_comes_with_any_call(device: dict[str, Any], platform: str) -> None:
    story = a_story()
    story.happens("Screen Viewed", context={"device": device})
    assert story.profile.devices == {"t": Device(platform, NOON)}


@pytest.mark.parametrize("device", [None, "t", {"token": ""}, {"token": 5}, {"token": "x" * 2_000}, {"token": ["t"]}])
def test_what_is_no_token_is_no_device(device: Any) -> None:
    story = a_story()
    story.happens("Screen Viewed", context={"device": device}, traits={"push_token": None})
    assert story.profile.devices == {}


def test_a_token_that_comes_again_without_its_device_keeps_its_platform() -> None:
    story = a_story()
    story.happens("Screen Viewed", context={"device": {"token": "t", "type": "ios"}})
    story.identify(NOON + 1, push_token="t")
    assert story.profile.devices == {"t": Device("ios", NOON + 1)}


def test_an_older_event_does_not_change_a_device() -> None:
    story = a_story()
    story.happens("Screen Viewed", NOON + 1, context={"device": {"token": "t", "type": "ios"}})
    story.happens("Screen Viewed", NOON, arrives=NOON + 2, context={"device": {"token": "t", "type": "android"}})
    assert story.profile.devices == {"t": Device("ios", NOON + 1)}


def test_of_too_many_devices_the_one_not_seen_for_longest_goes() -> None:
    story = a_story()
    for number in range(MAX_DEVICES + 2):
        story.happens("Screen Viewed", NOON + number, context={"device": {"token": f"t{number}"}})
    assert set(story.profile.devices) == {f"t{number}" for number in range(2, MAX_DEVICES + 2)}


def test_traits_by_the_hundred_keep_no_address_out() -> None:
    """Anyone with the public key may say a hundred traits of a person; what we write to must still find its place."""
    story = a_story()
    story.identify(trust=Trust.PUBLIC, **{f"t{number}": number for number in range(MAX_TRAITS)})
    story.identify(NOON + 1, email="ana@b.ie", phone="+353861234567")
    assert story.profile.addresses(Channel.EMAIL) == ("ana@b.ie",)
    assert story.profile.addresses(Channel.SMS) == ("+353861234567",)


# --- consent ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("properties", "key"),
    [
        ({}, (ANY, ANY)),
        ({"channel": "sms"}, ("sms", ANY)),
        ({"topic": "news"}, (ANY, "news")),
        ({"channel": "email", "topic": "news"}, ("email", "news")),
        ({"channel": None, "topic": None}, (ANY, ANY)),
        ({"channel": "*", "topic": "*"}, (ANY, ANY)),
    ],
)
def test_a_statement_is_kept_for_what_it_is_about(properties: dict[str, Any], key: tuple[str, str]) -> None:
    story = a_story()
    story.says(False, source="one_click", **properties)
    assert story.profile.consent == {key: Statement(False, NOON, "one_click")}


@pytest.mark.parametrize(
    "properties",
    [{"channel": "fax"}, {"channel": ["email"]}, {"channel": {"a": 1}}, {"channel": 5}, {"topic": ["x"]}, {"topic": 5}],
)
def test_a_statement_about_nothing_that_is_known_is_refused_aloud(properties: dict[str, Any]) -> None:
    story = a_story()
    story.says(False, **properties)
    assert story.profile.consent == {}
    assert len(story.told("statement_refused")) == 1


def test_a_public_key_states_nothing() -> None:
    story = a_story()
    story.says(True, trust=Trust.PUBLIC)
    assert story.profile.consent == {}


def test_a_yes_too_many_is_refused_aloud() -> None:
    story = a_story()
    for number in range(MAX_STATEMENTS + 1):
        story.says(True, topic=f"t{number}")
    assert len(story.profile.consent) == MAX_STATEMENTS
    assert [one["reason"] for one in story.told("statement_refused")] == ["too_many"]


def test_a_no_is_never_one_too_many_the_oldest_yes_goes() -> None:
    story = a_story()
    for number in range(MAX_STATEMENTS):
        story.says(number != 7, NOON + number, topic=f"t{number}")
    story.says(False, NOON + HOUR, topic="news")
    assert story.told("statement_refused") == []
    assert story.profile.consent.keys() == {(ANY, f"t{n}") for n in range(1, MAX_STATEMENTS)} | {(ANY, "news")}


def test_who_says_no_to_more_than_can_be_kept_says_no_to_all() -> None:
    story = a_story()
    for number in range(MAX_STATEMENTS + 1):
        story.says(False, NOON + MAX_STATEMENTS - number, topic=f"t{number}", source="page")
    assert story.profile.consent == {(ANY, ANY): Statement(False, NOON + MAX_STATEMENTS, "page")}


@pytest.mark.parametrize("order", list(permutations([(True, 1), (False, 1), (True, 0), (False, 2), (True, 2)])))
def test_the_latest_statement_is_kept_in_any_order_and_a_refusal_wins(order: Any) -> None:
    story = a_story()
    for subscribed, after in order:
        name = "Subscribed" if subscribed else "Unsubscribed"
        story.happens(name, NOON + after, arrives=NOON + 9, trust=Trust.SYSTEM)
    assert story.profile.consent[ANY, ANY].subscribed is False
    assert story.profile.consent[ANY, ANY].at == NOON + 2


# --- suppression -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "properties", "reason"),
    [
        ("Message Bounced", {"hard": True}, SuppressionReason.HARD_BOUNCE),
        ("Message Bounced", {"hard": False}, None),
        ("Message Bounced", {}, None),
        ("Message Bounced", {"hard": "yes"}, None),
        ("Message Complained", {}, SuppressionReason.COMPLAINT),
        ("Message Delivered", {"hard": True}, None),
        ("Message Complained", {"channel": "fax"}, None),
        ("Message Complained", {"channel": ["email"]}, None),
        ("Message Complained", {"address": None}, None),
        ("Message Complained", {"address": ["a@b.ie"]}, None),
    ],
)
def test_a_hard_bounce_or_complaint_suppresses_the_address(
    name: str, properties: dict[str, Any], reason: SuppressionReason | None
) -> None:
    story = a_story()
    story.identify(email="a@b.ie")
    story.happens(name, trust=Trust.SYSTEM, **({"channel": "email", "address": "a@B.ie"} | properties))
    expected = {} if reason is None else {("email", "a@b.ie"): Suppression(reason, NOON)}
    assert story.profile.suppressed == expected


@pytest.mark.parametrize("trust", [Trust.PUBLIC, Trust.SECRET])
def test_only_the_system_suppresses(trust: Trust) -> None:
    story = a_story()
    story.happens("Message Complained", trust=trust, channel="email", address="a@b.ie")
    assert story.profile.suppressed == {}


def test_an_address_in_other_letters_is_still_suppressed() -> None:
    story = a_story()
    story.identify(email="Ana@b.ie")
    story.happens("Message Complained", trust=Trust.SYSTEM, channel="email", address="Ana@b.ie")
    story.identify(NOON + 1, email="ana@b.ie")
    assert story.profile.addresses(Channel.EMAIL) == ()


def test_of_too_many_suppressed_addresses_those_go_that_the_person_no_longer_has() -> None:
    story = a_story()
    story.identify(email="ana@b.ie")
    story.happens("Message Complained", NOON, trust=Trust.SYSTEM, channel="email", address="ana@b.ie")
    story.happens("Message Complained", NOON, trust=Trust.SYSTEM, channel="email", address="old@b.ie")
    for number in range(MAX_SUPPRESSED):
        bounced: dict[str, Any] = {"channel": "push", "address": f"token{number:02}", "hard": True}
        story.happens("Message Bounced", NOON + 1 + number, trust=Trust.SYSTEM, **bounced)
    assert len(story.profile.suppressed) == MAX_SUPPRESSED
    assert story.profile.addresses(Channel.EMAIL) == ()
    assert story.profile.suppressed.keys() >= {("email", "old@b.ie"), ("push", f"token{MAX_SUPPRESSED - 1}")}


def test_a_new_address_is_not_suppressed_with_the_old_one() -> None:
    story = a_story()
    story.identify(email="old@b.ie")
    story.happens("Message Complained", trust=Trust.SYSTEM, channel="email", address="old@b.ie")
    story.identify(NOON + 1, email="new@b.ie")
    story.happens("Start", NOON + 2)
    story.time_comes(NOON + DAY)
    assert len(story.sent) == 1
