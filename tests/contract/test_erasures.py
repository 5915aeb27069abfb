"""What every ``Erasures`` does: a receipt that goes from accepted to done, and what is to be found in between."""

import boto3
import pytest

from shared.adapters.dynamodb.erasures import KEPT_FOR, UNDER_WAY, DynamoErasures
from shared.domain.identity.identifiers import Identifier
from shared.domain.rights.erasure import Belongings, Erasure, ErasureStatus
from shared.domain.timing import DAY, SECOND
from shared.errors import RetryableError
from shared.ports.rights import Erasures
from tests.builders import NOON
from tests.fakes.clock import FakeClock
from tests.fakes.rights import FakeErasures

ANAS = Belongings(
    profile_ids=("u1", "anon:a1"),
    identifiers=(Identifier("email", "ana@example.com"), Identifier("loyalty", "L 99")),
    segments=("regulars",),
    message_ids=("m1", "m2"),
    until=NOON,
)


def dynamodb_erasures(table: str) -> DynamoErasures:
    return DynamoErasures(boto3.client("dynamodb"), table=table, clock=FakeClock(NOON))


@pytest.fixture(params=["fake", "dynamodb"])
def erasures(request: pytest.FixtureRequest) -> Erasures:
    if request.param == "fake":
        return FakeErasures()
    return dynamodb_erasures(request.getfixturevalue("table_name"))


def receipt(status: ErasureStatus = ErasureStatus.ACCEPTED, done_at: int | None = None, **counts: int) -> Erasure:
    return Erasure(receipt="r1", status=status, requested_at=NOON, done_at=done_at, counts=counts)


def test_a_receipt_that_was_never_given_is_not_known(erasures: Erasures) -> None:
    assert erasures.find("r1") is None


def test_a_request_is_accepted_and_then_done(erasures: Erasures) -> None:
    erasures.open("r1", NOON)
    assert erasures.find("r1") == receipt()

    erasures.close("r1", NOON + DAY)
    assert erasures.find("r1") == receipt(ErasureStatus.DONE, NOON + DAY)


def test_opening_again_changes_nothing(erasures: Erasures) -> None:
    erasures.open("r1", NOON)
    erasures.open("r1", NOON + 1)
    assert erasures.find("r1") == receipt()

    erasures.close("r1", NOON + DAY)
    erasures.open("r1", NOON + 2 * DAY)
    assert erasures.find("r1") == receipt(ErasureStatus.DONE, NOON + DAY)


def test_closing_again_changes_nothing(erasures: Erasures) -> None:
    erasures.open("r1", NOON)
    erasures.close("r1", NOON + DAY)
    erasures.close("r1", NOON + 2 * DAY)
    assert erasures.find("r1") == receipt(ErasureStatus.DONE, NOON + DAY)


def test_what_was_removed_is_summed_up_by_kind(erasures: Erasures) -> None:
    erasures.open("r1", NOON)
    erasures.add("r1", {"profiles": 1, "records": 30, "files": 0})
    erasures.add("r1", {})
    erasures.add("r1", {"records": 2, "dead_letters": 4})
    assert erasures.find("r1") == receipt(profiles=1, records=32, dead_letters=4)


def test_what_is_to_be_found_is_known_until_it_is_done(erasures: Erasures) -> None:
    erasures.open("r1", NOON)
    assert erasures.recall("r1") is None
    erasures.remember("r1", Belongings(profile_ids=("u1",), identifiers=()))
    erasures.remember("r1", ANAS)
    assert erasures.recall("r1") == ANAS
    assert erasures.recall("r2") is None

    erasures.close("r1", NOON + DAY)
    assert erasures.recall("r1") is None


def test_receipts_have_nothing_to_do_with_each_other(erasures: Erasures) -> None:
    for number in (1, 2):
        erasures.open(f"r{number}", NOON)
    erasures.add("r2", {"profiles": 1})
    erasures.close("r2", NOON)
    assert erasures.find("r1") == receipt()


def test_both_items_expire_and_what_is_to_be_found_sooner(table_name: str) -> None:
    erasures = dynamodb_erasures(table_name)
    erasures.open("r1", NOON)
    erasures.remember("r1", ANAS)

    items = boto3.client("dynamodb").scan(TableName=table_name)["Items"]
    assert {item["sk"]["S"]: item["expires_at"]["N"] for item in items} == {
        "ERASURE": str((NOON + KEPT_FOR) // SECOND),
        "BELONGINGS": str((NOON + UNDER_WAY) // SECOND),
    }


def test_where_the_table_cannot_be_asked_that_is_said(aws: None) -> None:
    erasures = dynamodb_erasures("missing")
    for ask in (
        lambda: erasures.open("r1", NOON),
        lambda: erasures.find("r1"),
        lambda: erasures.add("r1", {"records": 1}),
        lambda: erasures.close("r1", NOON),
        lambda: erasures.remember("r1", ANAS),
        lambda: erasures.recall("r1"),
    ):
        with pytest.raises(RetryableError):
            ask()
