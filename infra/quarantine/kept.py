"""What the quarantine holds: objects of S3, by day, each with what came, why it was refused, and from whom."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from infra.errors import CommandError
from shared.adapters.quarantine import PREFIX, kept_body
from shared.domain.events import Trust
from shared.domain.timing import Instant, format_instant, parse_instant
from shared.errors import Fault

DAY_FORM: Final = "2026/11/02/"
SHORT: Final = 12
"""Digits of a digest that tell one thing from another of its day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One thing in quarantine. ``id`` is its day and the beginning of its digest: ``2026-11-02/3f2a91c0de55``."""

    key: str
    source: str
    received_at: Instant
    trust: Trust
    faults: Sequence[Fault]
    raw: Any

    @property
    def id(self) -> str:
        return short_id(self.key)

    def to_json(self) -> str:
        return kept_body(self.source, self.raw, self.faults, self.received_at, self.trust)


def short_id(key: str) -> str:
    day, _, digest = key.removeprefix(PREFIX).rpartition("/")
    return f"{day.replace('/', '-')}/{digest.removesuffix('.json')[:SHORT]}"


def read_kept(key: str, body: bytes) -> Kept:
    plain = json.loads(body)
    return Kept(
        key=key,
        source=plain["source"],
        received_at=parse_instant(plain["received_at"]),
        # What was kept before it was noted goes back in as what anybody may say.
        trust=Trust(plain.get("trust", Trust.SECRET if plain["source"].startswith("bus") else Trust.PUBLIC)),
        faults=[Fault(reason["path"], reason["message"]) for reason in plain["reasons"]],
        raw=plain["raw"],
    )


class Shelf:
    """The bucket's quarantine."""

    def __init__(self, s3: Any, bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    def all(self, *, since: Instant | None = None) -> Iterator[Kept]:
        """In the order of their days; those that vanish meanwhile are left out."""
        start = "" if since is None else f"{PREFIX}{format_instant(since)[:10].replace('-', '/')}"
        for key in self._keys(PREFIX, start):
            kept = self._load(key)
            if kept is not None and (since is None or kept.received_at >= since):
                yield kept

    def find(self, id_: str) -> Kept:
        """By its id, or the beginning of it that no other of that day has.

        Raises:
            CommandError: there is none, or more than one.
        """
        day, _, digest = id_.partition("/")
        keys = list(self._keys(f"{PREFIX}{day.replace('-', '/')}/{digest}", "")) if digest else []
        found = [kept for kept in map(self._load, keys[:2]) if kept is not None]
        if len(found) != 1:
            what = "several things have" if found else "nothing in quarantine has"
            raise CommandError(f"{what} the id {id_}", "`carillon quarantine list` has them all")
        return found[0]

    def put_back(self, kept: Kept, raw: Any, faults: Sequence[Fault]) -> None:
        """In its place what is left of it, with the reasons as they are now."""
        body = replace(kept, raw=raw, faults=faults).to_json().encode()
        self._s3.put_object(Bucket=self._bucket, Key=kept.key, Body=body, ContentType="application/json")

    def remove(self, kept: Kept) -> None:
        self._s3.delete_object(Bucket=self._bucket, Key=kept.key)

    def _keys(self, prefix: str, start: str) -> Iterator[str]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=prefix, **({"StartAfter": start} if start else {})
        )
        return (item["Key"] for page in pages for item in page.get("Contents", ()))

    def _load(self, key: str) -> Kept | None:
        try:
            return read_kept(key, self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read())
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchKey":
                return None
            raise


AWS_FAILURES: Final = (BotoCoreError, ClientError)
