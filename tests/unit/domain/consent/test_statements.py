"""What is said of consent, taken: double opt-in, pauses, renewal, and what the history is told."""

from typing import Any, Final

import pytest

from shared.domain.consent.rules import Basis
from shared.domain.consent.statements import MAX_UNCONFIRMED
from shared.domain.consent.words import (
    ANY,
    Channel,
    ConsentState,
    Pause,
    Purpose,
    Statement,
    Unconfirmed,
    address_digest,
)
from shared.domain.events import Trust
from shared.domain.ledger import DropReason
from shared.domain.messages import ConsentRecorded
from shared.domain.playbook import Playbook
from shared.domain.profiles import Device, Profile
from shared.domain.timing import DAY, HOUR, MINUTE, format_instant
from tests.builders import NOON, a_profile
from tests.stories import MESSAGES, TOPICS, Story, a_journey, plain_playbook, read_as_deployed

EMAIL: Final = Channel.EMAIL
AT_ANA: Final = address_digest("email", "ana@example.com")
DOUBLE: Final = {"email": {"double_opt_in": "sure"}}
SURE: Final = MESSAGES | {"sure": {"channels": ["email", "sms"]}}


def a_playbook(consent: Any, **more: Any) -> Playbook:
    journey = a_journey(steps=[{"send": "hello", "via": ["email"]}], topic="offers", exit=None)
    policy = {"topics": TOPICS, "consent": consent}
    return read_as_deployed(plain_playbook({"j": journey}, policy=policy, messages=SURE, **more))


def a_story(consent: Any = None, profile: Profile | None = None) -> Story:
    return Story(a_playbook(DOUBLE if consent is None else consent), profile or a_profile())


def recorded(story: Story) -> list[ConsentRecorded]:
    return [effect for effect in story.effects if isinstance(effect, ConsentRecorded)]


def basis(story: Story, topic: str = "offers", channel: Channel = EMAIL) -> Basis:
    from shared.domain.draft import Draft

    return Draft(story.playbook, story.profile).ruling(channel, topic).basis


def asks(story: Story, at: int = NOON, **properties: Any) -> None:
    story.says(True, at, trust=Trust.SECRET, **{"channel": "email", "topic": "offers", **properties})


def confirms(story: Story, at: int = NOON + HOUR, address: str = AT_ANA, **properties: Any) -> None:
    more = {"channel": "email", "topic": "offers", **properties}
    story.says(True, at, source="double_opt_in", confirmed=True, address=address, **more)


def test_a_yes_waits_to_be_confirmed_and_the_person_is_asked() -> None:
    story = a_story()
    asks(story, wording="newsletter-3")
    story.happens("Start", NOON + MINUTE)

    (message,) = story.messages
    assert (message.name, message.purpose, message.channels) == ("sure", Purpose.TRANSACTIONAL, (EMAIL,))
    assert (message.journey, message.run_id, message.confirms) == ("", "", AT_ANA)
    assert story.profile.unconfirmed == {("email", "offers"): Unconfirmed(NOON, "newsletter-3", NOON, AT_ANA)}
    assert story.dropped() == ["no_consent"]
    assert [one.state for one in recorded(story)] == [ConsentState.PENDING]


def test_what_is_confirmed_counts_with_the_wording_that_was_asked() -> None:
    story = a_story()
    asks(story, wording="newsletter-3")
    confirms(story, evidence={"ip": "0f" * 16, "userAgent": "Mozilla"})
    story.happens("Start", NOON + 2 * HOUR)

    assert [message.name for message in story.messages] == ["sure", "hello"]
    assert story.profile.unconfirmed == {}
    last = recorded(story)[-1]
    assert (last.state, last.is_confirmed, last.source) == (ConsentState.SUBSCRIBED, True, "double_opt_in")
    assert (last.wording, last.evidence) == ("newsletter-3", {"ip": "0f" * 16})


def test_a_confirmation_of_an_address_that_is_no_longer_the_persons_does_not_count() -> None:
    story = a_story()
    asks(story)
    story.identify(NOON + MINUTE, email="ana@new.example")
    confirms(story)

    assert basis(story) is Basis.UNCONFIRMED
    assert [one["reason"] for one in story.told("statement_refused")] == ["address_changed"]


def test_nobody_can_be_buried_in_mail_through_a_form() -> None:
    story = a_story()
    for hour in range(48):
        asks(story, NOON + hour * HOUR, topic=f"t{hour % 5}")
    assert [message.decided_at - NOON for message in story.messages] == [0, DAY]
    assert len({message.id for message in story.messages}) == 2


def test_of_one_address_and_day_there_is_one_message_whoever_it_is() -> None:
    one, other = a_story(), a_story(profile=a_profile(id="u2"))
    asks(one)
    asks(other, NOON + HOUR)
    assert one.messages[0].id == other.messages[0].id
    assert one.messages[0].profile_id != other.messages[0].profile_id


