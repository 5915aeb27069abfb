"""What every ``KeptFiles`` does: changes objects by their text, in the order of their names, while there is time."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

from shared.adapters.kept_files import S3KeptFiles
from shared.errors import RetryableError
from shared.ports.rights import KeptFiles
from tests.fakes.rights import FakeKeptFiles

BUCKET = "failures"
HELD = {"aws/lambda/1": "ana", "quarantine/1": "ana, bo", "quarantine/2": "bo", "quarantine/3": "ana", "z": "ana"}

House = tuple[KeptFiles, Callable[[], dict[str, str]]]


@pytest.fixture
def s3(aws: None) -> Any:
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    for key, text in HELD.items():
        client.put_object(Bucket=BUCKET, Key=key, Body=text.encode())
    return client


@pytest.fixture(params=["fake", "s3"])
def house(request: pytest.FixtureRequest) -> House:
    """Holds ``HELD``; the second reads all that is there."""
    if request.param == "fake":
        fake = FakeKeptFiles(dict(HELD))
        return fake, lambda: fake.objects
    client = request.getfixturevalue("s3")
    return S3KeptFiles(client, bucket=BUCKET), lambda: objects(client)


def objects(s3: Any) -> dict[str, str]:
    keys = [item["Key"] for item in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]
    return {key: s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode() for key in keys}


def without_ana(_: str, text: str) -> str | None:
    return ", ".join(name for name in text.split(", ") if name != "ana") or None


def always() -> bool:
    return True


def test_objects_are_changed_removed_or_left_alone_below_the_prefix(house: House) -> None:
    files, read = house
    assert files.rewrite("quarantine/", without_ana, after="", may_go_on=always) == (2, "")
    assert read() == {"aws/lambda/1": "ana", "quarantine/1": "bo", "quarantine/2": "bo", "z": "ana"}


def test_doing_it_again_changes_nothing(house: House) -> None:
    files, _ = house
    files.rewrite("", without_ana, after="", may_go_on=always)
    assert files.rewrite("", without_ana, after="", may_go_on=always) == (0, "")


def test_the_change_is_told_the_name_and_they_come_in_its_order(house: House) -> None:
    files, _ = house
    seen: list[tuple[str, str]] = []

    def look(name: str, text: str) -> str:
        seen.append((name, text))
        return text

    files.rewrite("quarantine/", look, after="quarantine/1", may_go_on=always)
    assert seen == [("quarantine/2", "bo"), ("quarantine/3", "ana")]


def test_where_time_is_up_the_last_name_tells_where_to_go_on(house: House) -> None:
    files, read = house
    time: Iterator[bool] = iter([True, True, False])
    changed, stopped_at = files.rewrite("quarantine/", without_ana, after="", may_go_on=lambda: next(time))
    assert (changed, stopped_at) == (1, "quarantine/2")
    assert read()["quarantine/3"] == "ana"

    assert files.rewrite("quarantine/", without_ana, after=stopped_at, may_go_on=always) == (1, "")
    assert "quarantine/3" not in read()


def test_all_below_a_prefix_are_removed(house: House) -> None:
    files, read = house
    assert files.remove("quarantine/") == 3
    assert [*read()] == ["aws/lambda/1", "z"]
    assert files.remove("quarantine/") == 0


def test_an_object_that_somebody_else_removes_meanwhile_is_no_fault(s3: Any) -> None:
    def look(_: str, text: str) -> str:
        s3.delete_object(Bucket=BUCKET, Key="quarantine/2")
        return text

    files = S3KeptFiles(boto3.client("s3"), bucket=BUCKET)
    assert files.rewrite("quarantine/", look, after="", may_go_on=always) == (0, "")


def test_a_bucket_that_cannot_be_asked_is_told_of(aws: None) -> None:
    files = S3KeptFiles(boto3.client("s3"), bucket="missing")
    with pytest.raises(RetryableError):
        files.rewrite("", without_ana, after="", may_go_on=always)
    with pytest.raises(RetryableError):
        files.remove("")
