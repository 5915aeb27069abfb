"""Who was erased, as several functions ask."""

from functools import cache
from typing import TYPE_CHECKING

import boto3

from shared.adapters.dynamodb.erased_people import DynamoErasedPeople
from shared.adapters.secrets import CachedSecret, DigestSecret
from shared.bootstrap.aws import CALLS
from shared.domain.timing import DAY
from shared.ports.clock import Clock
from shared.services.digests import keyed_digest

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def erased_people(dynamodb: "DynamoDBClient", *, table: str, digest_secret: str, clock: Clock) -> DynamoErasedPeople:
    """The secret, which never changes, is read when the first person is asked about: a cold start need not wait."""

    @cache
    def secret() -> DigestSecret:
        client = boto3.client("secretsmanager", config=CALLS)
        return DigestSecret(CachedSecret(client, digest_secret, clock=clock, kept_for=DAY))

    def digest(profile_id: str) -> str:
        return keyed_digest(secret().key(), "erased person", profile_id)

    return DynamoErasedPeople(dynamodb, table=table, digest=digest, clock=clock)
