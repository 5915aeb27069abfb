"""``serve_profiles`` on moto, with a person in the table, and requests as API Gateway hands them over."""

import base64
import copy
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import boto3
import pytest

from functions.serve_profiles.handler import lambda_handler
from shared.adapters.dynamodb.aliases import DynamoAliases
from shared.adapters.dynamodb.ledger import DynamoLedger
from shared.adapters.dynamodb.message_index import DynamoMessageIndex
from shared.adapters.dynamodb.profiles import DynamoProfiles
from shared.adapters.dynamodb.timeline import DynamoTimeline
from shared.bootstrap import people
from shared.bootstrap.serve_profiles import staff
from shared.domain.profiles import Profile
from shared.settings.serve_profiles import ProfilesSettings
from tests.fakes.clock import FakeClock
from tests.http_requests import SECRET_KEY, SHAPE, Answer
from tests.integration.lambda_events import FakeLambdaContext

BUCKET = "failures"
SHOPIFY_SECRET = "shpss_0123456789abcdef"


@dataclass(frozen=True)
class Staff:
    """The deployed function, and ways to put people before it."""

    table_name: str

    @property
    def timeline(self) -> DynamoTimeline:
        return DynamoTimeline(boto3.client("dynamodb"), table=self.table_name)

    @property
    def index(self) -> DynamoMessageIndex:
        return DynamoMessageIndex(boto3.client("dynamodb"), table=self.table_name, clock=FakeClock())

    @property
    def ledger(self) -> DynamoLedger:
        return DynamoLedger(boto3.client("dynamodb"), table=self.table_name, clock=FakeClock())

    def know(self, profile: Profile) -> None:
        DynamoProfiles(boto3.client("dynamodb"), table=self.table_name).save(profile, ())

    def alias(self, kind: str, value: str, profile_id: str) -> None:
        DynamoAliases(boto3.client("dynamodb"), table=self.table_name).claim(kind, value, profile_id)

    def ask(
        self,
        reference: str,
        rest: str = "",
        *,
        key: str | None = SECRET_KEY,
        method: str = "GET",
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: str = "",
    ) -> Answer:
        """``/v1/profiles/{reference}{rest}``, encoded as clients do it."""
        shape: dict[str, Any] = copy.deepcopy(SHAPE)
        path = f"/v1/profiles/{quote(reference, safe='')}{rest}"
        shape["rawPath"] = shape["requestContext"]["http"]["path"] = path
        shape["requestContext"]["http"]["method"] = method
        if key is not None:
            shape["headers"]["authorization"] = "Basic " + base64.b64encode(f"{key}:".encode()).decode()
        shape["headers"] |= headers or {}
        if query:
            shape["queryStringParameters"] = dict(query)
        answer = lambda_handler(shape | {"body": body}, FakeLambdaContext())
        return Answer(answer["statusCode"], answer["headers"], answer["body"])

    def search(self, identifier: Any) -> Answer:
        return self.ask("search", method="POST", body=json.dumps({"identifier": identifier}))

    def objects(self) -> dict[str, bytes]:
        s3 = boto3.client("s3")
        keys = [item["Key"] for item in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]
        return {key: s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in keys}


@contextmanager
def deployed(table_name: str, playbook: Path) -> Iterator[Staff]:
    secrets = boto3.client("secretsmanager")
    boto3.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    settings = ProfilesSettings(
        table_name=table_name,
        exports_bucket=BUCKET,
        erasures_queue_url=boto3.client("sqs").create_queue(QueueName="erasures")["QueueUrl"],
        secret_key_secret=secrets.create_secret(Name="secret", SecretString=SECRET_KEY)["ARN"],
        digest_secret=secrets.create_secret(Name="digest", SecretString="digest-secret")["ARN"],
        shopify_secret=secrets.create_secret(Name="shopify", SecretString=SHOPIFY_SECRET)["ARN"],
    )
    with pytest.MonkeyPatch.context() as environment:
        for name, value in {**settings.to_env(), "PLAYBOOK_DIR": str(playbook)}.items():
            environment.setenv(name, value)
        people.playbook.cache_clear()
        staff.cache_clear()
        yield Staff(table_name)
        staff.cache_clear()
        people.playbook.cache_clear()
