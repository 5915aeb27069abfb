"""What every ``Aliases`` does: an identifier belongs to whoever claimed it first."""

import boto3
import pytest

from shared.adapters.dynamodb.aliases import DynamoAliases
from shared.ports import Aliases
from tests.fakes import FakeAliases


@pytest.fixture(params=["fake", "dynamodb"])
def aliases(request: pytest.FixtureRequest) -> Aliases:
    if request.param == "fake":
        return FakeAliases()
    return DynamoAliases(boto3.client("dynamodb"), table=request.getfixturevalue("table_name"))


def test_an_unclaimed_identifier_is_nobodys(aliases: Aliases) -> None:
    assert aliases.resolve("email", "ana@example.com") is None


def test_a_free_identifier_goes_to_who_claims_it(aliases: Aliases) -> None:
    assert aliases.claim("email", "ana@example.com", "u1") == "u1"
    assert aliases.resolve("email", "ana@example.com") == "u1"


def test_the_first_claim_stands(aliases: Aliases) -> None:
    aliases.claim("email", "ana@example.com", "u1")

    assert aliases.claim("email", "ana@example.com", "u2") == "u1"
    assert aliases.resolve("email", "ana@example.com") == "u1"


def test_claiming_again_changes_nothing(aliases: Aliases) -> None:
    aliases.claim("anonymous", "a1", "u1")

    assert aliases.claim("anonymous", "a1", "u1") == "u1"


@pytest.mark.parametrize("other", [("phone", "x"), ("email", "y")], ids=["kind", "value"])
def test_identifiers_differ_by_kind_and_by_value(aliases: Aliases, other: tuple[str, str]) -> None:
    aliases.claim("email", "x", "u1")

    assert aliases.resolve(*other) is None


def test_an_identifier_may_be_longer_than_a_key(aliases: Aliases) -> None:
    aliases.claim("anonymous", "a" * 5_000, "u1")

    assert aliases.resolve("anonymous", "a" * 5_000) == "u1"
    assert aliases.resolve("anonymous", "a" * 5_001) is None
