"""When a queue hands a failed message over again: later each time, so that a provider that throttles gets its rest."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final
from zlib import crc32

from shared.adapters.aws_errors import AWS_ERRORS, translate
from shared.domain.timing import MINUTE, SECOND, Duration

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

FIRST_DELAY: Final[Duration] = 15 * SECOND
LONGEST_DELAY: Final[Duration] = 15 * MINUTE
"""Also the longest for which SQS keeps a new message back."""
FIRST_HOLD: Final[Duration] = 2 * SECOND

HELD: Final = "held"
"""How often the message was put back, in its body."""


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

    def hold(self, queue_arn: str, body: Mapping[str, Any], *, wait: Duration) -> None:
        """Put the message back as a new one, to come when the provider may take it.

        What waits for others has not failed: its receipts do not count, and it never ends among the dead letters.
        Where the old one comes too, since its deletion was lost, the ledger lets one of the two go.
        """
        held = int(body.get(HELD, 0))
        text = json.dumps({**body, HELD: held + 1}, separators=(",", ":"))
        try:
            self._client.send_message(
                QueueUrl=self._queue_urls[queue_arn.rsplit(":", 1)[-1]],
                MessageBody=text,
                DelaySeconds=delay_of(held, wait, text) // SECOND,
            )
        except AWS_ERRORS as error:
            raise translate(error) from error


def delay_of(held: int, wait: Duration, seed: str) -> Duration:
    """At least the wait; doubled each time, since many wait, and spread over as long again as it is half."""
    most = min(max(2 * wait, FIRST_HOLD << min(held, 16)), LONGEST_DELAY)
    return most // 2 + most // 2 * crc32(seed.encode()) // 2**32


def delay_after(receives: int, receipt_handle: str) -> Duration:
    """Doubled with every receive up to the longest; between half and all of that, so that a throttled crowd spreads."""
    most = min(FIRST_DELAY << min(receives - 1, 16), LONGEST_DELAY)
    return most // 2 + most // 2 * crc32(receipt_handle.encode()) // 2**32
