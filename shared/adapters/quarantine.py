"""The quarantine in S3: one object for each thing that could not be understood, until someone looks."""

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from shared.adapters.aws_errors import AWS_ERRORS, translate
from shared.domain.events import Trust
from shared.domain.timing import Instant, format_instant, to_datetime
from shared.errors import Fault

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PREFIX: Final = "quarantine/"
DEEPEST_KEPT: Final = 100
"""Levels: more cannot be written as JSON, and nobody meant it."""


class S3Quarantine:
    """Implements ``ports.intake.Quarantine``: ``quarantine/<yyyy>/<mm>/<dd>/<id>.json``, the id a digest of it.

    ``connect`` gives the client when it is first needed, which few invocations live to see.
    """

    def __init__(self, connect: "Callable[[], S3Client]", *, bucket: str) -> None:
        self._connect = connect
        self._bucket = bucket

    def keep(
        self, source: str, raw: Any, faults: Sequence[Fault], received_at: Instant, trust: Trust = Trust.PUBLIC
    ) -> None:
        try:
            self._connect().put_object(
                Bucket=self._bucket,
                Key=quarantine_key(source, raw, received_at),
                Body=kept_body(source, raw, faults, received_at, trust).encode(),
                ContentType="application/json",
            )
        except AWS_ERRORS as error:
            raise translate(error) from error


def kept_body(source: str, raw: Any, faults: Sequence[Fault], received_at: Instant, trust: Trust) -> str:
    """What an object holds."""
    return _to_json(
        {
            "source": source,
            "received_at": format_instant(received_at),
            "trust": trust.value,
            "reasons": [{"path": fault.path, "message": fault.message} for fault in faults],
            "raw": raw,
        }
    )


def quarantine_key(source: str, raw: Any, received_at: Instant) -> str:
    """The same thing received on the same day has the same key: a second delivery takes the place of the first."""
    digest = hashlib.sha256(f"{source}\n{_to_json(raw)}".encode()).hexdigest()[:32]
    return f"{PREFIX}{to_datetime(received_at):%Y/%m/%d}/{digest}.json"


def _to_json(value: Any) -> str:
    """ASCII, so that halves of surrogate pairs are kept too; what is no number becomes text, so that it stays JSON."""
    try:
        return json.dumps(value, allow_nan=False)
    except ValueError:
        return json.dumps(json.loads(json.dumps(value), parse_constant=str))
    except RecursionError:
        return _to_json(_cut(value, DEEPEST_KEPT))


def _cut(value: Any, levels: int) -> Any:
    """The value with what lies deeper than so many levels left out."""
    if isinstance(value, dict):
        return {key: _cut(item, levels - 1) for key, item in value.items()} if levels else "…"
    if isinstance(value, list):
        return [_cut(item, levels - 1) for item in value] if levels else "…"
    return value
