"""Traits in one form: which was said first does not matter, how it came is kept, and nothing unread is sent to."""

import json
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.playbook import spoken_names
from shared.domain.consent.words import Channel
from shared.domain.events import EventType, Trust
from shared.domain.messages import AliasClaim
from shared.domain.normalise.reading import Reason
from shared.domain.normalise.regions import Region
from shared.domain.normalise.traits import READERS, REGIONAL, read_trait, reader_of
from shared.domain.playbook import read_playbook
from shared.domain.profiles import Profile, Said
from shared.domain.timing import HOUR
from tests.builders import NOON
from tests.stories import Story, a_journey, a_playbook

TRAITS = sorted({*READERS, *REGIONAL})
REGIONS = [Region(None), Region("DE"), Region("US"), Region("IE", is_assumed=True)]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=10),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["country", "x"]), inner, max_size=2),
    max_leaves=4,
)
SHAPES = st.one_of(
    st.text(max_size=40),
    st.text("+0()-. 123456789x/", max_size=25),
    st.text("ab.@-<>,; ßéx", max_size=20),
    st.text("AaBb ,.-'’vander", max_size=25),
    st.text("0123456789-/. TZ:", max_size=20),
    st.text("deDEen-_US() ", max_size=12),
)


def a_story() -> Story:
    return Story(a_playbook(j=a_journey()), Profile(id="u1"))


# --- reading ---------------------------------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(TRAITS), SHAPES | JSON.filter(lambda value: value is not None), st.sampled_from(REGIONS))
def test_what_was_read_is_read_as_the_same_again_and_nothing_ever_raises(
    trait: str, value: Any, region: Region
) -> None:
    read = read_trait(trait, value, region)
    assert (read.value is None) <= (read.reason is not None)
    if read.value is not None:
        assert read_trait(trait, read.value, region).value == read.value


@pytest.mark.parametrize("trait", TRAITS)
@pytest.mark.parametrize(
    "value", ["a" * 100_000, "(" * 1_000, "a." * 500 + "@", "1,111" * 200, " -" * 500, "9" * 1_000, "x;" * 500]
)
def test_no_text_takes_long_to_read(trait: str, value: str) -> None:
    read_trait(trait, value, Region("DE"))  # a pattern that runs wild would be stopped by the session's time limit


def test_the_table_of_names_is_what_cldr_says() -> None:
    assert json.loads(spoken_names.PLACE.read_text("utf-8")) == spoken_names.table(), (
        "run: uv run python -m infra.playbook.spoken_names"
    )


# --- what a profile holds --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_whichever_was_said_first_the_same_is_held_in_the_end(order: tuple[int, ...]) -> None:
    story = a_story()
    said: list[dict[str, Any]] = [
        {"phone": "0151 23456789"},
        {"country": "Deutschland"},
        {"birthday": "03/04/1990"},
        {"locale": "en_US", "name": "Doe, John"},
    ]
    for index in order:
        story.happens("User Identified", NOON + index, arrives=NOON + HOUR, type=EventType.IDENTIFY, traits=said[index])

    assert story.profile.traits == {
        "phone": "+4915123456789",
        "country": "DE",
        "birthday": "1990-04-03",
        "locale": "en-US",
        "name": "John Doe",
        "firstName": "John",
        "lastName": "Doe",
    }
    assert story.profile.said == {
        "phone": Said("0151 23456789"),
        "country": Said("Deutschland"),
        "birthday": Said("03/04/1990"),
        "locale": Said("en_US"),
        "name": Said("Doe, John"),
    }


def test_what_cannot_be_read_is_kept_with_its_reason_and_never_sent_to() -> None:
    story = a_story()
    story.identify(email="ana at example", phone="086 123 4567", country="Narnia")

    assert story.profile.traits == {}
    assert story.profile.said == {
        "email": Said("ana at example", Reason.MALFORMED),
        "phone": Said("086 123 4567", Reason.UNKNOWN_REGION),
        "country": Said("Narnia", Reason.UNKNOWN),
    }
    assert not story.profile.known_addresses(Channel.EMAIL)
    assert not story.profile.known_addresses(Channel.SMS)
    assert {one["trait"]: one["reason"] for one in story.told("trait_unread")} == {
        "email": "malformed",
        "phone": "unknown_region",
        "country": "unknown",
    }


