"""When a queue hands a failed message over again: later each time, so that a provider that throttles gets its rest."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final
from zlib import crc32

from shared.adapters.aws_errors import AWS_ERRORS, translate
from shared.domain.timing import MINUTE, SECOND, Duration

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

FIRST_DELAY: Final[Duration] = 15 * SECOND
LONGEST_DELAY: Final[Duration] = 15 * MINUTE


class SqsRedelivery:
    """Knows the queues that may be asked, by the ARN that their records name."""

    def __init__(self, client: "SQSClient", *, queue_urls: Sequence[str]) -> None:
        self._client = client
        self._queue_urls = {queue_url.rsplit("/", 1)[-1]: queue_url for queue_url in queue_urls}

    def postpone(self, queue_arn: str, receipt_handle: str, *, receives: int) -> None:
        """Keep the message from everybody for a while, counted from now."""
        delay = delay_after(receives, receipt_handle)
        try:
            self._client.change_message_visibility(
                QueueUrl=self._queue_urls[queue_arn.rsplit(":", 1)[-1]],
                ReceiptHandle=receipt_handle,
                VisibilityTimeout=delay // SECOND,
            )
        except AWS_ERRORS as error:
            raise translate(error) from error


def delay_after(receives: int, receipt_handle: str) -> Duration:
    """Doubled with every receive up to the longest; between half and all of that, so that a throttled crowd spreads."""
    most = min(FIRST_DELAY << min(receives - 1, 16), LONGEST_DELAY)
    return most // 2 + most // 2 * crc32(receipt_handle.encode()) // 2**32