def test_a_link_without_a_topic_confirms_what_waits_and_nothing_else() -> None:
    story = a_story()
    asks(story, topic="offers")
    asks(story, topic="news")
    confirms(story, topic=None)

    assert len(story.messages) == 1
    assert story.profile.consent.keys() == {("email", "offers"), ("email", "news")}
    confirms(story, NOON + 2 * HOUR, topic=None)
    assert [one["reason"] for one in story.told("statement_refused")] == ["nothing_waits"]


def test_an_address_that_comes_after_the_yes_is_asked_then() -> None:
    story = a_story(profile=Profile(id="u1"))
    asks(story)
    assert story.messages == []
    story.identify(NOON + MINUTE, email="ana@example.com")
    assert [(message.name, message.confirms) for message in story.messages] == [("sure", AT_ANA)]


def test_who_has_confirmed_is_not_asked_again() -> None:
    story = a_story()
    asks(story)
    confirms(story)
    asks(story, NOON + 3 * DAY)
    assert len(story.messages) == 1
    assert story.profile.consent["email", "offers"].at == NOON + HOUR
    assert recorded(story)[-1].state is ConsentState.SUBSCRIBED


def test_a_no_is_not_undone_by_a_yes_that_waits() -> None:
    story = a_story()
    story.says(False, NOON, channel="email")
    asks(story, NOON + MINUTE)
    assert basis(story) is Basis.NO
    confirms(story)
    assert basis(story) is Basis.YES


def test_what_comes_late_leaves_the_same() -> None:
    story = a_story()
    confirms(story)
    asks(story, NOON)
    assert (basis(story), story.profile.unconfirmed) == (Basis.YES, {})


@pytest.mark.parametrize(
    ("trust", "more", "waits"),
    [
        (Trust.SECRET, {}, True),
        (Trust.SECRET, {"confirmed": True}, True),
        (Trust.SYSTEM, {}, False),
        (Trust.SYSTEM, {"confirmed": True}, False),
        (Trust.SYSTEM, {"confirmed": False}, True),
    ],
)
def test_only_what_comes_through_us_counts_unconfirmed(trust: Trust, more: dict[str, Any], *, waits: bool) -> None:
    story = a_story()
    story.says(True, trust=trust, channel="email", topic="offers", **more)
    assert (basis(story) is Basis.UNCONFIRMED) is waits
    assert bool(story.messages) is waits


@pytest.mark.parametrize("trust", [Trust.PUBLIC, Trust.USER])
@pytest.mark.parametrize("name", ["Subscribed", "Unsubscribed", "Marketing Paused", "Marketing Resumed"])
def test_no_browser_states_consent(trust: Trust, name: str) -> None:
    story = a_story()
    story.happens(name, trust=trust, channel="email", until=format_instant(NOON + DAY), confirmed=True)
    assert (story.profile.consent, story.profile.unconfirmed, story.profile.pause) == ({}, {}, None)
    assert recorded(story) == []


def test_a_yes_that_names_no_channel_waits_where_it_must_and_counts_elsewhere() -> None:
    story = a_story()
    story.says(False, NOON, channel="sms")
    asks(story, NOON + MINUTE, channel=None)
    assert basis(story) is Basis.UNCONFIRMED
    assert basis(story, channel=Channel.PUSH) is Basis.YES
    assert basis(story, channel=Channel.SMS) is Basis.NO, "it named no channel"
    assert {one.id.partition(":")[2] for one in recorded(story)} == {"", "email", "push", "whatsapp", "webhook"}


def test_only_where_the_country_asks_for_it_a_yes_is_to_be_confirmed() -> None:
    rules = {"email": {"countries": {"DE": {"double_opt_in": "sure"}}}}
    german = a_story(rules, a_profile(traits={"email": "ana@example.com", "country": "DE"}))
    other = a_story(rules)
    asks(german)
    asks(other)
    assert (basis(german), basis(other)) == (Basis.UNCONFIRMED, Basis.YES)


def test_what_waits_is_bounded() -> None:
    story = a_story()
    for number in range(MAX_UNCONFIRMED + 5):
        asks(story, NOON + number, topic=f"t{number}")
    assert {topic for _, topic in story.profile.unconfirmed} == {f"t{n}" for n in range(5, MAX_UNCONFIRMED + 5)}


def test_a_push_app_is_asked_on_the_device_it_has() -> None:
    playbook = read_as_deployed(
        plain_playbook({}, policy={"topics": TOPICS, "consent": {"push": {"double_opt_in": "hello"}}})
    )
    story = Story(playbook, a_profile(devices={"token": Device("ios", NOON)}))
    asks(story, channel="push")
    assert story.messages[0].confirms == address_digest("push", "token")


# --- pauses ----------------------------------------------------------------------------------------------------------


def pauses(story: Story, until: int, at: int = NOON) -> None:
    story.happens("Marketing Paused", at, trust=Trust.SYSTEM, until=format_instant(until), source="page")


