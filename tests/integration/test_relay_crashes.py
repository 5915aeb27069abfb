"""``relay_effects`` dies or loses an answer at each of its AWS calls, and is given the records again: every effect is
carried out; what is carried out twice has the same id twice, and leaves what a clean run leaves. Only what is counted
is not counted again where an answer was lost."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any, Final

import pytest

from shared.domain.consent.words import ConsentState, Purpose, SuppressionReason
from shared.domain.messages import (
    AliasClaim,
    Announcement,
    ConsentRecorded,
    Purchase,
    SegmentChange,
    SuppressionChange,
    Wake,
)
from shared.domain.shop.companions import NOBODY
from shared.domain.shop.products import Product
from shared.domain.timing import DAY, HOUR
from tests.aws import pretended_aws
from tests.builders import NOON, a_message
from tests.conftest import create_table
from tests.crashes import Accident, Call, Calls, Killed, watched
from tests.integration.lambda_events import failures, sequence_number, stream_record
from tests.integration.relaying import Relaying, deployed

STOP: Final = SuppressionChange("sms", "+353871234567", SuppressionReason.STOP, NOON)

ORDER: Final = Purchase("1f2e3d4c5b6a79881f2e3d4c5b6a7988", ("POT", "MUG", "made up"), NOON)

CALLS: Final[list[Call]] = [
    ("dynamodb", "PutItem"),  # the claim of an address, which a visitor has …
    ("dynamodb", "DeleteItem"),  # … and gives up:
    ("dynamodb", "PutItem"),  # it is the person's …
    ("dynamodb", "PutItem"),  # … which is noted
    ("dynamodb", "BatchWriteItem"),  # what u1 said of consent
    ("secretsmanager", "GetSecretValue"),  # what digests addresses …
    ("secretsmanager", "GetSecretValue"),  # … was never replaced
    ("dynamodb", "UpdateItem"),  # u1 said STOP …
    ("dynamodb", "UpdateItem"),  # … and u2 START
    ("dynamodb", "BatchWriteItem"),  # the person's messages are noted
    ("sqs", "SendMessageBatch"),  # transactional
    ("sqs", "SendMessageBatch"),  # marketing
    ("scheduler", "CreateSchedule"),  # for u1, the second of two …
    ("scheduler", "DeleteSchedule"),  # … which replaces the first
    ("scheduler", "CreateSchedule"),  # for u2, who has one …
    ("scheduler", "DeleteSchedule"),  # … which goes
    ("dynamodb", "PutItem"),  # u1 left again …
    ("dynamodb", "PutItem"),  # … and u2 entered
    ("events", "PutEvents"),
    ("dynamodb", "BatchGetItem"),  # which of what u1 bought the catalogue knows …
    ("dynamodb", "BatchGetItem"),  # … how often that was bought …
    ("dynamodb", "TransactWriteItems"),  # … and once more
]
"""What a clean run asks of AWS."""

COUNTING: Final = range(len(CALLS) - 3, len(CALLS))
"""What fails there is a purchase less in a statistic, and holds nothing up."""


def an_announcement(id_: str) -> Announcement:
    return Announcement(id=id_, name="Journey Entered", at=NOON, properties={"journey": "welcome"})


def records() -> list[dict[str, Any]]:
    confirmation = a_message(id="confirmation", purpose=Purpose.TRANSACTIONAL, topic=None)
    earlier, later, entered = Wake(NOON + DAY), Wake(NOON + HOUR, NOON + DAY), SegmentChange("vip", NOON, is_in=True)
    left = SegmentChange("vip", NOON, is_in=False)
    welcome = a_message(id="welcome", profile_id="u2")
    said = ConsentRecorded(id="m1", state=ConsentState.UNSUBSCRIBED, channel="sms", topic="*", at=NOON, source="page")
    return [
        stream_record(1, "u1", [AliasClaim("email", "ana@example.com"), said, STOP, confirmation, earlier, entered]),
        stream_record(2, "u1", [a_message(id="reminder"), later, left, an_announcement("a1"), ORDER]),
        stream_record(3, "u2", [welcome, later, entered, replace(STOP, is_lifted=True), an_announcement("a2")]),
    ]


@pytest.fixture
def relaying(table_name: str) -> Iterator[Relaying]:
    with ready(table_name, "carillon-test") as function:
        yield function


@contextmanager
def ready(table_name: str, prefix: str) -> Iterator[Relaying]:
    """Deployed, with an outstanding wake-up of u2, an address that a visitor has, and two products."""
    with deployed(table_name, prefix) as function:
        for sku in ("POT", "MUG"):
            function.sell(Product(sku=sku, updated_at=NOON))
        function.handle({"Records": [stream_record(0, "u2", [Wake(NOON + DAY)])]})
        function.handle({"Records": [stream_record(0, "anon:a1", [AliasClaim("email", "ana@example.com")])]})
        yield function


def left_behind(relaying: Relaying) -> tuple[Any, ...]:
    return (
        set(relaying.messages()),
        relaying.noted(),
        relaying.said("u1"),
        relaying.wakes(),
        set(relaying.announced()),
        relaying.owners(),
        relaying.identifiers(),
        relaying.people("vip"),
        relaying.suppressed(),
        relaying.bought_together(["POT", "MUG"]),
    )


@pytest.fixture(scope="module")
def clean() -> tuple[Any, ...]:
    """What a run without accidents leaves."""
    with pretended_aws(), ready(create_table("clean"), "clean") as function:
        assert function.handle({"Records": records()}) == {"batchItemFailures": []}
        left = left_behind(function)
    assert all(left)
    return left


def test_the_table_of_cases_is_complete(relaying: Relaying) -> None:
    with watched(Calls()) as calls:
        relaying.handle({"Records": records()})

    assert calls.made == CALLS


@pytest.mark.filterwarnings("ignore:No application metrics")  # the dead count nothing
@pytest.mark.parametrize("accident", Accident)
@pytest.mark.parametrize("at", range(len(CALLS)), ids=[f"{n} {operation}" for n, (_, operation) in enumerate(CALLS)])
def test_after_an_accident_the_records_again_leave_what_a_clean_run_leaves(
    clean: tuple[Any, ...], relaying: Relaying, at: int, accident: Accident
) -> None:
    again = records()
    with watched(Calls(at, accident)), suppress(Killed):  # killed, it answers nothing, and all of them come again
        if failed := failures(relaying.handle({"Records": again})):
            again = [record for record in again if record["dynamodb"]["SequenceNumber"] >= failed[0]]
        else:
            again = []

    assert relaying.handle({"Records": again}) == {"batchItemFailures": []}

    *left, counted = left_behind(relaying)
    *expected, clean_count = clean
    assert left == expected
    is_lost = accident is Accident.TIMED_OUT_BEFORE or (
        accident is Accident.TIMED_OUT_AFTER and CALLS[at][1] != "TransactWriteItems"
    )
    assert counted == (({}, NOBODY) if at in COUNTING and is_lost else clean_count)


def test_what_fails_for_good_is_named_and_what_came_before_is_done(relaying: Relaying) -> None:
    batch = records()
    batch[1]["dynamodb"]["NewImage"]["effects"] = {"S": "[{}]"}

    assert failures(relaying.handle({"Records": batch})) == [sequence_number(2)]

    assert relaying.messages() == ["transactional confirmation"]
