"""``evaluate_events`` dies or loses an answer at each of its AWS calls, and is given the same again: nothing is lost,
nothing is ordered twice, and what is left is what a clean run leaves."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import pytest

from shared.domain.timing import MINUTE
from tests.aws import pretended_aws
from tests.builders import NOON, an_event
from tests.conftest import create_table
from tests.crashes import Accident, Call, Calls, Killed, watched
from tests.integration.evaluating import Evaluating, deployed
from tests.integration.lambda_events import fifo_record, returned, sqs_event

CALLS: Final[list[Call]] = [
    ("dynamodb", "GetItem"),  # what is counted
    ("dynamodb", "PutItem"),  # … now
    ("dynamodb", "GetItem"),  # the profile of u1, which there is not …
    ("secretsmanager", "GetSecretValue"),
    ("secretsmanager", "GetSecretValue"),
    ("dynamodb", "GetItem"),  # … nor was anybody of that id erased
    ("dynamodb", "PutItem"),  # their timeline
    ("dynamodb", "PutItem"),  # the version of the journey that they have entered
    ("dynamodb", "PutItem"),  # their profile, with effects
    ("dynamodb", "GetItem"),  # the profile of u2
    ("dynamodb", "GetItem"),
    ("dynamodb", "PutItem"),
    ("dynamodb", "PutItem"),
    ("dynamodb", "PutItem"),
    ("dynamodb", "UpdateItem"),  # what was wrong with the events is counted
    ("dynamodb", "UpdateItem"),  # … and how many events there were
]
"""What a clean run asks of AWS."""

COUNTED: Final = CALLS.index(("dynamodb", "UpdateItem"))
"""From here on all is done: that a count could not be kept brings nothing back."""

BATCH: Final = [
    an_event("Product Added", id="m1", profile_id="u1", at=NOON, properties={"cart_id": "c1"}),
    an_event("Order Completed", id="m2", profile_id="u2", at=NOON, properties={"order_id": "o1"}),
    an_event("Product Added", id="m3", profile_id="u1", at=NOON + MINUTE, properties={"cart_id": "c2"}),
]


@pytest.fixture
def evaluating(table_name: str, tmp_path: Path) -> Iterator[Evaluating]:
    with deployed(table_name, tmp_path) as function:
        yield function


def batch() -> dict[str, Any]:
    return sqs_event(*map(fifo_record, BATCH))


def left_behind(evaluating: Evaluating) -> tuple[Any, ...]:
    profiles = evaluating.profile("u1"), evaluating.profile("u2")
    return profiles, evaluating.timeline(), evaluating.ordered()


def test_the_table_of_cases_is_complete(evaluating: Evaluating) -> None:
    with watched(Calls()) as calls:
        assert evaluating.handle(batch()) == {"batchItemFailures": []}

    assert calls.made == CALLS


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, ...]:
    """What a run without accidents leaves."""
    with pretended_aws(), deployed(create_table("clean"), tmp_path_factory.mktemp("playbook")) as function:
        function.handle(batch())
        return left_behind(function)


@pytest.mark.filterwarnings("ignore:No application metrics")  # the dead count nothing
@pytest.mark.parametrize("accident", Accident)
@pytest.mark.parametrize("at", range(len(CALLS)), ids=[f"{n} {operation}" for n, (_, operation) in enumerate(CALLS)])
def test_after_an_accident_a_redelivery_leaves_what_a_clean_run_leaves(
    clean: tuple[Any, ...], evaluating: Evaluating, at: int, accident: Accident
) -> None:
    event = batch()
    with watched(Calls(at, accident)), suppress(Killed):  # then nothing is answered, and all of it comes again
        event = returned(event, evaluating.handle(event))

    assert event["Records"] or at >= COUNTED, "an accident is never reported as a success"
    assert not event["Records"] or evaluating.handle(event) == {"batchItemFailures": []}

    assert left_behind(evaluating) == clean


@pytest.mark.parametrize("accident", [Accident.TIMED_OUT_BEFORE, Accident.TIMED_OUT_AFTER])
@pytest.mark.parametrize("at", [0, 1, 2, 3, 5, 6, 7])
def test_one_persons_accident_returns_only_their_events(evaluating: Evaluating, at: int, accident: Accident) -> None:
    with watched(Calls(at, accident)):
        answer = evaluating.handle(batch())

    assert [record["messageId"] for record in returned(batch(), answer)["Records"]] == ["message-m1", "message-m3"]
    assert evaluating.profile("u2").version == 1
