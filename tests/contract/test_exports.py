"""What every ``Exports`` does: keeps a document whole, or not at all, and tells where it can be fetched."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest

from shared.adapters.exports import PART, S3Exports
from shared.domain.timing import SECOND
from shared.errors import RetryableError
from shared.ports.rights import LINK_LASTS, Exports
from tests.fakes.rights import FakeExports

BUCKET = "exports"
NAME = "3f2a/ana.json"

House = tuple[Exports, Callable[[str], bytes | None]]


@pytest.fixture(params=["fake", "s3"])
def house(request: pytest.FixtureRequest) -> House:
    """The second reads a document; ``None``: there is none."""
    if request.param == "fake":
        fake = FakeExports()
        return fake, fake.kept.get
    request.getfixturevalue("aws")
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})

    def read(name: str) -> bytes | None:
        keys = [item["Key"] for item in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]
        key = f"exports/{name}"
        return s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() if key in keys else None

    return S3Exports(lambda: s3, bucket=BUCKET), read


@pytest.mark.parametrize(
    "pieces",
    [[b"{", b'"a": 1', b"}"], [], [b""], [b"x" * (PART - 1), b"yz", b"w"]],
    ids=["one", "none", "empty", "parts"],
)
def test_a_document_is_kept_as_it_was_written(house: House, pieces: list[bytes]) -> None:
    exports, read = house
    exports.keep(NAME, iter(pieces))
    assert read(NAME) == b"".join(pieces)


def test_the_same_name_again_takes_the_place(house: House) -> None:
    exports, read = house
    exports.keep(NAME, iter([b"before"]))
    exports.keep(NAME, iter([b"after"]))
    exports.keep("another", iter([b"else"]))
    assert read(NAME) == b"after"


def test_what_was_cut_off_is_no_document(house: House) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise RetryableError("the table does not answer")

    exports, read = house
    with pytest.raises(RetryableError):
        exports.keep(NAME, broken())
    assert read(NAME) is None


def test_each_document_has_a_link_of_its_own(house: House) -> None:
    exports, _ = house
    for name in (NAME, "another"):
        exports.keep(name, iter([b"x"]))
    assert NAME in exports.link(NAME)
    assert exports.link(NAME) != exports.link("another")


def test_a_link_is_good_for_a_quarter_of_an_hour(aws: None) -> None:
    link = urlsplit(S3Exports(lambda: boto3.client("s3"), bucket=BUCKET).link(NAME))
    query: dict[str, Any] = parse_qs(link.query)
    [lasts] = [value for name, [value] in query.items() if name.endswith("Expires")]
    assert link.path.endswith(f"exports/{NAME}")
    assert LINK_LASTS == 900 * SECOND
    assert "X-Amz-Expires" not in query or lasts == "900"


def test_a_bucket_that_cannot_be_asked_is_told_of(aws: None) -> None:
    with pytest.raises(RetryableError):
        S3Exports(lambda: boto3.client("s3"), bucket="missing").keep(NAME, iter([b"x"]))
