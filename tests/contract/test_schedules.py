"""What every ``Schedules`` does: one outstanding wake-up a person."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from shared.adapters.schedules import EARLIEST, SchedulerSchedules
from shared.domain.events import Event, EventType, Trust, event_from_dict
from shared.domain.timing import DAY, MINUTE, Instant
from shared.errors import RetryableError, ThrottledError
from shared.ports import Schedules
from shared.tables import person_group
from tests.builders import NOON
from tests.fakes import FakeClock, FakeSchedules

GROUP = "carillon-test"
QUEUE_ARN = "arn:aws:sqs:eu-west-1:123456789012:events.fifo"
DEAD_LETTER_ARN = "arn:aws:sqs:eu-west-1:123456789012:wake-ups"
ROLE_ARN = "arn:aws:iam::123456789012:role/wake"


def schedules_of(client: Any, now: Instant = NOON) -> SchedulerSchedules:
    return SchedulerSchedules(
        client,
        group=GROUP,
        role_arn=ROLE_ARN,
        queue_arn=QUEUE_ARN,
        dead_letter_arn=DEAD_LETTER_ARN,
        clock=FakeClock(now),
    )


@pytest.fixture
def scheduler(aws: None) -> Any:
    client = boto3.client("scheduler")
    client.create_schedule_group(Name=GROUP)
    return client


def stored(scheduler: Any, profile_id: str = "u1") -> dict[str, Any]:
    schedule: dict[str, Any] = scheduler.get_schedule(GroupName=GROUP, Name=person_group(profile_id))
    return schedule


@pytest.fixture(params=["fake", "scheduler"])
def schedules_and_reader(request: pytest.FixtureRequest) -> tuple[Schedules, Callable[[], dict[str, Instant]]]:
    """The second reads person group → instant of all that is outstanding."""
    if request.param == "fake":
        fake = FakeSchedules()
        return fake, lambda: {person_group(profile_id): at for profile_id, (at, _) in fake.wakes.items()}
    client = request.getfixturevalue("scheduler")

    def read() -> dict[str, Instant]:
        names = [schedule["Name"] for schedule in client.list_schedules(GroupName=GROUP)["Schedules"]]
        inputs = {name: client.get_schedule(GroupName=GROUP, Name=name)["Target"]["Input"] for name in names}
        return {name: event_from_dict(json.loads(text)).at for name, text in inputs.items()}

    return schedules_of(client), read


def test_a_later_wake_up_takes_the_place_of_an_earlier_one(
    schedules_and_reader: tuple[Schedules, Callable[[], dict[str, Instant]]],
) -> None:
    schedules, read = schedules_and_reader

    for at in (NOON + DAY, NOON + MINUTE, NOON + 2 * DAY):
        schedules.put("u1", at, f"{at}.1")

    assert read() == {person_group("u1"): NOON + 2 * DAY}


def test_setting_the_same_again_changes_nothing(
    schedules_and_reader: tuple[Schedules, Callable[[], dict[str, Instant]]],
) -> None:
    schedules, read = schedules_and_reader

    schedules.put("u1", NOON + DAY, "n")
    schedules.put("u1", NOON + DAY, "n")

    assert read() == {person_group("u1"): NOON + DAY}


def test_people_have_wake_ups_of_their_own(
    schedules_and_reader: tuple[Schedules, Callable[[], dict[str, Instant]]],
) -> None:
    schedules, read = schedules_and_reader

    schedules.put("u1", NOON + DAY, "n")
    schedules.put("anna@example.com / Ø", NOON + MINUTE, "n")

    assert read() == {person_group("u1"): NOON + DAY, person_group("anna@example.com / Ø"): NOON + MINUTE}


def test_a_schedule_fires_once_into_the_persons_group_and_goes(scheduler: Any) -> None:
    schedules_of(scheduler).put("u1", NOON + DAY, "n")

    schedule = stored(scheduler)
    assert schedule["ActionAfterCompletion"] == "DELETE"
    assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert schedule["ScheduleExpressionTimezone"] == "UTC"
    target = schedule["Target"]
    assert (target["Arn"], target["RoleArn"]) == (QUEUE_ARN, ROLE_ARN)
    assert target["DeadLetterConfig"] == {"Arn": DEAD_LETTER_ARN}
    assert target["SqsParameters"] == {"MessageGroupId": person_group("u1")}


def test_its_input_is_a_timer_event_at_the_exact_instant(scheduler: Any) -> None:
    schedules_of(scheduler).put("u1", NOON + 1, "1.7")

    assert event_from_dict(json.loads(stored(scheduler)["Target"]["Input"])) == Event(
        id="timer:1.7",
        type=EventType.TIMER,
        name="Timer Due",
        at=NOON + 1,
        received_at=NOON + 1,
        profile_id="u1",
        trust=Trust.SYSTEM,
        source="scheduler",
    )


def test_an_id_that_looks_like_a_field_of_the_scheduler_stays_as_it_is(scheduler: Any) -> None:
    schedules_of(scheduler).put("<aws.scheduler.execution-id>", NOON, "n")

    text = stored(scheduler, "<aws.scheduler.execution-id>")["Target"]["Input"]
    assert "<aws" not in text
    assert event_from_dict(json.loads(text)).profile_id == "<aws.scheduler.execution-id>"


@pytest.mark.parametrize(
    ("at", "expression"),
    [
        (NOON + DAY, "at(2026-11-03T12:00:00)"),
        (NOON + DAY + 1, "at(2026-11-03T12:00:01)"),
        (NOON + DAY + 999, "at(2026-11-03T12:00:01)"),
        (NOON + DAY + 1_000, "at(2026-11-03T12:00:01)"),
        (NOON, "at(2026-11-02T12:00:05)"),
        (NOON - DAY, "at(2026-11-02T12:00:05)"),
        (0, "at(2026-11-02T12:00:05)"),
        (10**18, "at(9999-12-31T23:59:59)"),
    ],
    ids=["exact", "up from 1 ms", "up from 999 ms", "next second", "now", "past", "long past", "after all calendars"],
)
def test_an_instant_is_rounded_up_and_never_past(scheduler: Any, at: Instant, expression: str) -> None:
    schedules_of(scheduler, now=NOON).put("u1", at, "n")

    assert stored(scheduler)["ScheduleExpression"] == expression
    assert EARLIEST == 5_000


@pytest.fixture
def stubber() -> Iterator[Stubber]:
    client = boto3.client("scheduler")
    with Stubber(client) as stubber:
        yield stubber
    stubber.assert_no_pending_responses()


def test_a_schedule_that_fires_between_two_calls_is_made_anew(stubber: Stubber) -> None:
    stubber.add_client_error("create_schedule", "ConflictException")
    stubber.add_client_error("update_schedule", "ResourceNotFoundException")
    stubber.add_response("create_schedule", {"ScheduleArn": "x"})

    schedules_of(stubber.client).put("u1", NOON, "n")


def test_a_schedule_that_comes_and_goes_for_ever_is_tried_again_later(stubber: Stubber) -> None:
    for _ in range(3):
        stubber.add_client_error("create_schedule", "ConflictException")
        stubber.add_client_error("update_schedule", "ResourceNotFoundException")

    with pytest.raises(RetryableError):
        schedules_of(stubber.client).put("u1", NOON, "n")


@pytest.mark.parametrize("call", ["create_schedule", "update_schedule"])
def test_a_throttled_call_is_told_as_such(stubber: Stubber, call: str) -> None:
    if call == "update_schedule":
        stubber.add_client_error("create_schedule", "ConflictException")
    stubber.add_client_error(call, "ThrottlingException")

    with pytest.raises(ThrottledError):
        schedules_of(stubber.client).put("u1", NOON, "n")
