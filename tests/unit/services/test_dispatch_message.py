"""Dispatching one message: what goes, where to, what it says and leads to, and what ledger and stream say of it."""

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.channels.content import SmsContent, WhatsAppContent
from shared.domain.consent.words import Channel, Purpose, SuppressionReason, address_digest
from shared.domain.events import Event, EventType, Trust
from shared.domain.ledger import Attempt, AttemptOutcome, LedgerEntry, MessageStatus
from shared.domain.messages import Message
from shared.domain.profiles import Suppression
from shared.domain.timing import DAY
from shared.services.dispatch_message import Dispatched
from shared.services.links import read_address_token, read_preferences_token, read_unsubscribe_token
from tests.builders import NOON, a_message
from tests.fakes.secrets import FakeSigningSecrets
from tests.fakes.sending import FakeSender
from tests.unit.services.dispatching import ANA, EMAIL, MARKETING, NAME, PUSH, SMS, TRANSACTIONAL, WHATSAPP, House, said


def test_what_went_instead_of_another_says_so(house: House) -> None:
    house.dispatch(replace(MARKETING, instead_of="f" * 32))
    assert house.entry().instead_of == "f" * 32


def test_a_message_that_may_go_goes_and_is_recorded_and_told(house: House) -> None:
    dispatched = house.dispatch()
    assert house.sent == [(EMAIL, ("ana@example.com",))]
    assert dispatched == Dispatched(house.entry())
    assert house.entry() == LedgerEntry(
        id=MARKETING.id,
        profile_id="u1",
        journey="cart_abandonment",
        name="cart_reminder",
        purpose=Purpose.MARKETING,
        topic="cart_reminders",
        status=MessageStatus.SENT,
        at=NOON,
        sent_at=NOON,
        channel=EMAIL,
        provider_id="provider-1",
        attempts=(Attempt(EMAIL, NOON, AttemptOutcome.ACCEPTED),),
    )
    assert house.events.events == [
        Event(
            id=f"sent:{MARKETING.id}",
            type=EventType.TRACK,
            name="Message Sent",
            at=NOON,
            received_at=NOON,
            profile_id="u1",
            properties={
                "message": "cart_reminder",
                "message_id": MARKETING.id,
                "channel": "email",
                "journey": "cart_abandonment",
            },
            trust=Trust.SYSTEM,
            source="carillon",
        )
    ]


def test_marketing_carries_a_signed_link_for_its_person_channel_and_topic(house: House) -> None:
    house.dispatch()
    url = house.senders[EMAIL].sent[0].unsubscribe_url
    assert url is not None
    assert url.startswith("https://carillon.example/v1/unsubscribe/")
    link = read_unsubscribe_token(url.rsplit("/", 1)[1], FakeSigningSecrets().accepted(), NOON)
    assert (link.profile_id, link.channel, link.topic, link.message_id) == ("u1", EMAIL, "cart_reminders", MARKETING.id)


def test_a_transactional_message_carries_no_link(house: House) -> None:
    house.dispatch(TRANSACTIONAL)
    assert house.senders[EMAIL].sent[0].unsubscribe_url is None


