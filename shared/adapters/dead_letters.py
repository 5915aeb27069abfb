"""The dead letters of all queues: one person's are taken out, everybody else's become visible again as they were."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from shared.adapters.aws_errors import AWS_ERRORS, translate

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

HIDDEN_FOR: Final = 600
"""Seconds for which a letter stays hidden that was looked at, should nobody make it visible again."""

MOST: Final = 10_000
"""Letters that are looked at in one queue: more is an outage, which is mended first."""

BATCH: Final = 10

WAIT = 1
"""Seconds; nobody else waits for the answer."""


class SqsDeadLetters:
    """Implements ``ports.rights.DeadLetters``. A letter that is looked at counts one receive more."""

    def __init__(self, client: "SQSClient", *, queue_urls: Sequence[str]) -> None:
        self._client = client
        self._queue_urls = queue_urls

    def remove(self, is_theirs: Callable[[str], bool]) -> int:
        try:
            return sum(self._remove(queue_url, is_theirs) for queue_url in self._queue_urls)
        except AWS_ERRORS as error:
            raise translate(error) from error

    def _remove(self, queue_url: str, is_theirs: Callable[[str], bool]) -> int:
        removed = 0
        others: list[str] = []
        try:
            while removed + len(others) < MOST:
                # Asking for a while asks every server of the queue: an empty answer means that nothing is left.
                letters = self._client.receive_message(
                    QueueUrl=queue_url,
                    MaxNumberOfMessages=BATCH,
                    VisibilityTimeout=HIDDEN_FOR,
                    WaitTimeSeconds=WAIT,
                ).get("Messages", [])
                if not letters:
                    break
                for letter in letters:
                    if is_theirs(letter["Body"]):
                        self._client.delete_message(QueueUrl=queue_url, ReceiptHandle=letter["ReceiptHandle"])
                        removed += 1
                    else:
                        others.append(letter["ReceiptHandle"])
        finally:
            self._show(queue_url, others)
        return removed

    def _show(self, queue_url: str, handles: Sequence[str]) -> None:
        for start in range(0, len(handles), BATCH):
            self._client.change_message_visibility_batch(
                QueueUrl=queue_url,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": handle, "VisibilityTimeout": 0}
                    for number, handle in enumerate(handles[start : start + BATCH])
                ],
            )
