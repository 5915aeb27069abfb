"""Exports in S3: a document goes up in parts as it is made, is fetched by a link, and is gone within days."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from shared.adapters.aws_errors import AWS_ERRORS, translate
from shared.domain.timing import SECOND
from shared.ports.rights import LINK_LASTS

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

PREFIX: Final = "exports/"
PART: Final = 6_000_000
"""Bytes; S3 takes no part below 5 MiB but the last."""


class S3Exports:
    """Implements ``ports.rights.Exports``: ``exports/<name>``. What was cut off never becomes an object."""

    def __init__(self, connect: "Callable[[], S3Client]", *, bucket: str) -> None:
        self._connect = connect
        self._bucket = bucket

    def keep(self, name: str, content: Iterator[bytes]) -> None:
        client = self._connect()
        place = {"Bucket": self._bucket, "Key": PREFIX + name}
        try:
            upload = client.create_multipart_upload(**place, ContentType="application/json")["UploadId"]  # type: ignore[arg-type]
            parts: list[CompletedPartTypeDef] = []
            for number, part in enumerate(in_parts(content), 1):
                answer = client.upload_part(**place, UploadId=upload, PartNumber=number, Body=part)  # type: ignore[arg-type]
                parts.append({"PartNumber": number, "ETag": answer["ETag"]})
            client.complete_multipart_upload(**place, UploadId=upload, MultipartUpload={"Parts": parts})  # type: ignore[arg-type]
        except AWS_ERRORS as error:
            raise translate(error) from error

    def link(self, name: str) -> str:
        return self._connect().generate_presigned_url(
            "get_object", Params={"Bucket": self._bucket, "Key": PREFIX + name}, ExpiresIn=LINK_LASTS // SECOND
        )


def in_parts(content: Iterator[bytes]) -> Iterator[bytes]:
    """The content in pieces of ``PART`` bytes, the last one shorter; at least one."""
    waiting = bytearray()
    is_first = True
    for chunk in content:
        waiting += chunk
        while len(waiting) >= PART:
            yield bytes(waiting[:PART])
            del waiting[:PART]
            is_first = False
    if waiting or is_first:
        yield bytes(waiting)
