"""The messages of a person: the fake's and DynamoDB's, the latest first, page by page."""

import boto3
import pytest

from shared.adapters.dynamodb.ledger import KEPT_FOR
from shared.adapters.dynamodb.message_index import DynamoMessageIndex
from shared.domain.timing import SECOND
from shared.ports.sending import MessageIndex
from tests.builders import NOON, a_message
from tests.fakes.clock import FakeClock
from tests.fakes.sending import FakeMessageIndex


@pytest.fixture
def fake_index() -> MessageIndex:
    return FakeMessageIndex()


@pytest.fixture
def dynamodb_index(table_name: str) -> MessageIndex:
    return DynamoMessageIndex(boto3.client("dynamodb"), table=table_name, clock=FakeClock())


@pytest.fixture(params=["fake", "dynamodb"])
def index(request: pytest.FixtureRequest) -> MessageIndex:
    index: MessageIndex = request.getfixturevalue(f"{request.param}_index")
    return index


def ids(index: MessageIndex, **how: object) -> list[str]:
    return [ordered.id for ordered in index.of("u1", **{"limit": 100, **how})]  # type: ignore[arg-type]


def test_a_persons_messages_are_listed_the_latest_first(index: MessageIndex) -> None:
    index.note([a_message(id="a"), a_message(id="c", decided_at=NOON + 2), a_message(id="b", decided_at=NOON + 1)])
    index.note([a_message(id="z", profile_id="u2")])

    assert ids(index) == ["c", "b", "a"]


def test_what_was_ordered_comes_back(index: MessageIndex) -> None:
    message = a_message()
    index.note([message])

    [ordered] = index.of("u1", limit=1)

    assert (ordered.id, ordered.profile_id, ordered.decided_at) == (message.id, "u1", NOON)
    assert (ordered.journey, ordered.name, ordered.purpose) == (message.journey, message.name, message.purpose)


def test_the_same_message_again_is_one(index: MessageIndex) -> None:
    index.note([a_message(id="a"), a_message(id="a")])
    index.note([a_message(id="a")])

    assert ids(index) == ["a"]


def test_more_are_noted_than_go_in_one_call(index: MessageIndex) -> None:
    index.note([a_message(id=f"m{n:02}") for n in range(60)])

    assert len(ids(index)) == 60


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7])
def test_pages_hold_each_message_once(index: MessageIndex, size: int) -> None:
    index.note([a_message(id=f"m{n}", decided_at=NOON + n // 2) for n in range(6)])

    pages, before = [], None
    while page := index.of("u1", limit=size, before=before):
        pages.append(page)
        before = (page[-1].decided_at, page[-1].id)

    assert [ordered.id for page in pages for ordered in page] == ["m5", "m4", "m3", "m2", "m1", "m0"]
    assert {len(page) for page in pages[:-1]} <= {size}


def test_a_message_is_listed_for_as_long_as_the_ledger_knows_it(dynamodb_index: MessageIndex, table_name: str) -> None:
    dynamodb_index.note([a_message()])

    [item] = boto3.client("dynamodb").scan(TableName=table_name)["Items"]

    assert int(item["expires_at"]["N"]) == (FakeClock().wall() + KEPT_FOR) // SECOND
