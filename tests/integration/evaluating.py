"""``evaluate_events`` on moto, and what it leaves behind: profiles, timelines, ordered effects."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from functions.evaluate_events.handler import lambda_handler
from shared.adapters.compiled_playbook import LINES, lines_of
from shared.adapters.dynamodb.aliases import DynamoAliases
from shared.adapters.dynamodb.profiles import DynamoProfiles
from shared.adapters.dynamodb.timeline import read_page
from shared.bootstrap.evaluate_events import evaluate
from shared.domain.events import Event, event_from_dict
from shared.domain.own_events import DECIDED
from shared.domain.profiles import Profile
from shared.tables import profile_id_of
from tests.contract.test_event_queue import messages
from tests.integration.lambda_events import FakeLambdaContext
from tests.playbooks import PLAIN


@dataclass(frozen=True)
class Evaluating:
    """The deployed function, its table, and its table's stream."""

    table_name: str
    queue_url: str

    def handle(self, event: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = lambda_handler(event, FakeLambdaContext())
        return answer

    def profile(self, profile_id: str) -> Profile:
        return DynamoProfiles(boto3.client("dynamodb"), table=self.table_name).load(profile_id)

    def aliases(self) -> DynamoAliases:
        return DynamoAliases(boto3.client("dynamodb"), table=self.table_name)

    def queued(self) -> list[Event]:
        """What was put on the events queue, in its order; takes it out."""
        return [event_from_dict(json.loads(message["Body"])) for message in messages(self.queue_url)]

    def timeline(self) -> set[tuple[str, str]]:
        """All that is on timelines: profile id and event id, or the name of what the system itself noticed."""
        items = boto3.client("dynamodb").scan(TableName=self.table_name)["Items"]
        pages = [item for item in items if item["sk"]["S"].startswith("EVENTS#")]
        people = [profile_id_of(page["pk"]["S"]) for page in pages]
        return {
            (id_, event.name if event.source == DECIDED else event.id)
            for id_, page in zip(people, pages, strict=True)
            for event in read_page(id_, page["events"]["B"])
        }

    def ordered(self) -> list[str]:
        """Every effect that the stream told of, as JSON, in order of profile and write."""
        images = sorted(
            (record["dynamodb"]["NewImage"] for record in self._stream() if "NewImage" in record["dynamodb"]),
            key=lambda image: (image["pk"]["S"], int(image.get("version", {"N": "0"})["N"])),
        )
        effects = [effect for image in images if "effects" in image for effect in json.loads(image["effects"]["S"])]
        return [json.dumps(effect, sort_keys=True) for effect in effects]

    def _stream(self) -> list[Any]:
        arn = boto3.client("dynamodb").describe_table(TableName=self.table_name)["Table"]["LatestStreamArn"]
        streams = boto3.client("dynamodbstreams")
        [shard] = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        iterator = streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        records: list[Any] = streams.get_records(ShardIterator=iterator)["Records"]
        return records


def digest_secret() -> str:
    """The secret that digests are made with, as every deployment of an account has it."""
    client = boto3.client("secretsmanager")
    try:
        client.create_secret(Name="digest", SecretString="digest-secret")
        return client.put_secret_value(SecretId="digest", SecretString="digest-secret")["ARN"]
    except client.exceptions.ResourceExistsException:
        return client.describe_secret(SecretId="digest")["ARN"]


@contextmanager
def deployed(table_name: str, directory: Path) -> Iterator[Evaluating]:
    (directory / LINES).write_text(lines_of(PLAIN))
    queue_url = boto3.client("sqs").create_queue(
        QueueName=f"{table_name}.fifo", Attributes={"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    )["QueueUrl"]
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TABLE_NAME", table_name)
        environment.setenv("DIGEST_SECRET", digest_secret())
        environment.setenv("EVENTS_QUEUE_URL", queue_url)
        environment.setenv("PLAYBOOK_DIR", str(directory))
        evaluate.cache_clear()
        yield Evaluating(table_name, queue_url)
        evaluate.cache_clear()
