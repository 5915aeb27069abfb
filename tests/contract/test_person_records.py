"""What every ``PersonRecords`` does: tell all that is kept under a person's id, whoever put it there."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import boto3
import pytest
from boto3.dynamodb.types import TypeSerializer

from shared.adapters.dynamodb.aliases import DynamoAliases
from shared.adapters.dynamodb.packing import pack
from shared.adapters.dynamodb.person_records import DynamoPersonRecords
from shared.adapters.dynamodb.profiles import DynamoProfiles
from shared.adapters.dynamodb.timeline import DynamoTimeline
from shared.errors import RetryableError
from shared.ports.people import Aliases, PersonRecord, PersonRecords
from tests.builders import a_profile, an_event
from tests.fakes.people import FakeAliases, FakePersonRecords

Put = Callable[[str, PersonRecord], None]
House = tuple[PersonRecords, Put, Aliases]


def put_item(table: str, profile_id: str, record: PersonRecord) -> None:
    key = {"pk": f"PROFILE#{profile_id}", "sk": f"{record.kind}#{record.key}"}
    item = {name: TypeSerializer().serialize(value) for name, value in {**key, **record.facts}.items()}
    boto3.client("dynamodb").put_item(TableName=table, Item=item)


@pytest.fixture(params=["fake", "dynamodb"])
def house(request: pytest.FixtureRequest) -> House:
    """The second keeps a record of a profile id."""
    if request.param == "fake":
        fake = FakePersonRecords(aliases=FakeAliases())
        return fake, lambda profile_id, record: fake.records.setdefault(profile_id, []).append(record), fake.aliases
    table = request.getfixturevalue("table_name")
    client = boto3.client("dynamodb")
    return (
        DynamoPersonRecords(client, table=table),
        lambda profile_id, record: put_item(table, profile_id, record),
        DynamoAliases(client, table=table),
    )


def a_record(kind: str, key: str, **facts: Any) -> PersonRecord:
    return PersonRecord(kind, key, facts)


def test_every_kind_is_told_by_kind_and_key(house: House) -> None:
    records, put, _ = house
    told = [
        a_record("CONSENT", "2026-11-02T12:00:00.000Z#m1", topic="news"),
        a_record("CONSENT", "2026-11-03T12:00:00.000Z#m0", topic="*"),
        a_record("MERGE", "2026-11-02T12:00:00.000Z#7#anon:a1", at=7),
        a_record("MESSAGE", "2026-11-02T12:00:00.000Z#0f", name="welcome"),
        a_record("NEVER HEARD OF", "x", words=["a", 1, None, True, {"b": "c"}]),
    ]
    for record in reversed(told):
        put("u1", record)
    assert [*records.of("u1")] == told


def test_people_have_records_of_their_own(house: House) -> None:
    records, put, _ = house
    put("u1", a_record("CONSENT", "1"))
    put("u11", a_record("CONSENT", "2"))
    assert [record.key for record in records.of("u1")] == ["1"]
    assert [*records.of("nobody")] == []


def test_what_leads_to_a_person_is_among_them(house: House) -> None:
    records, _, aliases = house
    aliases.claim("email", "ana@example.com", "u1")
    aliases.claim("anonymous", "a1", "u1")
    assert [(record.kind, record.facts) for record in records.of("u1")] == [
        ("IDENTIFIER", {"kind": "anonymous", "value": "a1"}),
        ("IDENTIFIER", {"kind": "email", "value": "ana@example.com"}),
    ]


def test_a_person_with_much_is_told_to_the_end(house: House) -> None:
    records, put, _ = house
    for number in range(4):
        put("u1", a_record("CONSENT", str(number), text="x" * 390_000))
    assert [record.key for record in records.of("u1")] == ["0", "1", "2", "3"]


def test_profile_and_timeline_are_none_of_them(table_name: str) -> None:
    client = boto3.client("dynamodb")
    DynamoProfiles(client, table=table_name).save(a_profile(), ())
    DynamoTimeline(client, table=table_name).append("u1", [an_event()])
    put_item(table_name, "u1", a_record("EVENT", "a kind of its own"))
    assert [record.kind for record in DynamoPersonRecords(client, table=table_name).of("u1")] == ["EVENT"]


@pytest.mark.parametrize(
    ("attribute", "expected"),
    [
        (Decimal(7), 7),
        (Decimal("7.5"), "7.5"),
        ({"b", "a"}, ["a", "b"]),
        (pack({"traits": {"firstName": "Ana"}}), {"traits": {"firstName": "Ana"}}),
        (b"\x00\x01", "AAE="),
    ],
)
def test_every_attribute_is_told_as_plain_json(table_name: str, attribute: Any, expected: Any) -> None:
    put_item(table_name, "u1", a_record("CONSENT", "1", held=attribute))
    [record] = DynamoPersonRecords(boto3.client("dynamodb"), table=table_name).of("u1")
    facts: Mapping[str, Any] = record.facts
    assert facts == {"held": expected}


def test_where_the_table_cannot_be_asked_that_is_said(aws: None) -> None:
    with pytest.raises(RetryableError):
        [*DynamoPersonRecords(boto3.client("dynamodb"), table="missing").of("u1")]
