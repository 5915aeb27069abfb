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
from shared.errors import ThrottledError
from shared.ports.queues import Schedules
from shared.tables import person_group
from tests.aws import own_client
from tests.builders import NOON
from tests.fakes.clock import FakeClock
from tests.fakes.queues import FakeSchedules

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
    """The person's only schedule."""
    (found,) = scheduler.list_schedules(GroupName=GROUP, NamePrefix=person_group(profile_id))["Schedules"]
    schedule: dict[str, Any] = scheduler.get_schedule(GroupName=GROUP, Name=found["Name"])
    return schedule


@pytest.fixture(params=["fake", "scheduler"])
def schedules_and_reader(request: pytest.FixtureRequest) -> tuple[Schedules, Callable[[], set[tuple[str, Instant]]]]:
    """The second reads (profile, instant) of all that is outstanding."""
    if request.param == "fake":
        fake = FakeSchedules()
        return fake, lambda: set(fake.wakes)
    client = request.getfixturevalue("scheduler")

    def read() -> set[tuple[str, Instant]]:
        names = [schedule["Name"] for schedule in client.list_schedules(GroupName=GROUP)["Schedules"]]
        inputs = [client.get_schedule(GroupName=GROUP, Name=name)["Target"]["Input"] for name in names]
        return {(timer.profile_id, timer.at) for timer in map(event_from_dict, map(json.loads, inputs))}

    return schedules_of(client), read


def test_a_wake_up_takes_the_place_of_those_it_replaces(
    schedules_and_reader: tuple[Schedules, Callable[[], set[tuple[str, Instant]]]],
) -> None:
    schedules, read = schedules_and_reader

    schedules.put("u1", NOON + DAY, "1")
    schedules.put("u1", NOON + MINUTE, "2", replaces=[NOON + DAY])
    schedules.put("u1", NOON + 1, "3", replaces=[NOON + MINUTE, NOON + 2 * DAY])

    assert read() == {("u1", NOON + 1)}


def test_setting_the_same_again_changes_nothing(
    schedules_and_reader: tuple[Schedules, Callable[[], set[tuple[str, Instant]]]],
) -> None:
    schedules, read = schedules_and_reader

    schedules.put("u1", NOON + DAY, "n", replaces=[NOON + DAY])
    schedules.put("u1", NOON + DAY, "n", replaces=[NOON + DAY])

    assert read() == {("u1", NOON + DAY)}


def test_people_have_wake_ups_of_their_own(
    schedules_and_reader: tuple[Schedules, Callable[[], set[tuple[str, Instant]]]],
) -> None:
    schedules, read = schedules_and_reader

    schedules.put("u1", NOON + DAY, "n")
    schedules.put("anna@example.com / Ø", NOON + MINUTE, "n")

    assert read() == {("u1", NOON + DAY), ("anna@example.com / Ø", NOON + MINUTE)}


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
    client = own_client("scheduler")
    with Stubber(client) as stubber:
        yield stubber
    stubber.assert_no_pending_responses()


@pytest.mark.parametrize("call", ["create_schedule", "delete_schedule"])
def test_a_throttled_call_is_told_as_such(stubber: Stubber, call: str) -> None:
    if call == "delete_schedule":
        stubber.add_response("create_schedule", {"ScheduleArn": "x"})
    stubber.add_client_error(call, "ThrottlingException")

    with pytest.raises(ThrottledError):
        schedules_of(stubber.client).put("u1", NOON, "n", replaces=[NOON + DAY])
