"""The message queues: one for each purpose, so that an order confirmation never waits behind a campaign."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from shared.adapters.sqs_batches import send_all
from shared.domain.consent.words import Purpose
from shared.domain.messages import Message, message_to_dict

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class SqsMessageQueue:
    """Implements ``ports.queues.MessageQueue``."""

    def __init__(self, client: "SQSClient", *, transactional_url: str, marketing_url: str) -> None:
        self._client = client
        self._queue_urls: Mapping[Purpose, str] = {
            Purpose.TRANSACTIONAL: transactional_url,
            Purpose.MARKETING: marketing_url,
        }

    def put(self, messages: Sequence[Message]) -> None:
        for purpose, queue_url in self._queue_urls.items():
            chosen = [message for message in messages if message.purpose is purpose]
            send_all(
                self._client,
                queue_url,
                [{"Id": str(index), "MessageBody": message_body(message)} for index, message in enumerate(chosen)],
            )


def message_body(message: Message) -> str:
    return json.dumps(message_to_dict(message), separators=(",", ":"), allow_nan=False)
