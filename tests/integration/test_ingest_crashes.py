"""Both ways in die or lose an answer at each of their AWS calls, and are given the same again: nothing is lost,
nothing is doubled, and what is left is what a clean run leaves."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import boto3
import pytest

from shared.adapters.dynamodb.aliases import DynamoAliases
from tests.aws import pretended_aws
from tests.conftest import create_table
from tests.crashes import Accident, Call, Calls, Killed, watched
from tests.http_requests import request
from tests.integration.ways_in import WaysIn, forget, open_ways_in

BATCH: Final = {
    "batch": [
        {"type": "track", "event": "Product Viewed", "anonymousId": "a1"},
        {"type": "identify", "userId": "u1", "anonymousId": "a1", "messageId": "m2", "traits": {"firstName": "Ana"}},
        {"type": "track", "event": 5, "userId": "u1"},
        {"type": "track", "event": "Order Completed", "properties": {"email": "ben@example.com", "order_id": "o1"}},
    ]
}
ENVELOPE: Final = {
    "id": "e1",
    "source": "shop.till",
    "detail-type": "Order Completed",
    "time": "2026-11-02T12:00:00Z",
    "detail": {"properties": {"email": "ben@example.com"}},
}


def post(_: WaysIn) -> bool:
    return request("/v1/batch", BATCH).status == 200


def deliver(ways_in: WaysIn) -> bool:
    return not ways_in.deliver(ENVELOPE, "not JSON")


@dataclass(frozen=True)
class Way:
    """One function: how it is tried, and what a clean first run asks of AWS."""

    attempt: Callable[[WaysIn], bool]
    calls: list[Call]


INGEST: Final = Way(
    post,
    [
        ("secretsmanager", "GetSecretValue"),  # the public key, as it is now
        ("secretsmanager", "GetSecretValue"),  # … and as it was before
        ("secretsmanager", "GetSecretValue"),  # the secret key, likewise
        ("secretsmanager", "GetSecretValue"),
        ("dynamodb", "BatchGetItem"),  # whose visitor a1 is, and whose address it is
        ("sqs", "SendMessageBatch"),
        ("s3", "PutObject"),  # the bad event
        ("dynamodb", "UpdateItem"),  # its fault is counted
        ("dynamodb", "UpdateItem"),  # … and how many events there were
    ],
)
NORMALIZE: Final = Way(
    deliver,
    [
        ("dynamodb", "BatchGetItem"),
        ("sqs", "SendMessageBatch"),
        ("s3", "PutObject"),
        ("dynamodb", "UpdateItem"),
        ("dynamodb", "UpdateItem"),
    ],
)
CASES: Final = [
    pytest.param(way, at, accident, id=f"{name}: {accident} {at} {way.calls[at][1]}")
    for name, way in (("ingest", INGEST), ("normalize", NORMALIZE))
    for at in range(len(way.calls))
    for accident in Accident
]


@pytest.fixture
def ways_in(monkeypatch: pytest.MonkeyPatch, table_name: str) -> Iterator[WaysIn]:
    yield open_ways_in(monkeypatch, table_name)
    forget()


def left_behind(ways_in: WaysIn) -> tuple[Any, ...]:
    events = sorted((event.profile_id, event.id, event.name, event.trust) for event in ways_in.queued())
    return events, [(kept["source"], kept["raw"], kept["reasons"]) for kept in ways_in.quarantined()]


@pytest.mark.parametrize("way", [INGEST, NORMALIZE], ids=["ingest", "normalize"])
def test_the_table_of_cases_is_complete(ways_in: WaysIn, way: Way) -> None:
    with watched(Calls()) as calls:
        assert way.attempt(ways_in)

    assert calls.made == way.calls


@pytest.fixture(scope="module")
def clean() -> dict[str, tuple[Any, ...]]:
    """What runs without accidents leave."""
    left = {}
    for name, way in (("post", INGEST), ("deliver", NORMALIZE)):
        with pretended_aws(), pytest.MonkeyPatch.context() as environment:
            ways_in = open_ways_in(environment, create_table("clean"))
            assert way.attempt(ways_in)
            left[name] = left_behind(ways_in)
    forget()
    return left


@pytest.mark.filterwarnings("ignore:No application metrics")  # the dead count nothing
@pytest.mark.parametrize(("way", "at", "accident"), CASES)
def test_after_an_accident_the_same_again_leaves_what_a_clean_run_leaves(
    clean: dict[str, tuple[Any, ...]], ways_in: WaysIn, way: Way, at: int, accident: Accident
) -> None:
    succeeded = False
    with watched(Calls(at, accident)), suppress(Killed):  # then nothing is answered
        succeeded = way.attempt(ways_in)

    assert succeeded or way.attempt(ways_in)
    assert left_behind(ways_in) == clean[way.attempt.__name__]


def test_an_answer_that_is_lost_doubles_nothing_though_the_visitor_became_known_meanwhile(ways_in: WaysIn) -> None:
    assert post(ways_in)
    DynamoAliases(boto3.client("dynamodb"), table=ways_in.table_name).claim("anonymous", "a1", "u1")
    assert post(ways_in)

    assert len(ways_in.queued()) == 3


@pytest.mark.parametrize("at", [4, 5, 6])
def test_a_client_is_told_to_send_again_what_is_not_safe(ways_in: WaysIn, at: int) -> None:
    with watched(Calls(at, Accident.TIMED_OUT_BEFORE)):
        answer = request("/v1/batch", BATCH)

    assert (answer.status, answer.json["type"]) == (503, "urn:carillon:problem:unavailable")
