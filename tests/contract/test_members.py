"""What every ``Members`` does: the last of a person's changes stands, in whatever order they are carried out."""

from itertools import permutations
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from shared.adapters.dynamodb.members import DynamoMembers
from shared.domain.timing import DAY
from shared.errors import ThrottledError
from shared.ports.people import Member, Members
from tests.aws import own_client
from tests.builders import NOON
from tests.conftest import create_table
from tests.fakes.people import FakeMembers


@pytest.fixture(params=["fake", "dynamodb"])
def members(request: pytest.FixtureRequest) -> Members:
    if request.param == "fake":
        return FakeMembers()
    return DynamoMembers(boto3.client("dynamodb"), table=request.getfixturevalue("table_name"))


def test_a_segment_that_nobody_entered_is_empty(members: Members) -> None:
    assert ([*members.people("vip")], members.count("vip")) == ([], 0)


def test_who_entered_is_in_it_since_then(members: Members) -> None:
    members.enter("vip", "u1", NOON, version=3)

    assert [*members.people("vip")] == [Member("u1", NOON)]
    assert members.count("vip") == 1


def test_who_left_is_no_longer_in_it(members: Members) -> None:
    members.enter("vip", "u1", NOON, version=3)
    members.leave("vip", "u1", NOON + 1, version=4)

    assert ([*members.people("vip")], members.count("vip")) == ([], 0)


def test_who_comes_back_is_in_it_since_the_last_time(members: Members) -> None:
    members.enter("vip", "u1", NOON, version=3)
    members.leave("vip", "u1", NOON + 1, version=4)
    members.enter("vip", "u1", NOON + 2, version=9)

    assert [*members.people("vip")] == [Member("u1", NOON + 2)]


@pytest.mark.parametrize("last_is_in", [True, False], ids=["in", "out"])
def test_changes_in_any_order_and_again_end_as_the_last_has_it(members: Members, last_is_in: bool) -> None:
    # All of one instant: a version, unlike a time, tells two turns of one instant apart.
    changes = [(5, last_is_in), (4, not last_is_in), (3, last_is_in)]
    orders = {f"u{number}": order for number, order in enumerate(permutations([*changes, changes[1]]))}
    for person, order in orders.items():
        for version, is_in in order:
            (members.enter if is_in else members.leave)("vip", person, NOON, version=version)

    assert {member.profile_id for member in members.people("vip")} == (set(orders) if last_is_in else set())


def test_a_time_that_goes_back_does_not_make_a_change_older(members: Members) -> None:
    members.enter("vip", "u1", NOON, version=3)
    members.leave("vip", "u1", NOON - DAY, version=4)

    assert members.count("vip") == 0


def test_segments_and_people_are_apart(members: Members) -> None:
    for segment, person in (("vip", "u1"), ("vip", "u2"), ("vip#1", "u1"), ("regulars", "u3")):
        members.enter(segment, person, NOON, version=1)
    members.leave("vip", "u2", NOON, version=2)
    members.leave("regulars", "u1", NOON, version=2)

    found = {segment: [*members.people(segment)] for segment in ("vip", "vip#1", "regulars")}

    assert found == {"vip": [Member("u1", NOON)], "vip#1": [Member("u1", NOON)], "regulars": [Member("u3", NOON)]}


@pytest.mark.parametrize("profile_id", ["Ø / ü", "a#b", " ", "anon:" + "🪵" * 256])
def test_whatever_an_id_holds_it_comes_back(members: Members, profile_id: str) -> None:
    members.enter("vip", profile_id, NOON, version=1)

    assert [*members.people("vip")] == [Member(profile_id, NOON)]


def test_everybody_is_read_and_counted_though_an_answer_holds_but_some(aws: None) -> None:
    create_table("small")
    client = own_client("dynamodb")
    client.meta.events.register("provide-client-params.dynamodb.Query", _two_at_a_time)
    members = DynamoMembers(client, table="small")
    people = {f"u{number}" for number in range(100)}
    for person in people:
        members.enter("vip", person, NOON, version=1)
    for person in list(people)[:30]:
        members.leave("vip", person, NOON, version=2)
        people.discard(person)

    found = [member.profile_id for member in members.people("vip")]

    assert sorted(found) == sorted(people)
    assert members.count("vip") == 70


def _two_at_a_time(params: dict[str, Any], **_: Any) -> None:
    params["Limit"] = 2


def test_reading_asks_for_no_more_than_is_wanted(table_name: str) -> None:
    members = DynamoMembers(boto3.client("dynamodb"), table=table_name)
    for number in range(200):
        members.enter("vip", f"u{number}", NOON, version=1)
    client = own_client("dynamodb")
    asked: list[None] = []
    client.meta.events.register("before-call.dynamodb.Query", lambda **_: asked.append(None))

    next(DynamoMembers(client, table=table_name).people("vip"))

    assert len(asked) == 1


def test_of_who_left_nothing_is_kept_for_ever(table_name: str) -> None:
    members = DynamoMembers(boto3.client("dynamodb"), table=table_name)
    members.enter("vip", "u1", NOON, version=1)
    members.leave("vip", "u1", NOON, version=2)
    members.leave("vip", "u2", NOON, version=1)
    members.leave("vip", "u3", NOON, version=1)
    members.enter("vip", "u3", NOON, version=2)

    items = boto3.client("dynamodb").scan(TableName=table_name)["Items"]

    expiries = {item["sk"]["S"]: item.get("expires_at") for item in items}
    gone = {"N": str((NOON + 150 * DAY) // 1_000)}
    assert expiries == {"u1": gone, "u2": gone, "u3": None}


def test_a_table_that_takes_no_more_is_tried_again_later(aws: None) -> None:
    client = own_client("dynamodb")
    with Stubber(client) as stubber:
        stubber.add_client_error("put_item", "ProvisionedThroughputExceededException")

        with pytest.raises(ThrottledError):
            DynamoMembers(client, table="carillon").enter("vip", "u1", NOON, version=1)
