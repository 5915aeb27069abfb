"""``dispatch_message`` dies or loses an answer at each of its AWS calls, and is given the same again.

Marketing is never accepted twice, transactional is never lost, every doubt is in the ledger, and the stream is told
how it ended, under one id.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, Final

import boto3
import pytest

from shared.domain.consent.words import Channel, Purpose
from shared.domain.ledger import AttemptOutcome, LedgerEntry, MessageStatus
from shared.domain.messages import Message, Purchase
from shared.domain.shop.products import Product
from tests.builders import NOON
from tests.crashes import Accident, Call, Calls, watched
from tests.integration.sending_end import ANA, MARKETING, TRANSACTIONAL, SendingEnd, lasting_end

POOL: Final = 200
"""Codes, of which each case takes one."""

CLAIM = RECORD = RELEASE = ("dynamodb", "UpdateItem")
LOAD = ("dynamodb", "GetItem")
SECRET = ("secretsmanager", "GetSecretValue")
MAIL, TEXT, PUSH = ("sesv2", "SendEmail"), ("sns", "Publish"), ("pinpoint", "SendMessages")
TELL = ("sqs", "SendMessageBatch")
POSTPONE = ("sqs", "ChangeMessageVisibility")

LINKS = DIGESTS = [SECRET, SECRET]
FIND = ("dynamodb", "GetItem")
PRODUCTS = ("dynamodb", "BatchGetItem")
SUPPRESS = ("dynamodb", "UpdateItem")

BEFORE_PUSH = [CLAIM, LOAD, *LINKS]
BEFORE_SENDING = [*BEFORE_PUSH, *DIGESTS, FIND]
ACCOUNT, TAKE = ("sesv2", "GetAccount"), ("dynamodb", "UpdateItem")
BY_MAIL = [ACCOUNT, TAKE, ("sesv2", "SendEmail")]
AFTERWARDS = [RECORD, TELL]


@dataclass(frozen=True)
class Case:
    """A message, what providers answer, and the calls of a clean run, redeliveries included."""

    message: Message
    calls: list[Call]
    failures: list[str] = field(default_factory=list)
    dead: frozenset[str] = frozenset()


BEN: Final = replace(ANA, id="ben", traits={"phone": "+353879999999"})
"""Whose number ends on the list."""

LIVE: Final = replace(MARKETING, entry={"properties": {"sku": "MUG", "name": "Mug"}})
"""Names a product, so that the catalogue is asked for it."""

BY_TEXT: Final = replace(MARKETING, name="cart_last_call", channels=(Channel.SMS,))

IDEAS: Final = replace(BY_TEXT, name="ideas", entry=LIVE.entry)
"""With what goes with the product of its event."""
RECOMMEND: Final = [("dynamodb", "BatchGetItem")] * 3
"""What was bought together with it, what is bought at all, and what of that can be had."""

KEEP: Final[Call] = ("dynamodb", "PutItem")
"""Where the links of a text lead, which lead through us."""
VOUCHER: Final = replace(BY_TEXT, name="voucher")
GREETING: Final = replace(BY_TEXT, name="greeting")
"""One with a code of a pool, one with a code of our own."""
DRAW: Final = [("dynamodb", "GetItem"), ("dynamodb", "Query"), ("dynamodb", "TransactWriteItems")]
RESERVE: Final = [*DIGESTS, ("dynamodb", "PutItem"), ("dynamodb", "PutItem")]
TAKE_BACK: Final = [("dynamodb", "GetItem"), ("dynamodb", "GetItem"), ("dynamodb", "TransactWriteItems")]

CASES: Final = {
    "marketing by mail": Case(MARKETING, [*BEFORE_SENDING, *BY_MAIL, *AFTERWARDS]),
    "transactional by mail": Case(TRANSACTIONAL, [*BEFORE_SENDING, *BY_MAIL, *AFTERWARDS]),
    "marketing by mail, of a product": Case(LIVE, [*BEFORE_PUSH, PRODUCTS, *DIGESTS, FIND, *BY_MAIL, *AFTERWARDS]),
    "marketing by text": Case(BY_TEXT, [*BEFORE_PUSH, KEEP, *DIGESTS, FIND, TEXT, *AFTERWARDS]),
    "marketing by text, instead of another": Case(
        replace(BY_TEXT, instead_of="e" * 32),
        [CLAIM, LOAD, FIND, *LINKS, KEEP, *DIGESTS, FIND, TEXT, *AFTERWARDS],
    ),
    "with recommendations": Case(IDEAS, [*BEFORE_PUSH, *RECOMMEND, *DIGESTS, FIND, TEXT, *AFTERWARDS]),
    "with a coupon of a pool": Case(VOUCHER, [*BEFORE_PUSH, *DRAW, *DIGESTS, FIND, TEXT, *AFTERWARDS]),
    "with a coupon of our own": Case(GREETING, [*BEFORE_PUSH, *RESERVE, *DIGESTS, FIND, TEXT, *AFTERWARDS]),
    "with a coupon, refused for good": Case(
        VOUCHER, [*BEFORE_PUSH, *DRAW, *DIGESTS, FIND, TEXT, *AFTERWARDS, *TAKE_BACK], failures=["InvalidParameter"]
    ),
    "marketing by push": Case(replace(MARKETING, channels=(Channel.PUSH,)), [*BEFORE_PUSH, PUSH, *AFTERWARDS]),
    "refused by push, then by mail": Case(
        replace(MARKETING, channels=(Channel.PUSH, Channel.EMAIL)),
        [*BEFORE_PUSH, PUSH, *DIGESTS, FIND, *BY_MAIL, *AFTERWARDS],
        dead=frozenset({"token1"}),
    ),
    "throttled, then by mail": Case(
        MARKETING,
        [*BEFORE_SENDING, *BY_MAIL, RELEASE, POSTPONE, CLAIM, LOAD, FIND, *BY_MAIL, *AFTERWARDS],
        failures=["TooManyRequestsException"],
    ),
    "transactional, throttled, then by mail": Case(
        TRANSACTIONAL,
        [*BEFORE_SENDING, *BY_MAIL, RELEASE, POSTPONE, CLAIM, LOAD, FIND, *BY_MAIL, *AFTERWARDS],
        failures=["TooManyRequestsException"],
    ),
    "refused for good": Case(MARKETING, [*BEFORE_SENDING, *BY_MAIL, *AFTERWARDS], failures=["MessageRejected"]),
    "opted out at the provider": Case(
        replace(BY_TEXT, profile_id=BEN.id, channels=(Channel.SMS, Channel.WHATSAPP)),
        [*BEFORE_PUSH, KEEP, *DIGESTS, FIND, TEXT, SUPPRESS, *AFTERWARDS],
        failures=["OptedOut"],
    ),
    "dropped": Case(replace(MARKETING, channels=(Channel.WHATSAPP,)), [CLAIM, LOAD, *AFTERWARDS]),
}

ENDS_UNSENT: Final = {
    "refused for good", "with a coupon, refused for good", "opted out at the provider", "dropped"
}  # fmt: skip


def accidents() -> Iterator[tuple[str, int]]:
    """Each case's calls, but for those with which another of its purpose began: until then nothing is its own."""
    begun = set[tuple[Purpose, tuple[Call, ...]]]()
    for name, case in CASES.items():
        for at in range(len(case.calls)):
            so_far = case.message.purpose, tuple(case.calls[: at + 1])
            if so_far not in begun or case.failures or case.dead:
                yield name, at
            begun.add(so_far)


