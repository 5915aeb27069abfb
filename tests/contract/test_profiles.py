"""What every ``Profiles`` does: read whole, written whole, over the version that was read."""

import json
from collections.abc import Callable
from dataclasses import replace

import boto3
import pytest

from shared.adapters.dynamodb.profiles import DynamoProfiles
from shared.domain.messages import AliasClaim, Wake
from shared.errors import ConflictError, PermanentError
from shared.ports import Profiles
from tests.builders import NOON, a_message, a_profile
from tests.fakes import FakeProfiles


@pytest.fixture(params=["fake", "dynamodb"])
def profiles(request: pytest.FixtureRequest) -> Profiles:
    if request.param == "fake":
        return FakeProfiles()
    return DynamoProfiles(boto3.client("dynamodb"), table=request.getfixturevalue("table_name"))


def test_a_person_never_stored_has_version_0(profiles: Profiles) -> None:
    assert profiles.load("u1") == a_profile(traits={}, version=0)


def test_what_is_saved_is_loaded_with_the_next_version(profiles: Profiles) -> None:
    profile = a_profile(wake_at=NOON, scheduled_at=NOON + 1)

    profiles.save(profile, [])

    assert profiles.load("u1") == replace(profile, version=1)


def test_each_save_is_over_the_version_that_was_loaded(profiles: Profiles) -> None:
    profiles.save(a_profile(), [Wake(NOON)])
    profiles.save(a_profile(version=1, traits={"n": 2}), [])

    assert profiles.load("u1") == a_profile(version=2, traits={"n": 2})


@pytest.mark.parametrize("version", [0, 2, 7])
def test_a_save_over_another_version_conflicts_and_changes_nothing(profiles: Profiles, version: int) -> None:
    profiles.save(a_profile(), [])

    with pytest.raises(ConflictError):
        profiles.save(a_profile(version=version, traits={"n": 2}), [])

    assert profiles.load("u1") == a_profile(version=1)


def test_a_save_of_a_person_who_was_never_stored_conflicts_over_a_version(profiles: Profiles) -> None:
    with pytest.raises(ConflictError):
        profiles.save(a_profile(version=3), [])


def test_people_do_not_meet(profiles: Profiles) -> None:
    profiles.save(a_profile(id="u1"), [])
    profiles.save(a_profile(id="u2", traits={"n": 2}), [])

    assert profiles.load("u1").traits != profiles.load("u2").traits


@pytest.fixture
def stored(table_name: str) -> Callable[[], dict[str, dict[str, str]]]:
    """The one item of the table."""

    def read() -> dict[str, dict[str, str]]:
        [item] = boto3.client("dynamodb").scan(TableName=table_name)["Items"]
        return item  # type: ignore[return-value]

    return read


def test_effects_are_stored_only_with_the_write_that_orders_them(
    table_name: str, stored: Callable[[], dict[str, dict[str, str]]]
) -> None:
    profiles = DynamoProfiles(boto3.client("dynamodb"), table=table_name)

    profiles.save(a_profile(), [a_message(), Wake(NOON), AliasClaim("email", "ana@example.com")])
    assert [effect["kind"] for effect in json.loads(stored()["effects"]["S"])] == ["message", "wake", "alias"]

    profiles.save(a_profile(version=1), [])
    assert "effects" not in stored()


def test_the_instants_that_a_sweep_looks_for_are_attributes(
    table_name: str, stored: Callable[[], dict[str, dict[str, str]]]
) -> None:
    profiles = DynamoProfiles(boto3.client("dynamodb"), table=table_name)

    profiles.save(a_profile(wake_at=NOON, scheduled_at=NOON + 1), [])
    assert (stored()["wake_at"], stored()["scheduled_at"]) == ({"N": str(NOON)}, {"N": str(NOON + 1)})

    profiles.save(a_profile(version=1), [])
    assert not {"wake_at", "scheduled_at"} & stored().keys()


@pytest.mark.parametrize(
    "damage",
    [
        {"state": {"B": b"not packed"}},
        {"state": {"B": b""}},
        {"state": {"S": "text"}},
        {"version": {"S": "one"}},
    ],
    ids=["state that is none", "empty state", "state that is text", "version that is none"],
)
def test_a_profile_that_cannot_be_read_is_an_error_that_lasts(
    table_name: str, damage: dict[str, dict[str, str]]
) -> None:
    client = boto3.client("dynamodb")
    profiles = DynamoProfiles(client, table=table_name)
    profiles.save(a_profile(), [])
    [item] = client.scan(TableName=table_name)["Items"]
    client.put_item(TableName=table_name, Item=item | damage)  # type: ignore[operator]

    with pytest.raises(PermanentError, match="cannot be read"):
        profiles.load("u1")
