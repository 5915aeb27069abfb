"""The preference centre: what each button states, that nothing else is stated, and that the page shows it at once."""

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.consent.preferences import PAUSE, Standing
from shared.domain.consent.words import ANY, Channel, Statement, SuppressionReason, address_digest
from shared.domain.intake.segment_spec import SYSTEM_ID
from shared.domain.playbook import read_playbook
from shared.domain.profiles import Profile, Suppression
from shared.domain.timing import DAY, SECOND, parse_instant
from shared.errors import ExpiredLinkError, InvalidLinkError
from shared.services.links import LIFETIME, preferences_url, unsubscribe_url
from shared.services.preference_centre import Action, Asked, Centre, Outcome, PreferenceCentre
from tests.builders import NOON, a_profile
from tests.fakes.clock import FakeClock
from tests.fakes.people import FakeProfiles
from tests.fakes.queues import FakeEventQueue
from tests.fakes.secrets import FakeSigningSecrets

EMAIL, SMS = Channel.EMAIL, Channel.SMS
PLAYBOOK, _ = read_playbook(
    {
        "policy": {"topics": {"news": {"title": "News", "default": True}, "offers": {"title": "Offers"}}},
        "messages": {"hello": {"channels": ["email", "sms"]}},
        "journeys": {},
    }
)
ANA = a_profile(id="u1", version=3, traits={"email": "ana@example.com", "phone": "+353861234567"})
WORDINGS = {
    (EMAIL, "news"): "en:1", (SMS, "news"): "en:2", (EMAIL, "offers"): "en:3", (SMS, "offers"): "en:4",
}  # fmt: skip
"""In the order of the page: email and SMS for news, then for offers."""


class House:
    """The centre over fakes; ``press`` is what a browser does with the page that it was shown."""

    def __init__(self, person: Profile = ANA) -> None:
        self.profiles = FakeProfiles()
        self.profiles.stored[person.id] = person
        self.queue = FakeEventQueue()
        self.clock = FakeClock(NOON)
        self.secrets = FakeSigningSecrets()
        self.centre = PreferenceCentre(
            profiles=self.profiles,
            events=self.queue,
            secrets=self.secrets,
            clock=self.clock,
            playbook=lambda: PLAYBOOK,
        )

    def token(self, profile_id: str = "u1", channel: Channel = EMAIL) -> str:
        url = preferences_url(
            "https://x", self.secrets.signing(), profile_id=profile_id, channel=channel, message_id="m1", now=NOON
        )
        return url.rpartition("/")[2]

    def form(self) -> str:
        return self.centre.form_of(self.centre.open(self.token()), WORDINGS)

    def press(self, action: Action, *on: int, form: str | None = None, **asked: Any) -> Centre:
        form = self.form() if form is None else form
        return self.centre.take(
            self.token(), Asked(action=action, form=form, on=frozenset(on), wordings=WORDINGS, **asked)
        )

    def said(self) -> list[tuple[str, str | None, str | None]]:
        events = self.queue.events
        return [(e.name, e.properties.get("channel"), e.properties.get("topic")) for e in events]


def standing(centre: Centre) -> dict[tuple[str, str], str]:
    return {(cell.channel.value, cell.topic): cell.standing.value for cell in centre.preferences.cells}


def test_opening_shows_how_things_stand_and_says_nothing() -> None:
    person = replace(ANA, consent={("email", "offers"): Statement(True, NOON - DAY, "shop")})
    house = House(person)
    centre = house.centre.open(house.token())

    assert standing(centre) == {
        ("email", "news"): "default", ("sms", "news"): "default",
        ("email", "offers"): "granted", ("sms", "offers"): "refused",
    }  # fmt: skip
    assert [cell.since for cell in centre.preferences.cells] == [None, None, NOON - DAY, None]
    assert {channel: reached.address for channel, reached in centre.preferences.channels.items()} == {
        EMAIL: "a•••@example.com",
        SMS: "••• 567",
    }
    assert house.queue.events == []


