"""What every ``ErasedPeople`` does: remembers until when an id was somebody who is erased, and not who it was."""

import hashlib

import boto3
import pytest

from shared.adapters.dynamodb.erased_people import KEPT_FOR, DynamoErasedPeople
from shared.domain.timing import DAY, SECOND
from shared.errors import RetryableError
from shared.ports.rights import ErasedPeople
from tests.builders import NOON
from tests.fakes.clock import FakeClock
from tests.fakes.rights import FakeErasedPeople


def dynamodb_people(table: str) -> DynamoErasedPeople:
    def digest(profile_id: str) -> str:
        return hashlib.sha256(b"salt" + profile_id.encode()).hexdigest()[:32]

    return DynamoErasedPeople(boto3.client("dynamodb"), table=table, digest=digest, clock=FakeClock(NOON))


@pytest.fixture(params=["fake", "dynamodb"])
def erased(request: pytest.FixtureRequest) -> ErasedPeople:
    if request.param == "fake":
        return FakeErasedPeople()
    return dynamodb_people(request.getfixturevalue("table_name"))


def test_who_was_not_erased_is_not_known(erased: ErasedPeople) -> None:
    erased.mark("u1", NOON)
    assert erased.erased_at("u2") is None


def test_the_instant_of_the_erasure_is_told(erased: ErasedPeople) -> None:
    erased.mark("email:0a1b", NOON + 1)
    assert erased.erased_at("email:0a1b") == NOON + 1


@pytest.mark.parametrize("instants", [(NOON, NOON + DAY), (NOON + DAY, NOON), (NOON, NOON + DAY, NOON + DAY, NOON)])
def test_the_latest_instant_stands_in_whatever_order_they_come(erased: ErasedPeople, instants: tuple[int, ...]) -> None:
    for at in instants:
        erased.mark("u1", at)
    assert erased.erased_at("u1") == NOON + DAY


def test_what_is_stored_names_nobody_and_expires(table_name: str) -> None:
    dynamodb_people(table_name).mark("anastazja@example.com", NOON)

    [item] = boto3.client("dynamodb").scan(TableName=table_name)["Items"]
    assert "anastazja" not in str(item)
    assert sorted(item) == ["at", "expires_at", "pk", "sk"]
    assert item["expires_at"]["N"] == str((NOON + KEPT_FOR) // SECOND)


def test_where_the_table_cannot_be_asked_that_is_said(aws: None) -> None:
    people = dynamodb_people("missing")
    with pytest.raises(RetryableError):
        people.mark("u1", NOON)
    with pytest.raises(RetryableError):
        people.erased_at("u1")
