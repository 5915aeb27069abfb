"""What a person said of consent, kept for good: the fake's and DynamoDB's."""

import boto3
import pytest

from shared.adapters.dynamodb.consent_history import DynamoConsentHistory
from shared.domain.consent.words import ConsentState
from shared.domain.messages import ConsentRecorded
from shared.domain.timing import DAY
from shared.ports.people import ConsentHistory
from tests.builders import NOON
from tests.fakes.people import FakeConsentHistory

SAID = ConsentRecorded(
    id="m1", state=ConsentState.SUBSCRIBED, channel="email", topic="news", at=NOON, source="double_opt_in",
    wording="newsletter-2026-03", evidence={"ip": "0f" * 16, "userAgent": "a1" * 16}, is_confirmed=True,
)  # fmt: skip


@pytest.fixture
def fake_history() -> ConsentHistory:
    return FakeConsentHistory()


@pytest.fixture
def dynamodb_history(table_name: str) -> ConsentHistory:
    return DynamoConsentHistory(boto3.client("dynamodb"), table=table_name)


@pytest.fixture(params=["fake", "dynamodb"])
def history(request: pytest.FixtureRequest) -> ConsentHistory:
    history: ConsentHistory = request.getfixturevalue(f"{request.param}_history")
    return history


def said(id_: str, at: int = NOON, state: ConsentState = ConsentState.UNSUBSCRIBED) -> ConsentRecorded:
    return ConsentRecorded(id=id_, state=state, channel="*", topic="*", at=at, source="page")


def test_what_was_said_comes_back_with_all_that_proves_it(history: ConsentHistory) -> None:
    pause = ConsentRecorded(
        id="p", state=ConsentState.PAUSED, channel="*", topic="*", at=NOON + 1, source="page", until=NOON + DAY
    )
    history.keep("u1", [SAID, pause])
    assert [*history.of("u1")] == [SAID, pause]


def test_the_oldest_comes_first_however_it_was_kept(history: ConsentHistory) -> None:
    history.keep("u1", [said("c", NOON + DAY), said("b")])
    history.keep("u1", [said("a"), said("d", NOON - DAY)])
    assert [one.id for one in history.of("u1")] == ["d", "a", "b", "c"]


def test_a_statement_kept_twice_is_there_once(history: ConsentHistory) -> None:
    history.keep("u1", [SAID, SAID])
    history.keep("u1", [SAID])
    assert [*history.of("u1")] == [SAID]


def test_everybody_has_a_history_of_their_own(history: ConsentHistory) -> None:
    history.keep("u1", [SAID])
    assert [*history.of("u2")] == []


def test_a_long_history_is_read_to_its_end(history: ConsentHistory) -> None:
    history.keep("u1", [said(f"{number:04}" + "x" * 4_000, NOON + number) for number in range(300)])
    assert [one.at - NOON for one in history.of("u1")] == list(range(300))


def test_nothing_to_keep_is_no_call(history: ConsentHistory) -> None:
    history.keep("u1", [])
    assert [*history.of("u1")] == []


def test_statements_that_were_another_persons_are_forgotten(history: ConsentHistory) -> None:
    history.keep("u1", [said("a"), said("b"), said("a", NOON + 1)])
    history.keep("u2", [said("a")])

    for _ in range(2):
        history.remove("u1", [said("a"), said("never")])

    assert [(one.at, one.id) for one in history.of("u1")] == [(NOON, "b"), (NOON + 1, "a")]
    assert [one.id for one in history.of("u2")] == ["a"]