ACCIDENTS: Final = list(accidents())


@pytest.fixture(scope="module")
def lasting() -> Iterator[SendingEnd]:
    with lasting_end() as house:
        house.know(BEN)
        house.sell(Product(sku="POT", updated_at=NOON, title="Pot"))
        for number in range(2):
            house.count(Purchase(f"{number:032x}", ("MUG", "POT"), NOON))
        house.coupons.add("spring", [f"Spring-{number}" for number in range(POOL)])
        yield house


@pytest.fixture
def house(lasting: SendingEnd) -> SendingEnd:
    lasting.begin()
    return lasting


_NUMBERS: Final = count()


def run(house: SendingEnd, case: Case, calls: Calls) -> LedgerEntry:
    """What the ledger says of the message when nothing comes again."""
    house.providers.failures = list(case.failures)
    house.providers.dead = set(case.dead)
    message = replace(case.message, id=f"{next(_NUMBERS):032x}")
    record = house.ordered(message)
    with house.providers.standing_in(), watched(calls):
        house.until_done(house.dispatch_watched, [record])
    entry = house.entry(message.id)
    assert entry is not None
    return entry


@pytest.mark.parametrize("name", CASES)
def test_the_table_of_cases_is_complete(house: SendingEnd, name: str) -> None:
    calls = Calls()
    run(house, CASES[name], calls)
    assert calls.made == CASES[name].calls


