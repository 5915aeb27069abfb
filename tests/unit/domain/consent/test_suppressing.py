"""What events say of addresses that must not be written to: the person's own map, and what is ordered for the list."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.consent.suppressions import STRENGTH, blocks, in_force
from shared.domain.consent.words import Channel, Purpose, SuppressionReason
from shared.domain.events import Trust
from shared.domain.messages import SuppressionChange, effect_from_dict, effect_to_dict
from shared.domain.profiles import Profile, Suppression
from shared.domain.timing import HOUR
from tests.builders import NOON
from tests.stories import Story, a_journey, a_playbook

COMPLAINT, ERASED, HARD_BOUNCE, STOP, UNSUBSCRIBED = (
    SuppressionReason.COMPLAINT,
    SuppressionReason.ERASED,
    SuppressionReason.HARD_BOUNCE,
    SuppressionReason.STOP,
    SuppressionReason.UNSUBSCRIBED,
)
PHONE, EMAIL = "+353871234567", "ana@example.com"
BOUNCED: dict[str, Any] = {"channel": "email", "address": EMAIL, "hard": True}
STOPPED: dict[str, Any] = {"channel": "sms", "phone": PHONE, "source": "sms_keyword", "reason": "stop"}
STARTED: dict[str, Any] = {"channel": "sms", "phone": PHONE, "source": "sms_keyword"}
LIFTED_MAIL = [("email", EMAIL, ERASED, True), ("email", EMAIL, UNSUBSCRIBED, True)]
LIFTED_TEXTS = [("sms", PHONE, reason, True) for reason in (STOP, ERASED, UNSUBSCRIBED)]


def a_story() -> Story:
    return Story(a_playbook(j=a_journey()), Profile(id="u1", traits={"phone": PHONE, "email": EMAIL}))


def changes(story: Story) -> list[tuple[str, str, SuppressionReason, bool]]:
    return [
        (effect.channel, effect.address, effect.reason, effect.is_lifted)
        for effect in story.effects
        if isinstance(effect, SuppressionChange)
    ]


@pytest.mark.parametrize(
    ("name", "properties", "expected"),
    [
        ("Message Bounced", BOUNCED, ("email", EMAIL, HARD_BOUNCE, False)),
        ("Message Bounced", BOUNCED | {"hard": False}, None),
        ("Message Bounced", {"channel": "push", "address": "token1", "hard": True}, None),
        ("Message Complained", BOUNCED, ("email", EMAIL, COMPLAINT, False)),
        ("Unsubscribed", STOPPED, ("sms", PHONE, STOP, False)),
        ("Unsubscribed", {"channel": "sms"}, None),
        ("Address Suppressed", BOUNCED | {"reason": "complaint"}, ("email", EMAIL, COMPLAINT, False)),
        ("Address Suppressed", BOUNCED | {"reason": "whim"}, None),
        ("Address Suppressed", BOUNCED | {"reason": ["stop"]}, None),
    ],
)
def test_what_suppresses_an_address_is_ordered_for_the_list(
    name: str, properties: dict[str, Any], expected: tuple[Any, ...] | None
) -> None:
    story = a_story()
    story.happens(name, trust=Trust.SYSTEM, **properties)

    assert changes(story) == ([] if expected is None else [expected])


@pytest.mark.parametrize("trust", [Trust.PUBLIC, Trust.SECRET])
@pytest.mark.parametrize("name", ["Unsubscribed", "Address Suppressed", "Address Released", "Message Complained"])
def test_only_the_system_suppresses_for_everybody(trust: Trust, name: str) -> None:
    story = a_story()
    story.happens(name, trust=trust, **STOPPED)

    assert changes(story) == []
    assert story.profile.suppressed == {}


def test_stop_suppresses_the_number_and_start_lifts_it() -> None:
    story = a_story()
    story.happens("Unsubscribed", trust=Trust.SYSTEM, **STOPPED)
    assert story.profile.suppressed == {("sms", PHONE): Suppression(STOP, NOON)}
    assert story.profile.addresses(Channel.SMS) == ()

    story.happens("Subscribed", NOON + HOUR, trust=Trust.SYSTEM, **STARTED)

    assert story.profile.addresses(Channel.SMS) == (PHONE,)
    assert changes(story)[1:] == LIFTED_TEXTS


def test_a_stop_that_arrives_after_the_start_that_followed_it_changes_nothing_here() -> None:
    story = a_story()
    story.happens("Subscribed", NOON + HOUR, trust=Trust.SYSTEM, **STARTED)
    story.happens("Unsubscribed", NOON, arrives=NOON + HOUR, trust=Trust.SYSTEM, **STOPPED)

    assert story.profile.addresses(Channel.SMS) == (PHONE,)


@pytest.mark.parametrize(
    ("trust", "properties", "lifted"),
    [
        (Trust.SECRET, {"channel": "sms"}, LIFTED_TEXTS),
        (Trust.SECRET, {"channel": "email", "topic": "news"}, LIFTED_MAIL),
        (Trust.SYSTEM, {"channel": "email", "source": "preference_centre"}, LIFTED_MAIL),
        (Trust.SECRET, {"channel": "sms", "source": "import"}, []),
        (
            Trust.SYSTEM,
            {"channel": "sms", "source": "page"},
            LIFTED_TEXTS,
        ),
        (Trust.SYSTEM, {"channel": "sms", "source": "page", "confirmed": False}, []),
        (Trust.SYSTEM, {"channel": "sms", "source": "undo"}, []),
        (Trust.SECRET, {}, []),
        (Trust.PUBLIC, {"channel": "sms"}, []),
    ],
)
def test_a_new_yes_that_names_the_channel_lifts_what_the_person_may_lift(
    trust: Trust, properties: dict[str, Any], lifted: list[tuple[Any, ...]]
) -> None:
    story = a_story()
    story.happens("Unsubscribed", trust=Trust.SYSTEM, **STOPPED)
    before = len(changes(story))

    story.happens("Subscribed", NOON + HOUR, trust=trust, **properties)

    assert changes(story)[before:] == lifted
    assert bool(story.profile.addresses(Channel.SMS)) is (("sms", PHONE, STOP, True) in lifted)


def test_a_yes_that_is_older_than_the_no_lifts_nothing() -> None:
    story = a_story()
    story.happens("Unsubscribed", NOON + HOUR, trust=Trust.SYSTEM, **STOPPED)
    story.happens("Subscribed", NOON, arrives=NOON + HOUR, trust=Trust.SECRET, channel="sms")

    assert story.profile.addresses(Channel.SMS) == ()
    assert [change for change in changes(story) if change[3]] == []


@pytest.mark.parametrize("reason", [COMPLAINT, HARD_BOUNCE, SuppressionReason.INVALID])
def test_neither_start_nor_a_new_yes_lifts_what_staff_must_look_at(reason: SuppressionReason) -> None:
    story = a_story()
    story.happens("Address Suppressed", trust=Trust.SYSTEM, **(STOPPED | {"address": PHONE, "reason": reason.value}))
    story.happens("Unsubscribed", NOON + 1, trust=Trust.SYSTEM, **STOPPED)
    story.happens("Subscribed", NOON + HOUR, trust=Trust.SYSTEM, **STARTED)

    assert story.profile.suppressed == {("sms", PHONE): Suppression(reason, NOON)}


def test_what_staff_lifted_is_lifted_with_the_person_too() -> None:
    story = a_story()
    story.happens("Message Bounced", trust=Trust.SYSTEM, **BOUNCED)
    released: dict[str, Any] = {"channel": "email", "address": EMAIL, "reasons": ["hard_bounce"]}

    story.happens("Address Released", NOON + HOUR, trust=Trust.SYSTEM, **released)

    assert story.profile.suppressed == {}


@pytest.mark.parametrize("is_lifted", [False, True])
@pytest.mark.parametrize("reason", SuppressionReason)
def test_a_change_survives_being_stored(reason: SuppressionReason, is_lifted: bool) -> None:
    change = SuppressionChange("sms", PHONE, reason, NOON, is_lifted)

    assert effect_from_dict(effect_to_dict(change)) == change


def test_every_reason_has_its_strength() -> None:
    assert sorted(STRENGTH) == sorted(SuppressionReason)


@pytest.mark.parametrize("reason", SuppressionReason)
def test_only_what_was_said_of_marketing_lets_transactional_messages_through(reason: SuppressionReason) -> None:
    assert blocks({reason: NOON}, Purpose.MARKETING)
    assert blocks({reason: NOON}, Purpose.TRANSACTIONAL) is (reason not in {ERASED, UNSUBSCRIBED})


@given(came=st.integers(0, 5), lifted=st.integers(0, 5))
def test_a_reason_counts_unless_it_was_lifted_later(came: int, lifted: int) -> None:
    assert bool(in_force({STOP: came}, {STOP: lifted})) is (lifted <= came)


# --- a link that was sent to another address ------------------------------------------------------------------------


def through(on: str, address: str, **scope: str) -> dict[str, Any]:
    """What an event of a link's says."""
    return {**scope, "source": "one_click", "sent_to": {"channel": on, "address": address}}


