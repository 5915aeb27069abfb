"""What every ``JourneyVersions`` does: keeps each version once, for ever, as it was."""

from typing import Any

import boto3
import pytest

from shared.adapters.dynamodb.journey_versions import DynamoJourneyVersions
from shared.errors import PermanentError
from shared.ports.playbook import JourneyVersions
from tests.fakes.playbook import FakeJourneyVersions
from tests.stories import a_journey


@pytest.fixture(params=["fake", "dynamodb"])
def versions(request: pytest.FixtureRequest) -> JourneyVersions:
    if request.param == "fake":
        return FakeJourneyVersions()
    return DynamoJourneyVersions(boto3.client("dynamodb"), table=request.getfixturevalue("table_name"))


def test_one_never_kept_is_none(versions: JourneyVersions) -> None:
    assert versions.load("welcome", "v1") is None


@pytest.mark.parametrize("source", [a_journey(), a_journey(holdout="0.5%", title="Überraschung 🎁")])
def test_one_that_is_kept_comes_back_as_it_was(versions: JourneyVersions, source: Any) -> None:
    versions.keep("welcome", "v1", source)
    assert versions.load("welcome", "v1") == source


def test_versions_and_journeys_are_kept_apart(versions: JourneyVersions) -> None:
    versions.keep("welcome", "v1", {"title": "one"})
    versions.keep("welcome", "v2", {"title": "two"})
    versions.keep("goodbye", "v1", {"title": "three"})
    found = [versions.load(*key)["title"] for key in (("welcome", "v1"), ("welcome", "v2"), ("goodbye", "v1"))]
    assert found == ["one", "two", "three"]


def test_what_is_kept_stays_as_it_was_first(versions: JourneyVersions) -> None:
    versions.keep("welcome", "v1", {"title": "one"})
    versions.keep("welcome", "v1", {"title": "other"})
    assert versions.load("welcome", "v1") == {"title": "one"}


def test_one_that_cannot_be_read_is_an_error_that_lasts(table_name: str) -> None:
    client = boto3.client("dynamodb")
    item = {"pk": {"S": "JOURNEY#welcome"}, "sk": {"S": "v1"}, "source": {"B": b"nothing"}}
    client.put_item(TableName=table_name, Item=item)  # type: ignore[arg-type]
    with pytest.raises(PermanentError, match="cannot be read"):
        DynamoJourneyVersions(client, table=table_name).load("welcome", "v1")
