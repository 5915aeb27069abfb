"""Dispatching by webhook: who is reached, what a partner's answers come to, and that one partner holds up no other."""

from contextlib import suppress
from dataclasses import replace

import pytest

from shared.domain.channels.content import WebhookContent
from shared.domain.channels.webhooks import Partner
from shared.domain.consent.words import ANY, Channel, Purpose, Statement
from shared.domain.ledger import AttemptOutcome, DropReason, MessageStatus, Receipt
from shared.domain.messages import Message
from shared.domain.timing import MINUTE, SECOND
from shared.errors import AmbiguousError, CarillonError, HeldError, RepeatableError, RetryableError, ThrottledError
from shared.services.pace import RESTING
from tests.builders import a_message, a_profile
from tests.fakes.sending import FakeSender
from tests.unit.services.dispatching import House, a_pace

WEBHOOK, EMAIL = Channel.WEBHOOK, Channel.EMAIL
MARKETING = a_message(channels=(WEBHOOK,))
TRANSACTIONAL = replace(MARKETING, purpose=Purpose.TRANSACTIONAL, topic=None)
MAILHOUSE = Partner(name="mailhouse", url="https://api.mailhouse.example/", secret="mailhouse", to=("address",))
CHAT = replace(MAILHOUSE, name="chat", to=())
CARD = replace(MARKETING, id="f" * 32, name="card")
ANA = a_profile(traits={"firstName": "Ana", "email": "ana@example.com", "address": {"city": "Cork"}})


@pytest.fixture
def house() -> House:
    house = House(partners={MARKETING.name: MAILHOUSE, CARD.name: CHAT})
    told = {(name, WEBHOOK): WebhookContent(partner.name, "{}") for name, partner in house.partners.items()}
    house.renderer.contents = {**house.renderer.contents, **told}
    house.senders[WEBHOOK] = FakeSender(receipt=Receipt(MARKETING.id, is_delivered=True))
    house.pace = a_pace(house.clock)
    house.know(ANA)
    return house


def test_what_the_partner_took_is_delivered_and_told_as_sent_and_delivered(house: House) -> None:
    entry = house.dispatch(MARKETING).entry
    assert (entry.status, entry.channel, entry.sent_at) == (MessageStatus.DELIVERED, WEBHOOK, house.clock.at)
    told = [(f"sent:{MARKETING.id}", "Message Sent"), (f"delivered:{MARKETING.id}", "Message Delivered")]
    assert house.told == told
    assert house.dispatch(MARKETING).is_repeated
    assert house.told == told, "under the same ids"
    assert len(house.senders[WEBHOOK].sent) == 1


def test_who_lacks_what_the_partner_needs_is_passed_over(house: House) -> None:
    house.know(replace(ANA, traits={"email": "ana@example.com"}))
    assert house.dispatch(MARKETING).entry.reason == DropReason.NO_ADDRESS
    assert house.dispatch(CARD).entry.status is MessageStatus.DELIVERED, "this partner needs nothing"


def test_without_it_the_next_channel_is_tried(house: House) -> None:
    house.know(replace(ANA, traits={"email": "ana@example.com"}))
    assert house.dispatch(replace(MARKETING, channels=(WEBHOOK, EMAIL))).entry.channel is EMAIL


def test_consent_is_that_of_the_channel(house: House) -> None:
    house.know(replace(ANA, consent={("webhook", ANY): Statement(subscribed=False, at=1, source="page")}))
    assert house.dispatch(MARKETING).entry.reason == DropReason.NO_CONSENT
    assert house.dispatch(replace(TRANSACTIONAL, id="e" * 32)).entry.status is MessageStatus.DELIVERED


def test_no_list_of_addresses_is_asked(house: House) -> None:
    house.suppressions.find = None  # type: ignore[assignment]
    assert house.dispatch(MARKETING).entry.status is MessageStatus.DELIVERED


def test_a_message_to_one_address_goes_by_no_webhook(house: House) -> None:
    entry = house.dispatch(replace(MARKETING, to="new@example.com", confirms="digest")).entry
    assert entry.reason == DropReason.NO_ADDRESS


def answers(house: House, *failures: CarillonError) -> None:
    house.senders[WEBHOOK].failures = list(failures)


def test_marketing_of_which_nobody_knows_is_not_repeated(house: House) -> None:
    answers(house, AmbiguousError("no answer", code="TimeoutError"))
    assert house.dispatch(MARKETING).entry.status is MessageStatus.UNKNOWN


def test_to_a_partner_that_takes_an_id_once_it_is(house: House) -> None:
    answers(house, RepeatableError("no answer", code="TimeoutError"))
    with pytest.raises(RepeatableError):
        house.dispatch(MARKETING)
    house.clock.at += MINUTE
    house.dispatch(MARKETING)
    entry = house.ledger.entries[MARKETING.id]
    assert entry.status is MessageStatus.DELIVERED
    assert [(a.outcome, a.detail) for a in entry.attempts] == [
        (AttemptOutcome.UNKNOWN, "TimeoutError"),
        (AttemptOutcome.ACCEPTED, ""),
    ]


@pytest.mark.parametrize("message", [MARKETING, TRANSACTIONAL], ids=lambda message: message.purpose)
def test_a_partner_that_names_a_time_is_left_alone_until_then(house: House, message: Message) -> None:
    answers(house, ThrottledError("mailhouse answers 429", wait=90 * SECOND, code="HTTP 429"))
    with pytest.raises(HeldError) as held:
        house.dispatch(message)
    assert (held.value.code, held.value.wait) == (RESTING, 90 * SECOND)
    assert house.ledger.entries[message.id].status is MessageStatus.WAITING
    house.clock.at += 89 * SECOND
    with pytest.raises(HeldError):
        house.dispatch(replace(message, id="d" * 32))
    house.clock.at += 2 * SECOND
    assert house.dispatch(message).entry.status is MessageStatus.DELIVERED


@pytest.mark.parametrize(
    "failure",
    [
        ThrottledError("no connection", code="ConnectionRefusedError"),
        AmbiguousError("no answer", code="TimeoutError"),
        RepeatableError("no answer", code="TimeoutError"),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_a_partner_that_is_down_holds_up_its_own_messages_and_no_others(house: House, failure: CarillonError) -> None:
    answers(house, failure)
    with suppress(RetryableError):
        house.dispatch(MARKETING)
    with pytest.raises(HeldError):
        house.dispatch(replace(MARKETING, id="d" * 32))
    assert house.dispatch(CARD).entry.status is MessageStatus.DELIVERED
    assert house.dispatch(a_message(id="c" * 32)).entry.channel is EMAIL
