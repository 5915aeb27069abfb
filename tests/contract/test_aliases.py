"""What every ``Aliases`` does: an identifier belongs to who claimed it with the best right, of equals to the first."""

from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from shared.adapters.dynamodb.aliases import ATTEMPTS, DynamoAliases
from shared.domain.identity.identifiers import Held
from shared.errors import ThrottledError
from shared.ports.people import Aliases
from tests.aws import own_client
from tests.fakes.people import FakeAliases


@pytest.fixture(params=["fake", "dynamodb"])
def aliases(request: pytest.FixtureRequest) -> Aliases:
    if request.param == "fake":
        return FakeAliases()
    return DynamoAliases(boto3.client("dynamodb"), table=request.getfixturevalue("table_name"))


def test_an_unclaimed_identifier_is_nobodys(aliases: Aliases) -> None:
    assert aliases.resolve([("email", "ana@example.com")]) == {}


def test_a_free_identifier_goes_to_who_claims_it(aliases: Aliases) -> None:
    assert aliases.claim("email", "ana@example.com", "u1") == "u1"
    assert aliases.resolve([("email", "ana@example.com")]) == {("email", "ana@example.com"): Held("u1")}


def test_the_first_claim_stands(aliases: Aliases) -> None:
    aliases.claim("email", "ana@example.com", "u1")

    assert aliases.claim("email", "ana@example.com", "u2") == "u1"
    assert aliases.resolve([("email", "ana@example.com")]) == {("email", "ana@example.com"): Held("u1")}


WEAK: dict[str, Any] = {}
VOUCHED: dict[str, Any] = {"vouched": True}


@pytest.mark.parametrize(
    ("first", "first_how", "second", "second_how", "owner"),
    [
        ("u1", WEAK, "u2", VOUCHED, "u2"),
        ("u1", VOUCHED, "u2", VOUCHED, "u1"),
        ("u1", VOUCHED, "u2", WEAK, "u1"),
        ("anon:a1", WEAK, "u2", WEAK, "u2"),
        ("anon:a1", WEAK, "anon:a2", WEAK, "anon:a1"),
        ("anon:a1", VOUCHED, "u2", WEAK, "anon:a1"),
        ("anon:a1", VOUCHED, "u2", VOUCHED, "u2"),
        ("u1", WEAK, "anon:a1", WEAK, "u1"),
        ("u1", WEAK, "anon:a1", VOUCHED, "anon:a1"),
        ("u1", VOUCHED, "u2", {"over": ("u0", "u1")}, "u2"),
        ("u1", VOUCHED, "u2", {"over": ("u0",)}, "u1"),
    ],
)
def test_a_claim_is_settled_by_its_right(
    aliases: Aliases, first: str, first_how: dict[str, Any], second: str, second_how: dict[str, Any], owner: str
) -> None:
    aliases.claim("email", "ana@example.com", first, **first_how)

    assert aliases.claim("email", "ana@example.com", second, **second_how) == owner
    assert aliases.owner("email", "ana@example.com") == owner
    [held] = aliases.resolve([("email", "ana@example.com")]).values()
    assert held == Held(owner, is_vouched=VOUCHED in (first_how, second_how))


def test_what_was_vouched_for_stays_so(aliases: Aliases) -> None:
    aliases.claim("email", "x", "u1")
    aliases.claim("email", "x", "u1", vouched=True)
    aliases.claim("email", "x", "u1")
    assert aliases.claim("email", "x", "u2", vouched=True) == "u1"

    aliases.claim("email", "x", "u2", over=("u1",))
    assert aliases.claim("email", "x", "u1", vouched=True) == "u2"


def test_nobody_owns_what_nobody_claimed(aliases: Aliases) -> None:
    assert aliases.owner("email", "ana@example.com") is None


def notes(table_name: str) -> set[tuple[str, str]]:
    items = boto3.client("dynamodb").scan(TableName=table_name)["Items"]
    return {(item["pk"]["S"], item["sk"]["S"]) for item in items if item["pk"]["S"].startswith("PROFILE#")}


def test_what_is_a_persons_is_noted_with_them_alone(table_name: str) -> None:
    aliases = DynamoAliases(boto3.client("dynamodb"), table=table_name)
    aliases.claim("email", "x", "u1")
    assert aliases.claim("email", "x", "u3") == "u1"
    assert notes(table_name) == {("PROFILE#u1", "IDENTIFIER#email#x")}

    aliases.claim("email", "x", "u2", vouched=True)
    assert notes(table_name) == {("PROFILE#u2", "IDENTIFIER#email#x")}


