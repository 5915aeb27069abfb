"""Requests of people's rights on their queue."""

import json
from typing import TYPE_CHECKING

from shared.adapters.aws_errors import AWS_ERRORS, translate
from shared.domain.rights.erasure import RightsOrder, order_to_dict
from shared.domain.timing import SECOND, Duration

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class SqsRightsQueue:
    """Implements ``ports.rights.RightsQueue``."""

    def __init__(self, client: "SQSClient", *, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def put(self, order: RightsOrder, *, delay: Duration = 0) -> None:
        try:
            self._client.send_message(
                QueueUrl=self._queue_url,
                MessageBody=json.dumps(order_to_dict(order)),
                DelaySeconds=delay // SECOND,
            )
        except AWS_ERRORS as error:
            raise translate(error) from error
