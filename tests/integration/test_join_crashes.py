"""``evaluate_events`` dies or loses an answer while it joins people, or sends on what came for one who was joined, and
is given the same again: both are written or neither is, and no event is lost."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import boto3
import pytest

from shared.adapters.dynamodb.merges import DynamoMerges
from shared.domain.events import Event, EventType, Trust
from shared.domain.identity.identifiers import Identifier, provisional_profile_id
from shared.domain.timing import MINUTE
from shared.services.part_people import ABSORBED
from tests.aws import pretended_aws
from tests.builders import NOON, an_event
from tests.conftest import create_table
from tests.crashes import Accident, Call, Calls, Killed, watched
from tests.integration.evaluating import Evaluating, deployed
from tests.integration.lambda_events import fifo_record, returned, sqs_event

EMAIL: Final = Identifier("email", "ana@example.com")

VISITED: Final = an_event(
    id="v1", profile_id="anon:a1", user_id=None, anonymous_id="a1", at=NOON, properties={"cart_id": "c1"}
)
KNOWN: Final = an_event(id="k1", profile_id="u1", at=NOON + MINUTE, properties={"cart_id": "c2"})
JOINED: Final = an_event(
    "User Identified",
    id="i1",
    type=EventType.IDENTIFY,
    profile_id="u1",
    anonymous_id="a1",
    at=NOON + 2 * MINUTE,
    context={"externalIds": [{"type": "loyalty", "id": "L-7", "collection": "users", "encoding": "none"}]},
)
SPLIT: Final = an_event(
    "Split Asked",
    id="split:1",
    type=EventType.SPLIT,
    profile_id="u1",
    user_id=None,
    at=NOON + 4 * MINUTE,
    trust=Trust.SYSTEM,
    properties={ABSORBED: "anon:a1"},
)
LATER: Final = an_event(id="v2", profile_id="anon:a1", user_id=None, anonymous_id="a1", at=NOON + 3 * MINUTE)
SINCE: Final = replace(LATER, profile_id="u1")
"""The same, once it was sent on."""

TILL: Final = an_event(
    "Order Completed",
    id="t1",
    profile_id=provisional_profile_id(EMAIL),
    user_id=None,
    at=NOON + 3 * MINUTE,
    properties={"email": EMAIL.value},
)

JOINING: Final[list[Call]] = [
    ("dynamodb", "GetItem"),  # the person
    ("dynamodb", "GetItem"),  # the visitor
    ("dynamodb", "GetItem"),  # nobody, named after a card …
    ("dynamodb", "GetItem"),  # … and not erased either
    ("dynamodb", "Query"),  # what happened to each since runs of the other began
    ("dynamodb", "Query"),
    ("dynamodb", "PutItem"),  # the person's timeline
    ("dynamodb", "TransactWriteItems"),
]
SENDING_ON: Final[list[Call]] = [
    ("dynamodb", "GetItem"),  # a tombstone …
    ("dynamodb", "GetItem"),  # … and the survivor
    ("sqs", "SendMessageBatch"),
    ("dynamodb", "GetItem"),  # nobody, named after an address …
    ("dynamodb", "GetItem"),  # … that is somebody's
    ("sqs", "SendMessageBatch"),
]
PARTING: Final[list[Call]] = [
    ("dynamodb", "GetItem"),  # the survivor
    ("dynamodb", "GetItem"),  # the tombstone
    ("dynamodb", "Query"),  # how both were
    ("dynamodb", "Query"),  # what happened to the survivor since
    ("dynamodb", "GetItem"),  # whose card it is stays the survivor
    ("dynamodb", "Query"),  # what happened to the other since
    ("dynamodb", "PutItem"),  # what of it is theirs goes to them …
    ("dynamodb", "TransactWriteItems"),
    ("dynamodb", "Query"),  # … and
    ("dynamodb", "Query"),
    ("dynamodb", "BatchWriteItem"),  # leaves the survivor's timeline
    ("dynamodb", "Query"),  # and consent history
]
"""What clean runs ask of AWS."""


def accidents(calls: list[Call]) -> pytest.MarkDecorator:
    names = [f"{n} {operation}" for n, (_, operation) in enumerate(calls)]
    return pytest.mark.parametrize("at", range(len(calls)), ids=names)


@pytest.fixture
def evaluating(table_name: str, tmp_path: Path) -> Iterator[Evaluating]:
    with deployed(table_name, tmp_path) as function:
        for event in (VISITED, KNOWN):
            function.handle(sqs_event(fifo_record(event)))
        yield function


@pytest.fixture
def joined(evaluating: Evaluating) -> Evaluating:
    evaluating.handle(sqs_event(fifo_record(JOINED)))
    evaluating.aliases().claim(*EMAIL, "u1")
    return evaluating


def clean_run(directory: Path, *events: Event) -> tuple[Any, ...]:
    """What is left without accidents: found once for all tests."""
    with pretended_aws(), deployed(create_table("clean"), directory) as function:
        for event in events:
            function.handle(sqs_event(fifo_record(event)))
        return left_behind(function)


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, ...]:
    left = clean_run(tmp_path_factory.mktemp("clean"), VISITED, KNOWN, JOINED)
    assert left[1].merged_into == "u1"
    return left


def left_behind(evaluating: Evaluating) -> tuple[Any, ...]:
    merges = DynamoMerges(boto3.client("dynamodb"), table=evaluating.table_name).of("u1")
    people = evaluating.profile("u1"), evaluating.profile("anon:a1")
    return *people, merges, evaluating.timeline(), evaluating.ordered()


def go_wrong(evaluating: Evaluating, at: int, accident: Accident, *events: Event) -> None:
    """Handle the events with an accident, and then what the queue delivers again."""
    batch = sqs_event(*map(fifo_record, events))
    with watched(Calls(at, accident)), suppress(Killed):
        batch = returned(batch, evaluating.handle(batch))
    assert batch["Records"], "an accident is never reported as a success"
    assert evaluating.handle(batch) == {"batchItemFailures": []}


def test_the_table_of_joining_is_complete(evaluating: Evaluating) -> None:
    with watched(Calls()) as calls:
        evaluating.handle(sqs_event(fifo_record(JOINED)))

    assert calls.made == JOINING


@pytest.mark.filterwarnings("ignore:No application metrics")  # the dead count nothing
@pytest.mark.parametrize("accident", Accident)
@accidents(JOINING)
def test_after_an_accident_the_two_are_joined_as_in_a_clean_run(
    clean: tuple[Any, ...], evaluating: Evaluating, at: int, accident: Accident
) -> None:
    go_wrong(evaluating, at, accident, JOINED)

    assert left_behind(evaluating) == clean


def test_the_table_of_sending_on_is_complete(joined: Evaluating) -> None:
    with watched(Calls()) as calls:
        joined.handle(sqs_event(fifo_record(LATER), fifo_record(TILL)))

    assert calls.made == SENDING_ON


@pytest.mark.filterwarnings("ignore:No application metrics")  # the dead count nothing
@pytest.mark.parametrize("accident", Accident)
@accidents(SENDING_ON)
def test_after_an_accident_what_came_for_another_is_on_the_persons_queue_once(
    joined: Evaluating, at: int, accident: Accident
) -> None:
    before = left_behind(joined)

    go_wrong(joined, at, accident, LATER, TILL)

    assert sorted((event.profile_id, event.id) for event in joined.queued()) == [("u1", "t1"), ("u1", "v2")]
    assert left_behind(joined) == before
    assert joined.profile(TILL.profile_id).version == 0


def test_what_is_sent_on_reaches_the_person_as_the_same_event(joined: Evaluating) -> None:
    joined.handle(sqs_event(fifo_record(LATER)))
    [sent_on] = joined.queued()
    joined.handle(sqs_event(fifo_record(sent_on)))
    joined.handle(sqs_event(fifo_record(sent_on)))

    assert {("u1", "v2")} <= joined.timeline()
    assert joined.profile("u1").version == 3


@pytest.fixture(scope="module")
def parted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, ...]:
    left = clean_run(tmp_path_factory.mktemp("parted"), VISITED, KNOWN, JOINED, SINCE, SPLIT)
    assert left[1].merged_into is None
    return left


def test_the_table_of_parting_is_complete(joined: Evaluating) -> None:
    joined.handle(sqs_event(fifo_record(SINCE)))

    with watched(Calls()) as calls:
        joined.handle(sqs_event(fifo_record(SPLIT)))

    assert calls.made == PARTING


@pytest.mark.filterwarnings("ignore:No application metrics")  # the dead count nothing
@pytest.mark.parametrize("accident", Accident)
@accidents(PARTING)
def test_after_an_accident_the_two_are_parted_as_in_a_clean_run(
    parted: tuple[Any, ...], evaluating: Evaluating, at: int, accident: Accident
) -> None:
    for event in (JOINED, SINCE):
        evaluating.handle(sqs_event(fifo_record(event)))

    go_wrong(evaluating, at, accident, SPLIT)

    assert left_behind(evaluating) == parted