def test_while_paused_marketing_is_dropped_with_the_reason() -> None:
    story = a_story({})
    story.says(True, NOON - 1, channel="email")
    pauses(story, NOON + 30 * DAY)
    story.happens("Start", NOON + 30 * DAY - 1)
    story.happens("Start", NOON + 30 * DAY)
    assert story.dropped() == [DropReason.PAUSED]
    assert [message.decided_at - NOON for message in story.messages] == [30 * DAY]
    assert [(one.state, one.until) for one in recorded(story)][-1] == (ConsentState.PAUSED, NOON + 30 * DAY)


def test_a_pause_ends_when_the_person_says_so() -> None:
    story = a_story({})
    story.says(True, NOON - 1, channel="email")
    pauses(story, NOON + 30 * DAY)
    story.happens("Marketing Resumed", NOON + DAY, trust=Trust.SYSTEM)
    story.happens("Start", NOON + DAY)
    assert len(story.messages) == 1
    pauses(story, NOON + 30 * DAY)  # the first one, late and under another id
    assert story.profile.pause == Pause(NOON + DAY, NOON + DAY)


@pytest.mark.parametrize("until", [None, "soon", 5, format_instant(NOON), format_instant(NOON + 367 * DAY)])
def test_a_pause_has_an_end_within_a_year(until: Any) -> None:
    story = a_story({})
    story.happens("Marketing Paused", trust=Trust.SYSTEM, until=until)
    assert story.profile.pause is None
    assert [one["reason"] for one in story.told("statement_refused")] == ["no_end_within_a_year"]


# --- conditions and time ---------------------------------------------------------------------------------------------

CONSENTING: Final = {"consents": {"channel": "email", "topic": "offers"}}


def turns(story: Story) -> list[tuple[str, int]]:
    kinds = ("segment_entered", "segment_left")
    return [(one.kind.removeprefix("segment_"), one.at - NOON) for one in story.trace if one.kind in kinds]


def test_a_segment_turns_at_the_very_instant_a_pause_ends_and_a_yes_lapses() -> None:
    rules = {"email": {"lapses_after": "60 days"}}
    story = Story(a_playbook(rules, segments={"hears": {"if": CONSENTING}}), a_profile())
    story.says(True, channel="email")
    pauses(story, NOON + 30 * DAY, NOON + DAY)
    while story.profile.wake_at is not None and story.profile.wake_at <= NOON + 100 * DAY:
        story.time_comes(story.profile.wake_at)
    assert turns(story) == [("entered", 0), ("left", DAY), ("entered", 30 * DAY), ("left", 60 * DAY)]


def test_an_answer_keeps_a_yes_alive_and_a_machines_does_not() -> None:
    rules = {"email": {"lapses_after": "60 days"}}
    story = Story(a_playbook(rules, segments={"hears": {"if": CONSENTING}}), a_profile())
    story.says(True, channel="email")
    story.happens("Message Clicked", NOON + 50 * DAY, trust=Trust.SYSTEM, channel="email", message="hello")
    story.happens(
        "Message Opened", NOON + 55 * DAY, trust=Trust.SYSTEM, channel="email", message="hello", flags={"bot": True}
    )
    story.time_comes(NOON + 200 * DAY)
    assert turns(story) == [("entered", 0), ("left", 110 * DAY)]


def test_a_click_on_an_old_mail_is_no_new_yes() -> None:
    story = a_story({"email": {"lapses_after": "60 days"}})
    asks(story)
    story.happens("Message Clicked", NOON + 60 * DAY, trust=Trust.SYSTEM, channel="email", message="hello")
    assert story.profile.consent["email", "offers"] == Statement(True, NOON, "http")
    assert basis(story) is Basis.LAPSED
    asks(story, NOON + 61 * DAY)
    assert basis(story) is Basis.YES


def test_who_moves_to_another_country_is_judged_anew() -> None:
    rules = {"email": {"countries": {"CA": {"default": False}}}}
    hears_news = {"hears": {"if": {"consents": {"channel": "email", "topic": "news"}}}}
    story = Story(a_playbook(rules, segments=hears_news), a_profile())
    story.happens("Any")
    story.identify(NOON + HOUR, country="CA")
    assert turns(story) == [("entered", 0), ("left", HOUR)]


def test_everything_said_is_told_to_the_history_duplicates_and_refused_ones_apart() -> None:
    story = a_story({})
    for number, yes in enumerate([True, False, True]):
        story.says(yes, NOON + number, channel="sms", source="till", id=f"s{number}")
    story.says(False, NOON + 1, channel="sms", source="till", id="s1")
    story.says(False, NOON + 3, channel="fax")
    assert [(one.id, one.state.value, one.channel, one.topic, one.source) for one in recorded(story)] == [
        ("s0", "subscribed", "sms", ANY, "till"),
        ("s1", "unsubscribed", "sms", ANY, "till"),
        ("s2", "subscribed", "sms", ANY, "till"),
    ]