def test_saving_states_what_was_changed_and_nothing_else() -> None:
    house = House()
    centre = house.press(Action.SAVE, 0, 2, evidence={"ip": "ab" * 16})

    assert centre.outcome is Outcome.SAVED
    assert house.said() == [("Unsubscribed", "sms", "news"), ("Subscribed", "email", "offers")]
    no, yes = house.queue.events
    assert yes.properties == {
        "channel": "email", "topic": "offers", "source": "page", "evidence": {"ip": "ab" * 16}, "wording": "en:3",
        "message_id": "m1",
    }  # fmt: skip
    assert "wording" not in no.properties
    assert all(SYSTEM_ID.match(event.id) and event.trust == "system" for event in house.queue.events)


def test_the_page_shows_the_choice_although_it_is_still_on_its_way() -> None:
    house = House()
    centre = house.press(Action.SAVE, 0, 2)

    assert house.profiles.stored["u1"] == ANA
    assert standing(centre) == {
        ("email", "news"): "default", ("sms", "news"): "refused",
        ("email", "offers"): "granted", ("sms", "offers"): "refused",
    }  # fmt: skip


def test_a_page_left_open_takes_nothing_back_that_was_said_elsewhere() -> None:
    house = House()
    form = house.form()
    house.profiles.stored["u1"] = replace(ANA, consent={("sms", "news"): Statement(False, NOON, "stop")})
    house.press(Action.SAVE, 0, 1, 2, form=form)

    assert house.said() == [("Subscribed", "email", "offers")]


def test_saving_what_is_shown_states_nothing() -> None:
    house = House()

    assert house.press(Action.SAVE, 0, 1).outcome is Outcome.UNCHANGED
    assert house.queue.events == []


def test_nobody_agrees_to_words_that_they_did_not_see_but_a_no_needs_none() -> None:
    house = House()
    older = house.centre.form_of(house.centre.open(house.token()), WORDINGS | {(EMAIL, "offers"): "en:older"})

    assert house.press(Action.SAVE, 0, 1, 2, form=older).outcome is Outcome.STALE
    assert house.queue.events == []
    assert house.press(Action.SAVE, 0, form=older).outcome is Outcome.SAVED
    assert house.said() == [("Unsubscribed", "sms", "news")]


def test_a_link_proves_the_address_of_its_own_channel_alone() -> None:
    house = House()
    house.press(Action.SAVE, 0, 1, 2, 3)
    by_mail, by_text = house.queue.events

    assert "confirmed" not in by_mail.properties
    assert by_text.properties["confirmed"] is False


def test_stopping_everything_covers_what_there_is_and_what_comes() -> None:
    house = House()
    centre = house.press(Action.STOP)

    assert house.said() == [("Unsubscribed", None, None)]
    assert set(standing(centre).values()) == {Standing.REFUSED}


def test_an_undo_restores_what_was_and_no_more() -> None:
    house = House()
    stopped = house.press(Action.STOP)
    house.clock.at += SECOND
    house.queue.events.clear()
    undone = house.press(Action.UNDO, form=stopped.undo)

    assert undone.outcome is Outcome.UNDONE
    assert house.said() == [("Subscribed", "email", "news"), ("Subscribed", "sms", "news")]
    assert {event.properties["source"] for event in house.queue.events} == {"undo"}


def test_a_pause_lasts_thirty_days_and_can_be_ended() -> None:
    house = House()
    paused = house.press(Action.PAUSE)

    assert paused.preferences.paused_until == NOON + PAUSE
    assert parse_instant(house.queue.events[0].properties["until"]) == NOON + 30 * DAY
    assert standing(paused)["email", "news"] == "default"
    house.clock.at += SECOND
    assert house.press(Action.RESUME).preferences.paused_until is None
    assert [name for name, _, _ in house.said()] == ["Marketing Paused", "Marketing Resumed"]
    assert all(SYSTEM_ID.match(event.id) for event in house.queue.events)


