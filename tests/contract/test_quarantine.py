"""What every ``Quarantine`` does: keep a thing whole, with its reasons, once."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from shared.adapters.quarantine import S3Quarantine
from shared.domain.events import Trust
from shared.domain.timing import DAY, format_instant
from shared.errors import Fault, RetryableError
from shared.ports.intake import Quarantine
from tests.builders import NOON
from tests.fakes.intake import FakeQuarantine

Kept = Callable[[], list[dict[str, Any]]]
BUCKET = "quarantine-bucket"
FAULTS = [Fault("detail.userId", "must be a string")]


@pytest.fixture(params=["fake", "s3"])
def quarantine(request: pytest.FixtureRequest) -> tuple[Quarantine, Kept]:
    if request.param == "fake":
        fake = FakeQuarantine()
        return fake, lambda: [
            {
                "source": kept.source,
                "received_at": format_instant(kept.received_at),
                "trust": kept.trust.value,
                "reasons": [{"path": fault.path, "message": fault.message} for fault in kept.faults],
                "raw": kept.raw,
            }
            for kept in fake.kept
        ]
    request.getfixturevalue("aws")
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})

    def kept() -> list[dict[str, Any]]:
        keys = [item["Key"] for item in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]
        return [json.loads(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()) for key in keys]

    return S3Quarantine(lambda: s3, bucket=BUCKET), kept


@pytest.mark.parametrize("raw", ["{not JSON", {"detail": {"userId": 5, "name": "é\ud800"}}, [None, 1.5], ""])
def test_what_is_kept_is_kept_whole(quarantine: tuple[Quarantine, Kept], raw: Any) -> None:
    door, kept = quarantine
    door.keep("bus", raw, FAULTS, NOON, Trust.SECRET)

    assert kept() == [
        {
            "source": "bus",
            "received_at": "2026-11-02T12:00:00.000Z",
            "trust": "secret",
            "reasons": [{"path": "detail.userId", "message": "must be a string"}],
            "raw": raw,
        }
    ]


def test_the_same_again_takes_the_place_of_the_first(quarantine: tuple[Quarantine, Kept]) -> None:
    door, kept = quarantine
    for _ in range(2):
        door.keep("bus", {"a": 1}, FAULTS, NOON)

    assert len(kept()) == 1


@pytest.mark.parametrize(("source", "raw"), [("http", {"a": 1}), ("bus", {"a": 2})], ids=["source", "content"])
def test_different_things_are_kept_apart(quarantine: tuple[Quarantine, Kept], source: str, raw: Any) -> None:
    door, kept = quarantine
    door.keep("bus", {"a": 1}, FAULTS, NOON)
    door.keep(source, raw, FAULTS, NOON)

    assert len(kept()) == 2


def test_objects_lie_by_the_day_of_their_arrival(aws: None) -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    for received_at in (NOON, NOON + DAY):
        S3Quarantine(lambda: s3, bucket=BUCKET).keep("bus", "x", FAULTS, received_at)

    keys = [item["Key"] for item in s3.list_objects_v2(Bucket=BUCKET)["Contents"]]
    assert [key.rpartition("/")[0] for key in keys] == ["quarantine/2026/11/02", "quarantine/2026/11/03"]


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("raw", "kept"),
    [({"price": float("nan"), "x": float("-inf")}, {"price": "NaN", "x": "-Infinity"}), (nested(5_000), None)],
    ids=["no number", "too deep"],
)
def test_what_json_cannot_hold_is_kept_as_near_as_it_can(aws: None, raw: Any, kept: Any) -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    S3Quarantine(lambda: s3, bucket=BUCKET).keep("bus", raw, FAULTS, NOON)

    (item,) = s3.list_objects_v2(Bucket=BUCKET)["Contents"]
    body = json.loads(s3.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read())
    assert kept is None or body["raw"] == kept


def test_a_failure_may_be_tried_again(aws: None) -> None:
    with pytest.raises(RetryableError):
        S3Quarantine(lambda: boto3.client("s3"), bucket="missing").keep("bus", "x", FAULTS, NOON)
