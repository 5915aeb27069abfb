"""The shop's own bucket of documents, such as invoices; each says in its metadata for whom it is."""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Final

from shared.adapters.aws_errors import AWS_ERRORS, error_code
from shared.errors import PermanentError, RetryableError
from shared.ports.sending import KeptDocument

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

RECIPIENTS: Final = "carillon-for"
"""The metadata's name: ``x-amz-meta-carillon-for`` over HTTP."""


class S3Documents:
    """Implements ``ports.sending.Documents``. ``client`` is called with the first document: few mails have one."""

    def __init__(self, client: "Callable[[], S3Client]", *, bucket: str, max_bytes: int) -> None:
        self._make = client
        self._bucket = bucket
        self._max_bytes = max_bytes

    @cached_property
    def _client(self) -> "S3Client":
        return self._make()

    def fetch(self, key: str) -> KeptDocument:
        if not self._bucket:
            raise RetryableError("the stage names no documents_bucket", code="no_documents_bucket")
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=key)
            if answer["ContentLength"] > self._max_bytes:
                raise PermanentError(f"a document has more than {self._max_bytes:,} bytes", code="documents_too_large")
            return KeptDocument(answer["Body"].read(), answer["Metadata"].get(RECIPIENTS, ""))
        except AWS_ERRORS as error:
            # Without the right to list, S3 says of what is not there that it is forbidden; so all of them may pass.
            raise RetryableError("a document cannot be read", code=error_code(error)) from error
