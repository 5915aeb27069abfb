"""``dispatch_message`` with real deliveries and the shipped playbook: what providers get, what it answers and logs."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from functions.dispatch_message.handler import NEEDED, logger
from shared.domain.consent.words import Channel, Statement
from shared.domain.ledger import MessageStatus
from shared.domain.messages import Message
from shared.domain.shop.products import Product
from shared.domain.timing import DAY, MINUTE, SECOND
from shared.services.links import read_unsubscribe_token
from tests.integration.lambda_events import log_lines
from tests.integration.sending_end import ANA, CONTENT, MARKETING, TRANSACTIONAL, SendingEnd, sending_end

EMAIL, SMS, PUSH = Channel.EMAIL, Channel.SMS, Channel.PUSH


@pytest.fixture
def house(table_name: str) -> Iterator[SendingEnd]:
    with sending_end(table_name) as house:
        yield house


def headers(request: dict[str, Any]) -> dict[str, str]:
    return {header["Name"]: header["Value"] for header in request["Content"]["Simple"]["Headers"]}


def test_a_cart_reminder_goes_out_by_mail_as_the_playbook_writes_it(house: SendingEnd) -> None:
    assert house.dispatch(house.ordered(MARKETING)) == []

    [(service, mail)] = house.providers.accepted
    assert service == "sesv2"
    assert mail["FromEmailAddress"] == "Alder & Oat <hello@shop.example>"
    assert mail["ReplyToAddresses"] == ["care@alderandoat.example"]
    assert mail["Destination"] == {"ToAddresses": ["ana@example.com"]}
    simple = mail["Content"]["Simple"]
    assert simple["Subject"]["Data"] == "Still thinking about the Kilkenny mug?"
    assert "Ana" in simple["Body"]["Html"]["Data"]
    assert "Ana" in simple["Body"]["Text"]["Data"]
    assert mail["ConfigurationSetName"] == "carillon-test"


def test_it_shows_the_price_and_the_stock_that_the_catalogue_has_at_this_moment(house: SendingEnd) -> None:
    house.sell(Product(sku="MUG", updated_at=house.wall, price=29, currency="EUR", stock=2))
    told = {"properties": {**CONTENT["properties"], "sku": "MUG"}}

    assert house.dispatch(house.ordered(replace(MARKETING, entry=told))) == []

    [(_, mail)] = house.providers.accepted
    assert "2 × €29.00\nOnly 2 left." in mail["Content"]["Simple"]["Body"]["Text"]["Data"]


def test_the_link_in_the_mail_and_in_its_header_are_one_and_are_ours(house: SendingEnd) -> None:
    house.dispatch(house.ordered(MARKETING))
    [(_, mail)] = house.providers.accepted
    link = headers(mail)["List-Unsubscribe"].strip("<>")
    assert headers(mail)["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link in mail["Content"]["Simple"]["Body"]["Html"]["Data"]
    said = read_unsubscribe_token(link.rsplit("/", 1)[1], [b"signing"], house.wall)
    assert (said.profile_id, said.channel, said.topic) == ("u1", EMAIL, "cart_reminders")


def test_a_transactional_mail_has_no_unsubscribe_header(house: SendingEnd) -> None:
    house.dispatch(house.ordered(TRANSACTIONAL))
    [(_, mail)] = house.providers.accepted
    assert headers(mail) == {}


def test_texts_and_notifications_go_out_as_the_playbook_writes_them(house: SendingEnd) -> None:
    last_call = replace(MARKETING, id="1", name="cart_last_call", channels=(SMS,))
    reminder = replace(MARKETING, id="2", channels=(PUSH,))
    assert house.dispatch(house.ordered(last_call, id_="1"), house.ordered(reminder, id_="2")) == []
    (_, text), (_, push) = house.providers.accepted
    assert text["PhoneNumber"] == "+353871234567"
    assert "Kilkenny mug" in text["Message"]
    assert push["MessageRequest"]["Addresses"] == {"token1": {"ChannelType": "APNS"}}
    payload = json.loads(push["MessageRequest"]["MessageConfiguration"]["APNSMessage"]["RawContent"])
    assert payload["aps"]["alert"]["title"] == "Your basket is waiting"


def test_what_became_of_it_is_in_the_ledger_and_in_the_stream(house: SendingEnd) -> None:
    house.dispatch(house.ordered(MARKETING))
    entry = house.entry()
    assert entry is not None
    assert (entry.status, entry.channel, entry.provider_id) == (MessageStatus.SENT, EMAIL, "sesv2-1")
    [event] = house.events()
    assert (event.id, event.name, event.profile_id) == (f"sent:{MARKETING.id}", "Message Sent", "u1")


def test_an_opt_out_that_came_in_meanwhile_stops_marketing(house: SendingEnd) -> None:
    house.know(replace(ANA, version=1, consent={("*", "*"): Statement(False, 1, "one_click")}))
    house.dispatch(house.ordered(MARKETING))
    assert house.providers.accepted == []
    [event] = house.events()
    assert (event.name, event.properties["reason"]) == ("Message Failed", "no_consent")


@pytest.mark.parametrize(
    ("condition", "goes"),
    [
        ({"traits.firstName": "Ana", "did_not": {"event": "Order Completed", "within": "1 day"}}, True),
        ({"entry.properties.price": {"above": 34}, "not": {"in_journey": "cart_abandonment"}}, True),
        ({"traits.firstName": "Eve"}, False),
        ({"in_journey": "cart_abandonment"}, False),
    ],
    ids=str,
)
def test_a_condition_is_looked_at_again_before_it_goes(
    house: SendingEnd, condition: dict[str, Any], goes: bool
) -> None:
    assert house.dispatch(house.ordered(replace(MARKETING, condition=condition))) == []
    assert bool(house.providers.accepted) is goes
    [event] = house.events()
    assert (event.name, event.properties.get("reason")) == (
        ("Message Sent", None) if goes else ("Message Failed", "condition")
    )


def test_a_push_that_no_device_takes_goes_by_mail_and_the_token_is_reported(house: SendingEnd) -> None:
    house.providers.dead = {"token1"}
    house.dispatch(house.ordered(replace(MARKETING, channels=(PUSH, EMAIL))))
    assert house.providers.services == ["sesv2"]
    assert [(event.name, event.properties.get("address")) for event in house.events()] == [
        ("Message Sent", None),
        ("Message Bounced", "token1"),
    ]


def test_the_same_delivery_again_sends_nothing_and_tells_under_the_same_id(house: SendingEnd) -> None:
    record = house.ordered(MARKETING)
    house.dispatch(record)
    house.dispatch(record)
    assert len(house.providers.accepted) == 1
    assert {event.id for event in house.events()} == {f"sent:{MARKETING.id}"}


def test_a_throttled_message_comes_again_and_the_rest_of_its_batch_does_not(house: SendingEnd) -> None:
    other = replace(MARKETING, id="other")
    house.providers.failures = ["TooManyRequestsException"]
    assert house.dispatch(house.ordered(MARKETING, id_="1"), house.ordered(other, id_="2")) == ["1"]
    assert (house.providers.accepted, house.waiting("marketing")) == ([], 1)  # the other did not even ask
    house.wall += SECOND
    assert house.dispatch(house.ordered(MARKETING, id_="1")) == []
    assert house.dispatch(house.ordered(other, id_="2", held=1)) == []
    assert len(house.providers.accepted) == 2


SPENT = {"Max24HourSend": 200.0, "MaxSendRate": 14.0, "SentLast24Hours": 200.0}


@pytest.mark.parametrize("message", [MARKETING, TRANSACTIONAL], ids=lambda message: message.purpose)
@pytest.mark.parametrize("who_says_so", ["the account", "the refusal"])
def test_without_quota_a_message_waits_however_often_and_goes_when_there_is_some(
    house: SendingEnd, message: Message, who_says_so: str
) -> None:
    if who_says_so == "the account":
        house.providers.quota = dict(SPENT)
    else:
        house.providers.failures = ["TooManyRequestsException: Daily message quota exceeded."]
    for held in range(20):
        assert house.dispatch(house.ordered(message, held=held)) == []
        assert house.waiting(message.purpose) == held + 1
    entry = house.entry()
    assert entry is not None
    assert (entry.status, entry.reason, entry.attempts) == (MessageStatus.WAITING, "daily_quota", ())
    assert (house.providers.accepted, house.events()) == ([], [])

    house.providers.quota = SPENT | {"SentLast24Hours": 0.0}
    house.wall += 20 * MINUTE
    assert house.dispatch(house.ordered(message, held=20)) == []
    entry = house.entry()
    assert entry is not None
    assert (entry.status, entry.reason) == (MessageStatus.SENT, None)
    assert len(house.providers.accepted) == 1


@pytest.mark.parametrize(
    ("message", "later", "ends"),
    [
        (MARKETING, DAY, "Message Sent"),
        (MARKETING, DAY + 1, "Message Failed"),
        (TRANSACTIONAL, 3 * DAY, "Message Sent"),
    ],
)
def test_marketing_that_waited_for_too_long_is_dropped(
    house: SendingEnd, message: Message, later: int, ends: str
) -> None:
    house.wall += later
    assert house.dispatch(house.ordered(message, held=3)) == []
    [event] = house.events()
    assert event.name == ends
    if ends == "Message Failed":
        assert (event.properties["reason"], house.providers.accepted) == ("expired", [])


def test_what_was_late_for_another_reason_does_not_expire(house: SendingEnd) -> None:
    house.wall += 3 * DAY
    house.dispatch(house.ordered(MARKETING))
    assert len(house.providers.accepted) == 1


def test_a_message_is_not_begun_when_its_end_might_not_be_seen(house: SendingEnd) -> None:
    assert house.dispatch(house.ordered(MARKETING), remaining=NEEDED - 1) == ["1"]
    assert house.entry() is None


@pytest.mark.parametrize("body", ["", "{", "[]", "{}", '{"id": "x"}', "null"])
def test_what_is_no_message_is_left_to_the_dead_letter_queue(house: SendingEnd, body: str) -> None:
    good = house.ordered(MARKETING, id_="2")
    assert house.dispatch(house.delivered("marketing", body), good) == ["1"]
    assert len(house.providers.accepted) == 1


def test_the_log_names_ids_and_no_address(house: SendingEnd, caplog: pytest.LogCaptureFixture) -> None:
    house.providers.failures = ["MessageRejected", "TooManyRequestsException"]
    message = replace(MARKETING, channels=(EMAIL, PUSH))
    record = house.ordered(message)
    house.dispatch(record)
    house.dispatch(record)
    log = "".join(log_lines(logger, caplog))
    assert MARKETING.id in log
    assert not any(address in log for address in ("ana@example.com", "token1", "353871234567"))


def test_each_outcome_is_measured(house: SendingEnd, capsys: pytest.CaptureFixture[str]) -> None:
    house.providers.failures = ["", "TooManyRequestsException"]
    house.dispatch(house.ordered(MARKETING, id_="1"), house.ordered(replace(MARKETING, id="other"), id_="2"))
    metrics = capsys.readouterr().out
    assert '"MessageSent":[1.0]' in metrics
    assert '"MessageThrottledError":[1.0]' in metrics
