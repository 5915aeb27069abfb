"""What every ``Countings`` does: keeps what was agreed last, and lets nobody overwrite what they have not seen."""

import boto3
import pytest

from shared.adapters.dynamodb.countings import DynamoCountings
from shared.domain.behaviour.counting import NOTHING_COUNTED, Begun, Counting, Need
from shared.domain.timing import DAY
from shared.errors import ConflictError, PermanentError
from shared.ports.playbook import Countings
from tests.builders import NOON
from tests.fakes.playbook import FakeCountings

FIRST = Counting(
    generation=1,
    playbook="a.1",
    begun={"x": Begun(1, NOON, Need(3, None)), "y": Begun(1, NOON, Need(0, 7 * DAY))},
)
SECOND = Counting(generation=2, playbook="b.1", begun={**FIRST.begun, "z": Begun(2, NOON + DAY, Need(1, DAY))})


@pytest.fixture(params=["fake", "dynamodb"])
def countings(request: pytest.FixtureRequest) -> Countings:
    if request.param == "fake":
        return FakeCountings()
    return DynamoCountings(boto3.client("dynamodb"), table=request.getfixturevalue("table_name"))


def test_at_first_nothing_is_counted(countings: Countings) -> None:
    assert countings.load() == NOTHING_COUNTED


def test_what_was_agreed_last_is_kept_whole(countings: Countings) -> None:
    countings.save(FIRST, over=NOTHING_COUNTED)
    assert countings.load() == FIRST

    countings.save(SECOND, over=FIRST)
    assert countings.load() == SECOND


@pytest.mark.parametrize("seen", [NOTHING_COUNTED, FIRST, Counting(generation=2, playbook="c.1")])
def test_nobody_overwrites_what_they_have_not_seen(countings: Countings, seen: Counting) -> None:
    countings.save(FIRST, over=NOTHING_COUNTED)
    countings.save(SECOND, over=FIRST)

    with pytest.raises(ConflictError):
        countings.save(Counting(generation=9, playbook="d.1"), over=seen)
    assert countings.load() == SECOND


def test_what_cannot_be_read_is_an_error_that_lasts(table_name: str) -> None:
    boto3.client("dynamodb").put_item(
        TableName=table_name, Item={"pk": {"S": "PLAYBOOK#counting"}, "sk": {"S": "PLAYBOOK"}, "begun": {"B": b"?"}}
    )

    with pytest.raises(PermanentError):
        DynamoCountings(boto3.client("dynamodb"), table=table_name).load()