def test_what_was_read_already_is_kept_once() -> None:
    story = a_story()
    story.identify(email="ana@example.com", phone="+353861234567", country="IE", firstName="Ana")
    assert story.profile.said == {}


def test_what_was_said_before_goes_with_what_is_said_now() -> None:
    story = a_story()
    story.identify(NOON, country="Ireland", phone="086 123 4567")
    story.identify(NOON + 1, country="IE", phone=None)
    assert (story.profile.traits, story.profile.said) == ({"country": "IE"}, {})


def test_a_number_once_read_by_its_country_stays_when_the_person_moves() -> None:
    story = a_story()
    story.identify(NOON, country="IE", phone="086 123 4567")
    story.identify(NOON + 1, country="DE")
    assert story.profile.traits["phone"] == "+353861234567"


def test_a_number_read_by_the_language_is_flagged_and_read_again_by_the_country() -> None:
    story = a_story()
    story.identify(NOON, locale="en-IE", phone="086 123 4567")
    assert story.profile.traits["phone"] == "+353861234567"
    assert story.profile.said["phone"] == Said("086 123 4567", Reason.ASSUMED_REGION)
    assert not [one for one in story.effects if isinstance(one, AliasClaim)], "it may be somebody else's"

    story.identify(NOON + 1, country="Romania", phone="0721 234 567")
    assert story.profile.traits["phone"] == "+40721234567"
    assert [one.value for one in story.effects if isinstance(one, AliasClaim)] == ["+40721234567"]


def test_a_number_is_the_persons_from_the_event_that_made_it_readable() -> None:
    story = a_story()
    story.identify(NOON, phone="086 123 4567")
    story.identify(NOON + 1, address={"city": "Cork", "country": "Ireland"})
    assert story.profile.traits["address"] == {"city": "Cork", "country": "IE"}
    assert story.profile.said["address.country"] == Said("Ireland")
    assert ("phone", "+353861234567") in story.profile.claimed


def test_without_anything_better_a_number_is_read_by_the_brands_country() -> None:
    playbook, _ = read_playbook({"brand": {"locale": "en-IE"}, "journeys": {}, "messages": {}})
    story = Story(playbook, Profile(id="u1"))
    story.identify(phone="086 123 4567")
    assert story.profile.traits["phone"] == "+353861234567"
    assert story.profile.said["phone"].reason == Reason.ASSUMED_REGION


def test_names_said_apart_are_not_overwritten_by_the_whole_one() -> None:
    story = a_story()
    story.identify(NOON, firstName="Johnny")
    story.identify(NOON + 1, name="DOE John")
    assert story.profile.traits == {"firstName": "Johnny", "name": "John Doe", "lastName": "Doe"}


def test_names_told_from_the_whole_one_go_with_it() -> None:
    story = a_story()
    story.identify(NOON, name="John Doe")
    story.identify(NOON + 1, name="Madonna")
    assert story.profile.traits == {"name": "Madonna", "firstName": "Madonna"}


@pytest.mark.parametrize(
    ("held", "public", "becomes"),
    [
        ("Ana@Example.com", "Ana@EXAMPLE.com", "Ana@example.com"),
        ("ana@example.com", "eve@example.com", "ana@example.com"),
        ("ana@example.com", "nonsense", "ana@example.com"),
        ("nonsense", "ana@example.com", None),
    ],
)
def test_a_public_key_repeats_an_address_but_diverts_none(held: str, public: str, becomes: str | None) -> None:
    story = a_story()
    story.identify(NOON, email=held)
    story.identify(NOON + 1, trust=Trust.PUBLIC, email=public)
    assert story.profile.traits.get("email") == becomes


def test_a_public_key_does_not_replace_a_number_that_only_lacks_its_country() -> None:
    story = a_story()
    story.identify(NOON, phone="086 123 4567")
    story.identify(NOON + 1, trust=Trust.PUBLIC, phone="+353867654321")
    story.identify(NOON + 2, country="IE")
    assert story.profile.traits["phone"] == "+353861234567"


def test_what_is_not_known_to_be_anything_stays_as_it_was_said() -> None:
    story = a_story()
    story.identify(shoe="  42 ", vip="true")
    assert (story.profile.traits, story.profile.said) == ({"shoe": "  42 ", "vip": "true"}, {})


@pytest.mark.parametrize("trait", TRAITS)
def test_every_trait_in_the_table_has_its_reader(trait: str) -> None:
    assert callable(reader_of(trait))