def test_a_double_click_is_one_statement_and_a_later_one_is_never_lost() -> None:
    house = House()
    for _ in range(2):
        house.press(Action.STOP)
    house.clock.at += SECOND
    house.press(Action.STOP)

    assert len({event.id for event in house.queue.events}) == 2


def test_a_stranger_is_told_nothing_and_asked_nothing() -> None:
    house = House()
    centre = house.centre.open(house.token("nobody"))
    form = house.centre.form_of(centre, {})
    taken = house.centre.take(house.token("nobody"), Asked(action=Action.STOP, form=form))

    assert not centre.is_known
    assert centre.preferences.cells == ()
    assert taken.outcome is None
    assert house.queue.events == []


def forms(house: House) -> dict[str, str]:
    """What is no form of this person's page."""
    form = house.form()
    own = house.centre.open(house.token())
    theirs = replace(own, link=replace(own.link, profile_id="u2"))
    return {
        "none": "",
        "cut": form[:-1],
        "changed": form[:-1] + ("A" if form[-1] != "A" else "B"),
        "an undo": house.press(Action.STOP).undo,
        "the link": house.token(),
        "somebody else's": house.centre.form_of(theirs, WORDINGS),
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["none", "cut", "changed", "an undo", "the link", "somebody else's"])
@pytest.mark.parametrize("action", [action for action in Action if action is not Action.UNDO])
def test_what_is_no_form_of_this_page_is_refused(action: Action, kind: str) -> None:
    house = House()
    form = forms(house)[kind]
    house.queue.events.clear()
    with pytest.raises(InvalidLinkError):
        house.press(action, form=form)

    assert house.queue.events == []


def test_a_form_is_no_undo() -> None:
    house = House()
    with pytest.raises(InvalidLinkError):
        house.press(Action.UNDO, form=house.form())


def test_links_of_another_kind_and_old_ones_open_nothing() -> None:
    house = House()
    other = unsubscribe_url(
        "https://x", house.secrets.signing(), profile_id="u1", channel=EMAIL, topic=None, message_id="m1", now=NOON
    ).rpartition("/")[2]
    with pytest.raises(InvalidLinkError):
        house.centre.open(other)
    house.clock.at = NOON + LIFETIME
    with pytest.raises(ExpiredLinkError):
        house.centre.open(house.token())


def test_a_no_to_everything_is_shown_as_such() -> None:
    house = House(replace(ANA, consent={(ANY, ANY): Statement(False, NOON - DAY, "page")}))

    assert set(standing(house.centre.open(house.token())).values()) == {Standing.REFUSED}


@pytest.mark.parametrize(
    ("address", "is_known"),
    [
        ("", True),
        (address_digest(EMAIL, "ana@example.com"), True),
        (address_digest(EMAIL, "ana@old.example"), False),
        (address_digest(SMS, "ana@example.com"), False),
    ],
    ids=["from before links said it", "theirs", "theirs no longer", "of another channel"],
)
def test_a_link_opens_the_page_while_its_address_is_the_persons(address: str, is_known: bool) -> None:
    house = House()
    url = preferences_url(
        "https://x", house.secrets.signing(), profile_id="u1", channel=EMAIL, message_id="m1", now=NOON, address=address
    )
    token = url.rpartition("/")[2]

    centre = house.centre.open(token)
    after = house.centre.take(token, Asked(action=Action.STOP, form=house.form(), wordings=WORDINGS))

    assert centre.is_known is after.is_known is is_known
    assert bool(centre.preferences.cells) is bool(centre.person.traits) is is_known
    assert bool(house.queue.events) is is_known


def test_a_suppressed_address_is_still_the_persons() -> None:
    suppressed = {("email", "ana@example.com"): Suppression(SuppressionReason.HARD_BOUNCE, NOON)}
    house = House(replace(ANA, suppressed=suppressed))
    url = preferences_url(
        "https://x", house.secrets.signing(), profile_id="u1", channel=EMAIL, message_id="m1", now=NOON,
        address=address_digest(EMAIL, "ana@example.com"),
    )  # fmt: skip

    assert house.centre.open(url.rpartition("/")[2]).is_known
