"""The bucket of failures, object by object."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from shared.adapters.aws_errors import AWS_ERRORS, error_code, translate

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class S3KeptFiles:
    """Implements ``ports.rights.KeptFiles``."""

    def __init__(self, client: "S3Client", *, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def rewrite(
        self, prefix: str, change: Callable[[str, str], str | None], *, after: str, may_go_on: Callable[[], bool]
    ) -> tuple[int, str]:
        changed, last = 0, after
        try:
            for key in self._keys(prefix, after):
                if not may_go_on():
                    return changed, last
                changed += self._rewrite(key, change)
                last = key
        except AWS_ERRORS as error:
            raise translate(error) from error
        return changed, ""

    def remove(self, prefix: str) -> int:
        try:
            keys = list(self._keys(prefix, ""))
            for key in keys:
                self._client.delete_object(Bucket=self._bucket, Key=key)
        except AWS_ERRORS as error:
            raise translate(error) from error
        return len(keys)

    def _rewrite(self, key: str, change: Callable[[str, str], str | None]) -> int:
        try:
            body = self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        except AWS_ERRORS as error:
            if error_code(error) == "NoSuchKey":  # expired, or somebody else was here
                return 0
            raise
        text = body.decode("utf-8", "replace")
        left = change(key, text)
        if left == text:
            return 0
        if left is None:
            self._client.delete_object(Bucket=self._bucket, Key=key)
        else:
            self._client.put_object(Bucket=self._bucket, Key=key, Body=left.encode(), ContentType="application/json")
        return 1

    def _keys(self, prefix: str, after: str) -> Iterator[str]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=prefix, StartAfter=after
        )
        for page in pages:
            yield from (item["Key"] for item in page.get("Contents", ()))
