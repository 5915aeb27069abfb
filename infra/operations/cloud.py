"""The deployed stack that a command works on: on AWS by the caller's credentials, or the local cloud that runs."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, Final

import boto3
import httpx
from botocore.exceptions import BotoCoreError, ClientError

from infra.errors import CommandError
from infra.local.aws_clients import aws_client
from infra.local.gateway import gateway_url
from shared.adapters.clock import SystemClock
from shared.adapters.dynamodb.countings import DynamoCountings
from shared.bootstrap.senders import client_of
from shared.domain.behaviour.counting import Counting

LOCAL: Final = "local"
EVALUATE: Final = "evaluate-events"
NOT_DEPLOYED: Final = (
    "deploy it, name another with --stage, or see that AWS_PROFILE and AWS_REGION are those of its account"
)


@dataclass(frozen=True, slots=True)
class CorrectedClock:
    """AWS's time, as far as it said it: an operator's clock that is ahead would make people's wake-ups fire early."""

    ahead: int

    def now(self) -> int:
        return self.wall()

    def ahead_at(self, at: int) -> int:  # noqa: ARG002  # it runs with the wall
        return 0

    def wall(self) -> int:
        return time.time_ns() // 1_000_000 - self.ahead


def _aws_client(service: str) -> Any:
    return boto3.client(service)  # type: ignore[call-overload]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """Clients of AWS, and the names of what they are for."""

    stage: str
    dynamodb: Any
    sqs: Any
    functions: Any
    table: str
    queue_url: str
    clock: SystemClock | CorrectedClock
    client: Callable[[str], Any] = _aws_client
    """Makes another client, by its service's name …"""
    sender: Callable[[str], Any] = client_of
    """… and one that sends to people: locally to the recording gateway."""
    outputs: Mapping[str, str] = field(default_factory=dict)
    """What the stack says it made, by its own names."""

    def agreed(self) -> Counting:
        """What the deployed playbook counts: the function is asked for nothing, so that it agrees with its table."""
        name = f"carillon-{self.stage}-{EVALUATE}"
        answer = self.functions.invoke(FunctionName=name, Payload=json.dumps({"Records": []}).encode())
        if "FunctionError" in answer:
            raise CommandError(f"{name} does not start", "read its log")
        return DynamoCountings(self.dynamodb, table=self.table).load()

    def environment(self, function: str) -> Mapping[str, str]:
        """What a deployed function is told, such as ``dispatch-message``."""
        name = f"carillon-{self.stage}-{function}"
        try:
            answer = self.functions.get_function_configuration(FunctionName=name)
        except (BotoCoreError, ClientError) as error:
            raise CommandError(f"{name} cannot be read ({error})", NOT_DEPLOYED) from None
        told: Mapping[str, str] = answer.get("Environment", {}).get("Variables", {})
        return told

    def waiting(self) -> int:
        """How many events stand in the queue, about."""
        name = "ApproximateNumberOfMessages"
        answer = self.sqs.get_queue_attributes(QueueUrl=self.queue_url, AttributeNames=[name])
        return int(answer["Attributes"][name])


def connect(stage: str, port: int) -> Cloud:
    """The stage's stack.

    Raises:
        CommandError: it is not there, or not for these credentials.
    """
    return _local(port) if stage == LOCAL else _on_aws(stage)


def _local(port: int) -> Cloud:
    url = f"http://127.0.0.1:{port}"
    try:
        there = httpx.get(f"{url}/environment", timeout=10).raise_for_status().json()
    except (httpx.HTTPError, ValueError):
        raise CommandError(f"no local cloud answers at {url}", "start one with `carillon up`") from None
    endpoint = there["AWS_ENDPOINT_URL"]
    return Cloud(
        stage=LOCAL,
        dynamodb=aws_client("dynamodb", endpoint),
        sqs=aws_client("sqs", endpoint),
        functions=aws_client("lambda", endpoint),
        table=there["TABLE_NAME"],
        queue_url=there["EVENTS_QUEUE_URL"],
        client=lambda service: aws_client(service, endpoint),
        sender=lambda service: aws_client(service, gateway_url(there["GATEWAY_URL"], service)),
        outputs={
            "ApiUrl": url,
            "QuarantineBucketName": there["QUARANTINE_BUCKET"],
            "WriteKeySecretArn": there["WRITE_KEY_SECRET"],
            "SecretKeySecretArn": there["SECRET_KEY_SECRET"],
            "LinkSecretArn": there["LINK_SECRET"],
            "DigestSecretArn": there["DIGEST_SECRET"],
        },
        clock=SystemClock(speed=float(there["CLOCK_SPEED"]), epoch=int(there["CLOCK_EPOCH"])),
    )


def _on_aws(stage: str) -> Cloud:
    stack = f"carillon-{stage}-messaging"
    try:
        answer = boto3.client("cloudformation").describe_stacks(StackName=stack)
        outputs = {each["OutputKey"]: each["OutputValue"] for each in answer["Stacks"][0].get("Outputs", [])}
        return Cloud(
            stage=stage,
            dynamodb=boto3.client("dynamodb"),
            sqs=boto3.client("sqs"),
            functions=boto3.client("lambda"),
            table=outputs["TableName"],
            queue_url=outputs["EventsQueueUrl"],
            outputs=outputs,
            clock=CorrectedClock(_ahead(answer["ResponseMetadata"]["HTTPHeaders"].get("date", ""))),
        )
    except (BotoCoreError, ClientError) as error:
        raise CommandError(f"the stack {stack} cannot be found ({error})", NOT_DEPLOYED) from None
    except (KeyError, IndexError):
        raise CommandError(f"the stack {stack} does not say what it made", NOT_DEPLOYED) from None


def _ahead(date: str) -> int:
    """By how many milliseconds this machine's clock is ahead of that of an answer, which tells whole seconds."""
    try:
        theirs = parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError):
        raise CommandError("AWS does not say what time it is", "try again") from None
    return time.time_ns() // 1_000_000 - int(theirs * 1_000)