def test_a_note_of_a_very_long_identifier_fits_its_key(table_name: str) -> None:
    DynamoAliases(boto3.client("dynamodb"), table=table_name).claim("anonymous", "😀" * 256, "u1")

    [(_, sort_key)] = notes(table_name)
    assert len(sort_key.encode()) <= 1_024


def test_a_claim_that_another_one_overtook_is_settled_anew(table_name: str) -> None:
    client = own_client("dynamodb")
    aliases = DynamoAliases(client, table=table_name)
    aliases.claim("email", "x", "anon:a1")
    overtaken: list[Any] = []

    def overtake(params: dict[str, Any], **_: Any) -> None:
        if ":held" in params.get("ExpressionAttributeValues", {}) and not overtaken:
            overtaken.append(params)
            DynamoAliases(boto3.client("dynamodb"), table=table_name).claim("email", "x", "u2", vouched=True)

    client.meta.events.register("provide-client-params.dynamodb.PutItem", overtake)

    assert aliases.claim("email", "x", "u1") == "u2"
    assert overtaken
    assert notes(table_name) == {("PROFILE#u2", "IDENTIFIER#email#x")}


def test_claiming_again_changes_nothing(aliases: Aliases) -> None:
    aliases.claim("anonymous", "a1", "u1")

    assert aliases.claim("anonymous", "a1", "u1") == "u1"


@pytest.mark.parametrize("other", [("phone", "x"), ("email", "y")], ids=["kind", "value"])
def test_identifiers_differ_by_kind_and_by_value(aliases: Aliases, other: tuple[str, str]) -> None:
    aliases.claim("email", "x", "u1")

    assert aliases.resolve([other]) == {}


def test_an_identifier_may_be_longer_than_a_key(aliases: Aliases) -> None:
    aliases.claim("anonymous", "a" * 5_000, "u1")

    assert aliases.resolve([("anonymous", "a" * 5_000)]) == {("anonymous", "a" * 5_000): Held("u1")}
    assert aliases.resolve([("anonymous", "a" * 5_001)]) == {}


def test_many_are_resolved_at_once(aliases: Aliases) -> None:
    for number in range(0, 250, 2):
        aliases.claim("anonymous", f"a{number}", f"u{number}")

    found = aliases.resolve([("anonymous", f"a{number}") for number in range(250)])

    assert found == {("anonymous", f"a{number}"): Held(f"u{number}") for number in range(0, 250, 2)}


def test_all_that_is_a_persons_is_found_with_them(aliases: Aliases) -> None:
    for kind, value in (("phone", "+353870000000"), ("anonymous", "a1"), ("email", "ana@example.com")):
        aliases.claim(kind, value, "u1")
    aliases.claim("user", "u1", "u2", vouched=True)
    aliases.claim("email", "ana@example.com", "u2", vouched=True, over=("u1",))

    assert [*aliases.of("u1")] == [("anonymous", "a1"), ("phone", "+353870000000")]
    assert [*aliases.of("u2")] == [("email", "ana@example.com"), ("user", "u1")]
    assert [*aliases.of("nobody")] == []


def test_what_the_table_leaves_out_is_asked_for_again(aws: None) -> None:
    left_out = {"carillon": {"Keys": [{"pk": {"S": "ALIAS#phone#+353870000000"}, "sk": {"S": "ALIAS"}}]}}
    item = {"pk": {"S": "ALIAS#phone#+353870000000"}, "sk": {"S": "ALIAS"}, "profile": {"S": "u1"}}
    client = own_client("dynamodb")
    with Stubber(client) as stubber:
        stubber.add_response("batch_get_item", {"Responses": {}, "UnprocessedKeys": left_out})
        stubber.add_response("batch_get_item", {"Responses": {"carillon": [item]}}, {"RequestItems": left_out})

        found = DynamoAliases(client, table="carillon").resolve([("phone", "+353870000000")])

    assert found == {("phone", "+353870000000"): Held("u1")}


def test_a_table_that_leaves_out_for_ever_is_tried_again_later(aws: None) -> None:
    left_out = {"carillon": {"Keys": [{"pk": {"S": "ALIAS#email#x"}, "sk": {"S": "ALIAS"}}]}}
    client = own_client("dynamodb")
    with Stubber(client) as stubber:
        for _ in range(ATTEMPTS):
            stubber.add_response("batch_get_item", {"Responses": {}, "UnprocessedKeys": left_out})

        with pytest.raises(ThrottledError):
            DynamoAliases(client, table="carillon").resolve([("email", "x")])