def test_templates_get_the_person_the_entry_event_and_the_links(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    contexts: list[Any] = []
    monkeypatch.setattr(house.renderer, "render", lambda _name, _channel, context: contexts.append(context))
    house.dispatch(a_message(entry={"properties": {"cart_id": "c1"}}))
    [context] = contexts
    assert context["traits"]["firstName"] == "Ana"
    assert context["entry"] == {"properties": {"cart_id": "c1"}}
    assert context["links"].keys() == {"preferences", "unsubscribe"}
    assert context["links"]["unsubscribe"] == house.senders[EMAIL].sent[0].unsubscribe_url


@pytest.mark.parametrize("message", [a_message(), TRANSACTIONAL], ids=["marketing", "transactional"])
def test_every_message_can_lead_to_the_preference_centre(
    house: House, monkeypatch: pytest.MonkeyPatch, message: Message
) -> None:
    contexts: list[Any] = []
    monkeypatch.setattr(house.renderer, "render", lambda _name, _channel, context: contexts.append(context))
    house.dispatch(message)
    address, _, token = contexts[0]["links"]["preferences"].rpartition("/")
    link = read_preferences_token(token, FakeSigningSecrets().accepted(), NOON)

    assert address.endswith("/v1/preferences")
    assert (link.profile_id, link.channel, link.message_id) == (message.profile_id, EMAIL, message.id)


def test_an_address_that_is_nobodys_yet_gets_the_link_that_confirms_it_and_no_other(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    contexts: list[Any] = []
    monkeypatch.setattr(house.renderer, "render", lambda _name, _channel, context: contexts.append(context))
    house.dispatch(replace(TRANSACTIONAL, to="new@example.org", confirms="ab"))
    [outgoing] = house.senders[EMAIL].sent
    token = contexts[0]["links"].pop("confirm").rpartition("/")[2]

    assert outgoing.addresses == ("new@example.org",)
    assert contexts[0]["links"] == {}
    assert read_address_token(token, FakeSigningSecrets().accepted(), NOON).address == "new@example.org"


def test_an_address_that_must_not_be_written_to_is_not_asked_either(house: House) -> None:
    suppressed = {("email", "new@example.org"): Suppression(SuppressionReason.COMPLAINT, NOON)}
    house.know(replace(ANA, suppressed=suppressed))
    house.dispatch(replace(TRANSACTIONAL, to="new@example.org", confirms="ab"))

    assert house.senders[EMAIL].sent == []


def test_push_goes_to_every_device_that_is_not_suppressed(house: House) -> None:
    house.know(replace(ANA, suppressed={("push", "token1"): Suppression(SuppressionReason.INVALID, NOON)}))
    house.dispatch(a_message(channels=(PUSH,)))
    [outgoing] = house.senders[PUSH].sent
    assert (outgoing.addresses, outgoing.platforms) == (("token2",), {"token2": "android"})


@pytest.mark.parametrize(
    ("content", "wrote_at", "sent"),
    [
        (WhatsAppContent("reminder", "en", text="Hi"), NOON - 1, WhatsAppContent("reminder", "en", text="Hi")),
        (WhatsAppContent("reminder", "en", text="Hi"), 0, WhatsAppContent("reminder", "en")),
        (WhatsAppContent(text="Hi"), 0, None),
    ],
)
def test_whatsapp_takes_free_words_from_who_has_just_written_alone(
    house: House, content: WhatsAppContent, wrote_at: int, sent: WhatsAppContent | None
) -> None:
    house.know(replace(ANA, wrote_at=wrote_at))
    house.renderer.contents = {(NAME, WHATSAPP): content, (NAME, SMS): SmsContent("text")}
    house.senders[WHATSAPP] = FakeSender()
    house.dispatch(a_message(channels=(WHATSAPP, SMS)))
    assert [outgoing.content for outgoing in house.senders[WHATSAPP].sent] == ([sent] if sent else [])
    assert house.entry().channel is (WHATSAPP if sent else SMS)
    assert house.entry().attempts[0].detail == ("" if sent else "window_shut")


@pytest.mark.parametrize(
    ("purpose", "opt_out", "text"),
    [
        (Purpose.MARKETING, {"IE": "Reply STOP"}, "text\nReply STOP"),
        (Purpose.MARKETING, {"US": "Reply STOP"}, "text"),
        (Purpose.TRANSACTIONAL, {"IE": "Reply STOP"}, "text"),
    ],
)
def test_a_marketing_text_ends_with_the_words_of_its_country(
    house: House, purpose: Purpose, opt_out: dict[str, str], text: str
) -> None:
    house.opt_out = opt_out
    house.dispatch(a_message(purpose=purpose, channels=(SMS,)))
    (outgoing,) = house.senders[SMS].sent
    assert outgoing.content == SmsContent(text)


@pytest.mark.parametrize(
    ("channel", "address"),
    [
        (EMAIL, "ana@example.com"),
        (SMS, "+353871234567"),
        (PUSH, ""),
    ],
)
def test_links_say_where_they_were_sent(
    house: House, monkeypatch: pytest.MonkeyPatch, channel: Channel, address: str
) -> None:
    contexts: list[Any] = []
    monkeypatch.setattr(house.renderer, "render", lambda _name, _channel, context: contexts.append(context))
    house.know(replace(ANA, consent=said(True)))
    house.dispatch(replace(MARKETING, channels=(channel,)))
    tokens = {name: url.rpartition("/")[2] for name, url in contexts[0]["links"].items()}
    secrets = FakeSigningSecrets().accepted()

    assert read_unsubscribe_token(tokens["unsubscribe"], secrets, NOON).address == address
    digest = address_digest(channel, address) if address else ""
    assert read_preferences_token(tokens["preferences"], secrets, NOON).address == digest


def test_who_hears_at_a_former_address_that_it_was_changed_can_change_it_back_for_a_week(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    contexts: list[Any] = []
    monkeypatch.setattr(house.renderer, "render", lambda _name, _channel, context: contexts.append(context))
    house.dispatch(replace(TRANSACTIONAL, to="ana@old.example"))
    token = contexts[0]["links"]["preferences"].rpartition("/")[2]

    link = read_preferences_token(token, FakeSigningSecrets().accepted(), NOON)
    assert (link.address, link.expires_at) == ("", NOON + 7 * DAY)
