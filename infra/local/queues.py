"""Whether anything is still under way in the deployed queues, and what ended among the dead letters."""

import json
from dataclasses import dataclass
from typing import Any, Final

from infra.local.aws_clients import aws_client

DEPTHS: Final = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)

PREFIX: Final = "carillon-"


@dataclass(frozen=True, slots=True)
class Depths:
    """Messages under way, and dead ones, over all queues."""

    under_way: int
    dead: int


class Queues:
    """The stack's queues; dead-letter queues are those that another names as its own."""

    def __init__(self, endpoint: str) -> None:
        self._sqs: Any = aws_client("sqs", endpoint)
        self._urls: list[str] = self._sqs.list_queues(QueueNamePrefix=PREFIX).get("QueueUrls", [])
        targets = {self._target(url) for url in self._urls}
        self._dead = {url for url in self._urls if url.rpartition("/")[2] in targets}

    def depths(self) -> Depths:
        counted = {url: self._count(url) for url in self._urls}
        dead = sum(count for url, count in counted.items() if url in self._dead)
        return Depths(under_way=sum(counted.values()) - dead, dead=dead)

    def _target(self, url: str) -> str:
        """The name of the queue's dead-letter queue, empty where it has none."""
        attributes = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"]).get(
            "Attributes", {}
        )
        policy = json.loads(attributes.get("RedrivePolicy", "{}"))
        return str(policy.get("deadLetterTargetArn", "")).rpartition(":")[2]

    def _count(self, url: str) -> int:
        attributes = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(DEPTHS))["Attributes"]
        return sum(int(attributes.get(name, 0)) for name in DEPTHS)
