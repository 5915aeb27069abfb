"""The two ways in on moto: their queue, table, bucket and keys."""

import copy
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import boto3
import pytest

from functions.normalize_events import handler as normalize_handler
from shared.bootstrap.ingest_events import ingest
from shared.bootstrap.normalize_events import normalize
from shared.domain.events import Event, event_from_dict
from shared.settings.ingest_events import IngestSettings
from tests.http_requests import PUBLIC_KEY, SECRET_KEY
from tests.integration.lambda_events import FakeLambdaContext, failures

SHAPES: Final = Path(__file__).parents[1] / "events"
SQS_DELIVERY: Final = json.loads((SHAPES / "sqs_from_eventbridge.json").read_text())
BUCKET: Final = "carillon-test-failures"


@dataclass(frozen=True)
class WaysIn:
    """Everything that the two functions touch."""

    queue_url: str
    table_name: str

    def deliver(self, *envelopes: Any) -> list[str]:
        """Deliver to ``normalize_events`` as the queue does; returns what it is to deliver again."""
        shape = copy.deepcopy(SQS_DELIVERY["Records"][0])
        records = [
            {**shape, "messageId": str(place), "body": one if isinstance(one, str) else json.dumps(one)}
            for place, one in enumerate(envelopes)
        ]
        answer = normalize_handler.lambda_handler({"Records": records}, FakeLambdaContext())
        return failures(answer)

    def queued(self) -> list[Event]:
        """Takes what is on the events queue, in its order."""
        sqs, events = boto3.client("sqs"), []
        while messages := sqs.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                events.append(event_from_dict(json.loads(message["Body"])))
                sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])
        return events

    def quarantined(self) -> list[dict[str, Any]]:
        s3 = boto3.client("s3")
        keys = [item["Key"] for item in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]
        return [json.loads(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()) for key in keys]


def forget() -> None:
    """Both functions start cold."""
    ingest.cache_clear()
    normalize.cache_clear()


def open_ways_in(monkeypatch: pytest.MonkeyPatch, table_name: str) -> WaysIn:
    secrets = boto3.client("secretsmanager")
    queue_url = boto3.client("sqs").create_queue(
        QueueName="events.fifo", Attributes={"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    )["QueueUrl"]
    boto3.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    settings = IngestSettings(
        table_name=table_name,
        events_queue_url=queue_url,
        quarantine_bucket=BUCKET,
        write_key_secret=secrets.create_secret(Name="write", SecretString=PUBLIC_KEY)["ARN"],
        secret_key_secret=secrets.create_secret(Name="secret", SecretString=SECRET_KEY)["ARN"],
        digest_secret=secrets.create_secret(Name="digest", SecretString="digest secret")["ARN"],
    )
    for name, value in settings.to_env().items():
        monkeypatch.setenv(name, value)
    forget()
    return WaysIn(queue_url, table_name)
