"""What every ``Aliases`` does: an identifier belongs to whoever claimed it first."""

import boto3
import pytest
from botocore.stub import Stubber

from shared.adapters.dynamodb.aliases import ATTEMPTS, DynamoAliases
from shared.errors import ThrottledError
from shared.ports import Aliases
from tests.fakes import FakeAliases


@pytest.fixture(params=["fake", "dynamodb"])
def aliases(request: pytest.FixtureRequest) -> Aliases:
    if request.param == "fake":
        return FakeAliases()
    return DynamoAliases(boto3.client("dynamodb"), table=request.getfixturevalue("table_name"))


def test_an_unclaimed_identifier_is_nobodys(aliases: Aliases) -> None:
    assert aliases.resolve([("email", "ana@example.com")]) == {}


def test_a_free_identifier_goes_to_who_claims_it(aliases: Aliases) -> None:
    assert aliases.claim("email", "ana@example.com", "u1") == "u1"
    assert aliases.resolve([("email", "ana@example.com")]) == {("email", "ana@example.com"): "u1"}


def test_the_first_claim_stands(aliases: Aliases) -> None:
    aliases.claim("email", "ana@example.com", "u1")

    assert aliases.claim("email", "ana@example.com", "u2") == "u1"
    assert aliases.resolve([("email", "ana@example.com")]) == {("email", "ana@example.com"): "u1"}


def test_claiming_again_changes_nothing(aliases: Aliases) -> None:
    aliases.claim("anonymous", "a1", "u1")

    assert aliases.claim("anonymous", "a1", "u1") == "u1"


@pytest.mark.parametrize("other", [("phone", "x"), ("email", "y")], ids=["kind", "value"])
def test_identifiers_differ_by_kind_and_by_value(aliases: Aliases, other: tuple[str, str]) -> None:
    aliases.claim("email", "x", "u1")

    assert aliases.resolve([other]) == {}


def test_an_identifier_may_be_longer_than_a_key(aliases: Aliases) -> None:
    aliases.claim("anonymous", "a" * 5_000, "u1")

    assert aliases.resolve([("anonymous", "a" * 5_000)]) == {("anonymous", "a" * 5_000): "u1"}
    assert aliases.resolve([("anonymous", "a" * 5_001)]) == {}


def test_many_are_resolved_at_once(aliases: Aliases) -> None:
    for number in range(0, 250, 2):
        aliases.claim("anonymous", f"a{number}", f"u{number}")

    found = aliases.resolve([("anonymous", f"a{number}") for number in range(250)])

    assert found == {("anonymous", f"a{number}"): f"u{number}" for number in range(0, 250, 2)}


def test_what_the_table_leaves_out_is_asked_for_again(aws: None) -> None:
    left_out = {"carillon": {"Keys": [{"pk": {"S": "ALIAS#phone#+353870000000"}, "sk": {"S": "ALIAS"}}]}}
    item = {"pk": {"S": "ALIAS#phone#+353870000000"}, "sk": {"S": "ALIAS"}, "profile": {"S": "u1"}}
    client = boto3.client("dynamodb")
    with Stubber(client) as stubber:
        stubber.add_response("batch_get_item", {"Responses": {}, "UnprocessedKeys": left_out})
        stubber.add_response("batch_get_item", {"Responses": {"carillon": [item]}}, {"RequestItems": left_out})

        found = DynamoAliases(client, table="carillon").resolve([("phone", "+353870000000")])

    assert found == {("phone", "+353870000000"): "u1"}


def test_a_table_that_leaves_out_for_ever_is_tried_again_later(aws: None) -> None:
    left_out = {"carillon": {"Keys": [{"pk": {"S": "ALIAS#email#x"}, "sk": {"S": "ALIAS"}}]}}
    client = boto3.client("dynamodb")
    with Stubber(client) as stubber:
        for _ in range(ATTEMPTS):
            stubber.add_response("batch_get_item", {"Responses": {}, "UnprocessedKeys": left_out})

        with pytest.raises(ThrottledError):
            DynamoAliases(client, table="carillon").resolve([("email", "x")])
