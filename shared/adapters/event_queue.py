"""The events queue: ``events.fifo``, one message group a person."""

import hashlib
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from shared.adapters.sqs_batches import send_all
from shared.domain.events import Event, event_to_dict
from shared.tables import person_group

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class SqsEventQueue:
    """Implements ``ports.queues.EventQueue``."""

    def __init__(self, client: "SQSClient", *, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def put(self, events: Sequence[Event]) -> None:
        send_all(
            self._client,
            self._queue_url,
            [
                {
                    "Id": str(index),
                    "MessageBody": event_body(event),
                    "MessageGroupId": person_group(event.profile_id),
                    "MessageDeduplicationId": deduplication_id(event),
                }
                for index, event in enumerate(events)
            ],
        )


def event_body(event: Event) -> str:
    """ASCII: SQS refuses some characters that JSON strings may hold, and none of their escapes."""
    return json.dumps(event_to_dict(event), separators=(",", ":"), allow_nan=False)


def deduplication_id(event: Event) -> str:
    """One for an event of a person, however often it is delivered; two people's events may share a ``messageId``."""
    return hashlib.sha256(f"{event.profile_id}\n{event.known_as}".encode("utf-8", "surrogatepass")).hexdigest()
