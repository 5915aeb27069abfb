"""The ledger, the fake's and DynamoDB's: one attempt at a time, and no doubt forgotten."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from itertools import product
from threading import Barrier, Lock
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from shared.adapters.dynamodb.ledger import KEPT_FOR, LEASE, DynamoLedger
from shared.domain.consent.words import Channel, Purpose
from shared.domain.ledger import Attempt, AttemptOutcome, LedgerEntry, MessageStatus
from shared.domain.messages import Message
from shared.domain.timing import SECOND
from shared.ports.sending import Claim, Ledger
from shared.tables import message_key
from tests.aws import own_client
from tests.builders import NOON, a_message
from tests.fakes.clock import FakeClock
from tests.fakes.sending import FakeLedger

TRANSACTIONAL = a_message(purpose=Purpose.TRANSACTIONAL, topic=None)
MARKETING = a_message()
VANISHED = Attempt(None, NOON + 5, AttemptOutcome.UNKNOWN, "lease_ended")
ACCEPTED = Attempt(Channel.EMAIL, NOON, AttemptOutcome.ACCEPTED)
TIMED_OUT = Attempt(Channel.EMAIL, NOON, AttemptOutcome.UNKNOWN, "ReadTimeoutError")

both_purposes = pytest.mark.parametrize("message", [MARKETING, TRANSACTIONAL], ids=lambda message: message.purpose)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def fake_ledger(clock: FakeClock) -> Ledger:
    return FakeLedger(clock, lease=LEASE)


@pytest.fixture
def dynamodb_ledger(clock: FakeClock, table_name: str) -> Ledger:
    return DynamoLedger(boto3.client("dynamodb"), table=table_name, clock=clock)


@pytest.fixture(params=["fake", "dynamodb"])
def ledger(request: pytest.FixtureRequest) -> Ledger:
    ledger: Ledger = request.getfixturevalue(f"{request.param}_ledger")
    return ledger


def an_entry(message: Message = MARKETING, **changes: Any) -> LedgerEntry:
    defaults: dict[str, Any] = {
        "id": message.id,
        "profile_id": message.profile_id,
        "journey": message.journey,
        "name": message.name,
        "purpose": message.purpose,
        "topic": message.topic,
        "status": MessageStatus.SENT,
        "at": NOON + 9,
        "sent_at": NOON + 9,
        "channel": Channel.EMAIL,
        "provider_id": "p1",
        "attempts": (ACCEPTED,),
    }
    return LedgerEntry(**(defaults | changes))


def delivered(ledger: Ledger, status: MessageStatus = MessageStatus.DELIVERED, at: int = NOON + 50) -> LedgerEntry:
    entry = ledger.advance(MARKETING.id, status, at, channel=Channel.EMAIL, provider_id="p2")
    assert entry is not None
    return entry


@both_purposes
def test_a_message_is_claimed_once_while_the_lease_runs(ledger: Ledger, clock: FakeClock, message: Message) -> None:
    assert ledger.claim(message, NOON) is Claim.GRANTED
    clock.at += LEASE - 1
    assert ledger.claim(message, NOON + 5) is Claim.HELD


def test_a_claimed_message_can_be_found_with_all_that_it_is(ledger: Ledger) -> None:
    ledger.claim(MARKETING, NOON)
    assert ledger.find(MARKETING.id) == an_entry(
        status=MessageStatus.CLAIMED, at=NOON, sent_at=None, channel=None, provider_id=None, attempts=()
    )


def test_of_a_message_that_went_instead_of_another_that_is_known_from_its_claim_on(ledger: Ledger) -> None:
    instead = replace(MARKETING, instead_of="f" * 32)
    ledger.claim(instead, NOON)
    claimed = ledger.find(MARKETING.id)
    ledger.record(an_entry(instead_of="f" * 32))
    recorded = ledger.find(MARKETING.id)

    assert claimed is not None
    assert recorded is not None
    assert (claimed.instead_of, recorded.instead_of) == ("f" * 32, "f" * 32)


def test_a_message_that_was_never_claimed_is_not_found(ledger: Ledger) -> None:
    assert ledger.find(MARKETING.id) is None


def test_an_expired_lease_of_a_transactional_message_is_granted_again_and_the_doubt_is_kept(
    ledger: Ledger, clock: FakeClock
) -> None:
    ledger.claim(TRANSACTIONAL, NOON)
    clock.at += LEASE
    assert ledger.claim(TRANSACTIONAL, NOON + 5) is Claim.GRANTED
    assert ledger.claim(TRANSACTIONAL, NOON + 6) is Claim.HELD
    entry = ledger.find(TRANSACTIONAL.id)
    assert entry is not None
    assert (entry.status, entry.attempts) == (MessageStatus.CLAIMED, (VANISHED,))


def test_an_expired_lease_of_a_marketing_message_ends_it_as_unknown(ledger: Ledger, clock: FakeClock) -> None:
    ledger.claim(MARKETING, NOON)
    clock.at += LEASE
    assert ledger.claim(MARKETING, NOON + 5) is Claim.DUPLICATE
    assert ledger.find(MARKETING.id) == an_entry(
        status=MessageStatus.UNKNOWN,
        at=NOON + 5,
        sent_at=None,
        channel=None,
        provider_id=None,
        reason="unknown",
        attempts=(VANISHED,),
    )
    clock.at += LEASE
    assert ledger.claim(MARKETING, NOON + 7) is Claim.DUPLICATE


@both_purposes
def test_a_released_message_may_be_claimed_at_once(ledger: Ledger, message: Message) -> None:
    ledger.claim(message, NOON)
    ledger.release(message.id)
    entry = ledger.find(message.id)
    assert entry is not None
    assert entry.status is MessageStatus.WAITING
    assert ledger.claim(message, NOON + 5) is Claim.GRANTED


def test_what_an_attempt_tried_before_it_released_stays_on_the_entry(ledger: Ledger) -> None:
    ledger.claim(TRANSACTIONAL, NOON)
    ledger.release(TRANSACTIONAL.id, [TIMED_OUT])
    ledger.claim(TRANSACTIONAL, NOON + 5)
    ledger.record(an_entry(TRANSACTIONAL))
    assert ledger.find(TRANSACTIONAL.id) == an_entry(TRANSACTIONAL, attempts=(TIMED_OUT, ACCEPTED))


def test_releasing_what_has_ended_or_never_was_changes_nothing(ledger: Ledger) -> None:
    ledger.release(MARKETING.id)
    assert ledger.find(MARKETING.id) is None
    ledger.claim(MARKETING, NOON)
    ledger.record(an_entry())
    ledger.release(MARKETING.id)
    assert ledger.find(MARKETING.id) == an_entry()


@both_purposes
@pytest.mark.parametrize(
    "status", [MessageStatus.SENT, MessageStatus.DROPPED, MessageStatus.FAILED, MessageStatus.UNKNOWN]
)
def test_a_message_that_has_ended_is_a_duplicate_for_ever(
    ledger: Ledger, clock: FakeClock, message: Message, status: MessageStatus
) -> None:
    ledger.claim(message, NOON)
    ledger.record(an_entry(message, status=status, reason="why"))
    clock.at += 2 * LEASE
    assert ledger.claim(message, NOON + 5) is Claim.DUPLICATE
    assert ledger.find(message.id) == an_entry(message, status=status, reason="why")


def test_recording_twice_is_recording_once(ledger: Ledger) -> None:
    ledger.claim(MARKETING, NOON)
    ledger.record(an_entry())
    ledger.record(an_entry())
    assert ledger.find(MARKETING.id) == an_entry()


def test_a_message_without_topic_or_channel_comes_back_without(ledger: Ledger) -> None:
    dropped = an_entry(
        TRANSACTIONAL, status=MessageStatus.DROPPED, channel=None, provider_id=None, sent_at=None, attempts=()
    )
    ledger.claim(TRANSACTIONAL, NOON)
    ledger.record(dropped)
    assert ledger.find(TRANSACTIONAL.id) == dropped


ENDED = [status for status in MessageStatus if status.rank >= MessageStatus.SENT.rank]


def test_feedback_moves_forward_only(ledger: Ledger) -> None:
    for before, after in product(ENDED, repeat=2):
        message = a_message(id=f"{before}-{after}")
        ledger.claim(message, NOON)
        ledger.record(an_entry(message, status=before))
        entry = ledger.advance(message.id, after, NOON + 50, channel=Channel.EMAIL, provider_id="p2")
        assert entry is not None
        assert entry == ledger.find(message.id)
        assert entry == an_entry(message, status=max(before, after, key=lambda status: status.rank), at=entry.at)
        assert entry.at == (NOON + 50 if after.rank > before.rank else NOON + 9)


def test_feedback_keeps_the_providers_reason(ledger: Ledger) -> None:
    ledger.claim(MARKETING, NOON)
    ledger.record(an_entry())
    entry = ledger.advance(
        MARKETING.id, MessageStatus.BOUNCED, NOON + 50, channel=Channel.EMAIL, provider_id="p1", reason="General"
    )
    assert entry is not None
    assert entry.reason == "General"


def test_what_a_text_costs_is_kept(ledger: Ledger) -> None:
    ledger.claim(MARKETING, NOON)
    ledger.record(an_entry(parts=2))
    entry = ledger.find(MARKETING.id)
    assert entry is not None
    assert (entry.parts, entry.price) == (2, None)
    entry = ledger.advance(
        MARKETING.id, MessageStatus.DELIVERED, NOON + 50, channel=Channel.SMS, provider_id="p1", parts=3, price="0.0058"
    )
    assert entry is not None
    assert entry == ledger.find(MARKETING.id)
    assert (entry.parts, entry.price) == (3, "0.0058")


def test_what_was_recommended_is_kept(ledger: Ledger) -> None:
    ledger.claim(MARKETING, NOON)
    ledger.record(an_entry(recommended=("MUG, looked_at: POT", "TOWEL \u2028, popular")))
    entry = ledger.find(MARKETING.id)
    assert entry is not None
    assert entry.recommended == ("MUG, looked_at: POT", "TOWEL \u2028, popular")


def test_the_parts_of_a_text_are_kept_where_feedback_overtook_the_record(ledger: Ledger) -> None:
    ledger.claim(MARKETING, NOON)
    delivered(ledger)
    ledger.record(an_entry(parts=2))
    entry = ledger.find(MARKETING.id)
    assert entry is not None
    assert (entry.status, entry.parts) == (MessageStatus.DELIVERED, 2)


def test_feedback_for_an_unheard_of_message_finds_nothing_and_leaves_nothing(ledger: Ledger) -> None:
    arguments: dict[str, Any] = {"channel": Channel.EMAIL, "provider_id": "p1"}
    assert ledger.advance("other", MessageStatus.DELIVERED, NOON, **arguments) is None
    assert ledger.find("other") is None


def test_feedback_that_overtakes_the_record_stands_and_is_completed_by_it(ledger: Ledger) -> None:
    ledger.claim(MARKETING, NOON)
    delivered(ledger)
    ledger.record(an_entry())
    ledger.record(an_entry())
    entry = ledger.find(MARKETING.id)
    assert entry is not None
    assert (entry.status, entry.at) == (MessageStatus.DELIVERED, NOON + 50)
    assert (entry.provider_id, entry.sent_at, entry.attempts) == ("p1", NOON + 9, (ACCEPTED,))


@both_purposes
def test_feedback_settles_a_doubt_so_that_nothing_is_sent_again(
    ledger: Ledger, clock: FakeClock, message: Message
) -> None:
    ledger.claim(message, NOON)
    delivered(ledger, MessageStatus.SENT)
    clock.at += LEASE
    assert ledger.claim(message, NOON + 5) is Claim.DUPLICATE
    entry = ledger.find(message.id)
    assert entry is not None
    assert (entry.status, entry.sent_at, entry.channel) == (MessageStatus.SENT, NOON + 50, Channel.EMAIL)


def test_feedback_settles_what_was_unknown(ledger: Ledger, clock: FakeClock) -> None:
    ledger.claim(MARKETING, NOON)
    clock.at += LEASE
    ledger.claim(MARKETING, NOON + 5)
    assert delivered(ledger, MessageStatus.SENT).status is MessageStatus.SENT


def test_feedback_for_a_waiting_message_keeps_it_from_being_sent_again(ledger: Ledger) -> None:
    ledger.claim(TRANSACTIONAL, NOON)
    ledger.release(TRANSACTIONAL.id, [TIMED_OUT])
    delivered(ledger)
    assert ledger.claim(TRANSACTIONAL, NOON + 60) is Claim.DUPLICATE


@pytest.mark.parametrize("lease_runs", [True, False])
def test_of_many_simultaneous_claims_one_wins(table_name: str, clock: FakeClock, lease_runs: bool) -> None:
    ledger = DynamoLedger(atomic(own_client("dynamodb")), table=table_name, clock=clock)
    if not lease_runs:
        ledger.claim(TRANSACTIONAL, NOON)
        clock.at += LEASE
    together = Barrier(8)

    def claim(_: int) -> Claim:
        together.wait()
        return ledger.claim(TRANSACTIONAL, NOON + 5)

    with ThreadPoolExecutor(8) as threads:
        claims = sorted(threads.map(claim, range(8)))
    assert claims == [Claim.GRANTED] + [Claim.HELD] * 7


def atomic(client: Any) -> Any:
    """DynamoDB checks and writes as one; moto, asked by several threads, does not."""
    write, lock = client.update_item, Lock()

    def update_item(**request: Any) -> Any:
        with lock:
            return write(**request)

    client.update_item = update_item
    return client


@pytest.mark.parametrize(
    ("message", "first", "second"),
    [(TRANSACTIONAL, Claim.GRANTED, Claim.HELD), (MARKETING, Claim.DUPLICATE, Claim.DUPLICATE)],
    ids=lambda case: case.purpose if isinstance(case, Message) else case,
)
def test_of_two_that_found_the_lease_expired_one_takes_over(
    table_name: str, clock: FakeClock, message: Message, first: Claim, second: Claim
) -> None:
    slow_client = own_client("dynamodb")
    slow = DynamoLedger(slow_client, table=table_name, clock=clock)
    fast = DynamoLedger(boto3.client("dynamodb"), table=table_name, clock=clock)
    slow.claim(message, NOON)
    clock.at += LEASE
    write = slow_client.update_item
    answers: list[Claim] = []

    def overtaken(**request: Any) -> Any:
        if ":lost_lease" in request["ExpressionAttributeValues"]:
            answers.append(fast.claim(message, NOON + 5))
        return write(**request)

    slow_client.update_item = overtaken  # type: ignore[method-assign]
    answers.append(slow.claim(message, NOON + 5))
    assert answers == [first, second]
    entry = slow.find(message.id)
    assert entry is not None
    assert entry.attempts == (VANISHED,)


def twice(call: Callable[..., Any]) -> Callable[..., Any]:
    """As botocore does when the first answer was lost on the way."""

    def repeated(**request: Any) -> Any:
        with suppress(ClientError):
            call(**request)
        return call(**request)

    return repeated


def test_a_claim_whose_first_answer_was_lost_is_still_granted(table_name: str, clock: FakeClock) -> None:
    client = own_client("dynamodb")
    client.update_item = twice(client.update_item)  # type: ignore[method-assign]
    ledger = DynamoLedger(client, table=table_name, clock=clock)
    assert ledger.claim(TRANSACTIONAL, NOON) is Claim.GRANTED
    assert ledger.claim(TRANSACTIONAL, NOON + 5) is Claim.HELD
    clock.at += LEASE
    assert ledger.claim(TRANSACTIONAL, NOON + 5) is Claim.GRANTED
    assert ledger.claim(TRANSACTIONAL, NOON + 5) is Claim.HELD


def test_the_item_can_be_read_by_others_and_expires(table_name: str, clock: FakeClock, dynamodb_ledger: Ledger) -> None:
    dynamodb_ledger.claim(MARKETING, NOON)
    dynamodb_ledger.record(replace(an_entry(), reason="r"))
    pk, sk = message_key(MARKETING.id)
    answer = boto3.client("dynamodb").get_item(TableName=table_name, Key={"pk": {"S": pk}, "sk": {"S": sk}})
    item = answer["Item"]
    assert {name: item[name] for name in ("profile_id", "journey", "name", "channel", "provider_id", "status")} == {
        "profile_id": {"S": "u1"},
        "journey": {"S": "cart_abandonment"},
        "name": {"S": "cart_reminder"},
        "channel": {"S": "email"},
        "provider_id": {"S": "p1"},
        "status": {"S": "sent"},
    }
    assert item["expires_at"] == {"N": str((clock.at + KEPT_FOR) // SECOND)}
