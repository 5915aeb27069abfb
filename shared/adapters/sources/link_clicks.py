"""Clicks on our own links, on their way through the feedback queue: written by who answers them, read with the rest."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from shared.adapters.aws_errors import AWS_ERRORS, translate
from shared.domain.behaviour.machines import Signal
from shared.domain.consent.words import Channel
from shared.domain.delivery import DeliveryEvent, DeliveryKind
from shared.errors import Fault, InvalidInputError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

SOURCE: Final = "carillon.links"


class SqsClicks:
    """Implements ``ports.queues.Clicks``."""

    def __init__(self, client: "SQSClient", *, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def put(self, click: DeliveryEvent) -> None:
        body = {
            "source": SOURCE,
            "message_id": click.message_id,
            "channel": click.channel.value,
            "at": click.at,
            "link": click.link,
            **({"machine": click.machine.value} if click.machine else {}),
        }
        try:
            self._client.send_message(QueueUrl=self._queue_url, MessageBody=json.dumps(body))
        except AWS_ERRORS as error:
            raise translate(error) from error


def is_click(body: Mapping[str, Any]) -> bool:
    return body.get("source") == SOURCE


def parse(body: Mapping[str, Any]) -> DeliveryEvent:
    """Raises ``InvalidInputError``: we never wrote it."""
    try:
        return DeliveryEvent(
            kind=DeliveryKind.CLICKED,
            message_id=str(body["message_id"]),
            channel=Channel(body["channel"]),
            at=int(body["at"]),
            provider_id=SOURCE,
            link=str(body["link"]),
            machine=Signal(body["machine"]) if "machine" in body else None,
        )
    except (KeyError, TypeError, ValueError):
        raise InvalidInputError([Fault("", "is no click of ours")]) from None