@pytest.mark.parametrize(
    ("name", "sent_to", "theirs"),
    [
        ("Unsubscribed", ("email", EMAIL), True),
        ("Unsubscribed", ("email", "ANA@example.com"), True),
        ("Unsubscribed", ("sms", PHONE), True),
        ("Unsubscribed", ("email", "ana@old.example"), False),
        ("Unsubscribed", ("sms", "+353861111111"), False),
        ("Subscribed", ("email", EMAIL), True),
        ("Subscribed", ("email", "ana@old.example"), False),
    ],
    ids=str,
)
def test_a_link_speaks_for_the_person_while_its_address_is_theirs_and_for_the_address_after_that(
    name: str, sent_to: tuple[str, str], theirs: bool
) -> None:
    story = a_story()
    story.happens(name, trust=Trust.SYSTEM, **through(*sent_to, channel=sent_to[0]))

    said = story.profile.consent.get((sent_to[0], "*"))
    assert (said is not None and said.subscribed is (name == "Subscribed")) is theirs
    lifted = LIFTED_MAIL if name == "Subscribed" else []
    assert changes(story) == (lifted if theirs else [(*sent_to, UNSUBSCRIBED, name == "Subscribed")])


def test_a_no_for_a_topic_through_an_old_link_goes_for_the_old_address_too() -> None:
    story = a_story()
    story.happens("Unsubscribed", trust=Trust.SYSTEM, **through("email", "ana@old.example", topic="news"))

    assert not story.profile.consent
    assert changes(story) == [("email", "ana@old.example", UNSUBSCRIBED, False)]


@pytest.mark.parametrize("trust", [Trust.PUBLIC, Trust.SECRET])
def test_nobody_but_the_page_says_where_a_link_was_sent(trust: Trust) -> None:
    story = a_story()
    story.happens("Unsubscribed", trust=trust, **through("email", "other@example.com", channel="email"))

    assert changes(story) == []


def test_a_new_yes_to_mail_lifts_what_was_said_of_the_address_before() -> None:
    story = a_story()
    story.happens("Subscribed", trust=Trust.SECRET, channel="email", topic="news")

    assert ("email", EMAIL, UNSUBSCRIBED, True) in changes(story)
