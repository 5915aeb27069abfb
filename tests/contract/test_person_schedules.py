"""What every ``PersonSchedules`` does: takes one person's wake-ups away, and nobody else's."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber

from shared.adapters.person_schedules import SchedulerPersonSchedules
from shared.domain.timing import DAY
from shared.errors import ThrottledError
from shared.ports.queues import Schedules
from shared.ports.rights import PersonSchedules
from shared.tables import person_group
from tests.aws import own_client
from tests.builders import NOON
from tests.contract.test_schedules import GROUP, schedules_of
from tests.fakes.queues import FakeSchedules
from tests.fakes.rights import FakePersonSchedules

House = tuple[PersonSchedules, Schedules, Callable[[], int]]


def person_schedules_of(client: Any) -> SchedulerPersonSchedules:
    return SchedulerPersonSchedules(client, group=GROUP)


@pytest.fixture(params=["fake", "scheduler"])
def house(request: pytest.FixtureRequest) -> House:
    """The second sets wake-ups, the third counts those that are outstanding."""
    if request.param == "fake":
        fake = FakeSchedules()
        return FakePersonSchedules(fake), fake, lambda: len(fake.wakes)
    request.getfixturevalue("aws")
    client = boto3.client("scheduler")
    client.create_schedule_group(Name=GROUP)
    return (
        person_schedules_of(client),
        schedules_of(client),
        lambda: len(client.list_schedules(GroupName=GROUP)["Schedules"]),
    )


def test_a_persons_wake_ups_go_and_others_stay(house: House) -> None:
    theirs, schedules, count = house
    for profile_id, days in (("u1", 1), ("u1", 2), ("u11", 1), ("anna@example.com / Ø", 1)):
        schedules.put(profile_id, NOON + days * DAY, "n")

    assert theirs.clear("u1") == 2
    assert count() == 2
    assert theirs.clear("anna@example.com / Ø") == 1
    assert count() == 1


def test_clearing_again_changes_nothing(house: House) -> None:
    theirs, schedules, count = house
    schedules.put("u1", NOON + DAY, "n")
    assert [theirs.clear("u1"), theirs.clear("u1"), theirs.clear("nobody")] == [1, 0, 0]
    assert count() == 0


@pytest.fixture
def stubber(aws: None) -> Any:
    with Stubber(own_client("scheduler")) as stubber:
        yield stubber
    stubber.assert_no_pending_responses()


def test_all_pages_are_looked_through_and_what_fired_meanwhile_is_no_fault(stubber: Stubber) -> None:
    prefix = f"{person_group('u1')}-"
    asked = {"GroupName": GROUP, "NamePrefix": prefix}
    stubber.add_response("list_schedules", {"Schedules": [{"Name": f"{prefix}1"}], "NextToken": "more"}, asked)
    stubber.add_client_error("delete_schedule", "ResourceNotFoundException")
    stubber.add_response("list_schedules", {"Schedules": [{"Name": f"{prefix}2"}]}, asked | {"NextToken": "more"})
    stubber.add_response("delete_schedule", {}, {"Name": f"{prefix}2", "GroupName": GROUP})

    assert person_schedules_of(stubber.client).clear("u1") == 1


@pytest.mark.parametrize("call", ["list_schedules", "delete_schedule"])
def test_a_throttled_call_is_told_as_such(stubber: Stubber, call: str) -> None:
    if call == "delete_schedule":
        listed = {"Schedules": [{"Name": f"{person_group('u1')}-1"}]}
        stubber.add_response("list_schedules", listed, {"GroupName": GROUP, "NamePrefix": ANY})
    stubber.add_client_error(call, "ThrottlingException")

    with pytest.raises(ThrottledError):
        person_schedules_of(stubber.client).clear("u1")
