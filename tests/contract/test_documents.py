"""What every ``Documents`` does: the document with whom it is for, or why there is none."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from shared.adapters.documents import S3Documents
from shared.errors import PermanentError, RetryableError
from shared.ports.sending import Documents, KeptDocument
from tests.aws import pretended_aws
from tests.fakes.sending import FakeDocuments

Keep = Callable[[str, bytes, str], Any]


@pytest.fixture(params=["fake", "s3"])
def documents(request: pytest.FixtureRequest) -> Any:
    """The documents, and how one gets there."""
    if request.param == "fake":
        fake = FakeDocuments(max_bytes=10)
        yield fake, lambda key, content, for_: fake.kept.update({key: KeptDocument(content, for_)})
        return
    with pretended_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="shop", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})

        def keep(key: str, content: bytes, for_: str) -> None:
            client.put_object(Bucket="shop", Key=key, Body=content, Metadata={"carillon-for": for_} if for_ else {})

        yield S3Documents(lambda: client, bucket="shop", max_bytes=10), keep


@pytest.mark.parametrize("for_", ["ana@example.com, u1", ""])
def test_a_document_is_given_with_whom_it_is_for(documents: tuple[Documents, Keep], for_: str) -> None:
    kept, keep = documents
    keep("invoices/o7.pdf", b"%PDF-1.7 !", for_)

    assert kept.fetch("invoices/o7.pdf") == KeptDocument(b"%PDF-1.7 !", for_)


def test_one_that_is_not_there_may_come_later(documents: tuple[Documents, Keep]) -> None:
    with pytest.raises(RetryableError):
        documents[0].fetch("invoices/o7.pdf")


def test_one_that_no_mail_carries_is_refused(documents: tuple[Documents, Keep]) -> None:
    kept, keep = documents
    keep("invoices/o7.pdf", b"%PDF-1.7 !!", "u1")

    with pytest.raises(PermanentError):
        kept.fetch("invoices/o7.pdf")


def test_a_stage_without_a_bucket_says_so() -> None:
    with pytest.raises(RetryableError, match="documents_bucket"):
        S3Documents(lambda: boto3.client("s3"), bucket="", max_bytes=10).fetch("invoices/o7.pdf")