@pytest.mark.filterwarnings("ignore:No application metrics")  # the dead count nothing
@pytest.mark.parametrize("accident", Accident)
@pytest.mark.parametrize(
    ("name", "at"), ACCIDENTS, ids=[f"{name} - {at} {CASES[name].calls[at][1]}" for name, at in ACCIDENTS]
)
def test_after_an_accident_nothing_is_lost_or_doubled_unknowingly(
    house: SendingEnd, name: str, at: int, accident: Accident
) -> None:
    case = CASES[name]
    entry = run(house, case, Calls(at, accident))

    accepted = len(house.providers.accepted)
    doubt = AttemptOutcome.UNKNOWN in {attempt.outcome for attempt in entry.attempts}
    ends_sent = name not in {
        "refused for good",
        "with a coupon, refused for good",
        "opted out at the provider",
        "dropped",
    }
    if case.message.purpose is Purpose.MARKETING:
        assert accepted <= 1
        assert (entry.status is MessageStatus.UNKNOWN) is doubt
        if ends_sent and not doubt:
            assert (accepted, entry.status) == (1, MessageStatus.SENT)
    else:
        assert accepted >= 1
        assert entry.status is MessageStatus.SENT
        assert accepted == 1 or doubt
    beside = {"Message Bounced", "Unsubscribed"}
    assert {event.id for event in house.events() if event.name not in beside} == {
        f"{'sent' if entry.status is MessageStatus.SENT else 'failed'}:{entry.id}"
    }

    if case.message.name in {"voucher", "greeting"}:
        assert_each_code_is_free_or_one_messages(house, entry)


def coupon_items(house: SendingEnd, condition: str, value: str, **how: Any) -> Any:
    return boto3.client("dynamodb").scan(
        TableName=house.table_name,
        FilterExpression=f"begins_with(pk, :coupon) AND {condition}",
        ExpressionAttributeValues={":coupon": {"S": "COUPON#"}, ":v": {"S": value}},
        **how,
    )


def assert_each_code_is_free_or_one_messages(house: SendingEnd, entry: LedgerEntry) -> None:
    """None is lost and none is given twice; whoever was texted a code can redeem just that one."""
    drawn = coupon_items(house, "coupon = :v", "spring", Select="COUNT")["Count"]
    assert drawn + house.coupons.left("spring") == POOL
    held = coupon_items(house, "message_id = :v", entry.id)["Items"]
    assert len(held) <= 1
    for _, text in house.providers.accepted:
        [coupon] = held
        assert text["Message"].endswith(coupon["code"]["S"]) or coupon["code"]["S"] in text["Message"]
        redeemed = house.coupons.redeem(coupon["code"]["S"], order_id="o1", at=house.wall)
        assert redeemed is not None
        assert redeemed.order_id == "o1"
    if entry.status is MessageStatus.FAILED:
        assert held == []


@pytest.mark.parametrize("name", CASES)
def test_an_accident_that_is_outlived_before_the_sending_costs_nothing(house: SendingEnd, name: str) -> None:
    """The profile, a secret: where the process sees the call fail, it gives the claim back."""
    case = CASES[name]
    entry = run(house, case, Calls(case.calls.index(LOAD), Accident.TIMED_OUT_BEFORE))
    assert AttemptOutcome.UNKNOWN not in {attempt.outcome for attempt in entry.attempts}


@pytest.mark.parametrize("accident", [Accident.TIMED_OUT_BEFORE, Accident.TIMED_OUT_AFTER])
@pytest.mark.parametrize(
    ("message", "at_least"), [(MARKETING, 0), (TRANSACTIONAL, 1)], ids=["marketing", "transactional"]
)
def test_a_lost_answer_of_the_provider_is_a_doubt_in_the_ledger(
    house: SendingEnd, message: Message, at_least: int, accident: Accident
) -> None:
    case = CASES[f"{message.purpose} by mail"]
    entry = run(house, case, Calls(case.calls.index(MAIL), accident))
    assert len(house.providers.accepted) == at_least + accident.is_carried_out
    doubts = [a for a in entry.attempts if a.outcome is AttemptOutcome.UNKNOWN]
    assert [(a.channel, a.detail) for a in doubts] == [(Channel.EMAIL, "ReadTimeoutError")]
