"""AWS's own clients, pointed at MiniStack and at nothing else, whatever this machine's settings say."""

import json
import logging
from typing import Any, Final

import boto3
from botocore.config import Config

from infra.local.ministack_process import ACCOUNT, REGION

TEXTS: Final = "carillon-local-inbound-texts"
"""By name, as the stage ``local`` calls it: to ask that stage would bring the CDK along, which needs Node."""

logger = logging.getLogger(__name__)

CONFIG: Final = Config(retries={"total_max_attempts": 3, "mode": "standard"}, max_pool_connections=32)


def aws_client(service: str, endpoint: str) -> Any:
    """A client of one service."""
    return _session().client(service, endpoint_url=endpoint, config=CONFIG)  # type: ignore[call-overload]


def aws_table(name: str, endpoint: str) -> Any:
    """A table of DynamoDB."""
    return _session().resource("dynamodb", endpoint_url=endpoint, config=CONFIG).Table(name)


class DefaultBus:
    """Where SES puts its events: the default bus."""

    def __init__(self, endpoint: str) -> None:
        self._events = aws_client("events", endpoint)

    def publish(self, detail_type: str, detail: dict[str, Any]) -> None:
        entry = {"Source": "aws.ses", "DetailType": detail_type, "Detail": json.dumps(detail)}
        answer = self._events.put_events(Entries=[entry])
        if answer["FailedEntryCount"]:
            logger.error("the bus refused %s: %s", detail_type, answer["Entries"][0].get("ErrorCode"))


class TextTopic:
    """Where End User Messaging puts what became of texts: the topic of our numbers."""

    def __init__(self, endpoint: str) -> None:
        self._sns = aws_client("sns", endpoint)
        self._arn = f"arn:aws:sns:{REGION}:{ACCOUNT}:{TEXTS}"

    def publish(self, receipt: dict[str, Any]) -> None:
        self._sns.publish(TopicArn=self._arn, Message=json.dumps(receipt))


def _session() -> boto3.Session:
    return boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION)  # noqa: S106
