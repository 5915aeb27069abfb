"""The list of addresses that must not be written to, as several functions use it."""

from typing import TYPE_CHECKING

import boto3

from shared.adapters.dynamodb.suppressions import DynamoSuppressions
from shared.adapters.secrets import CachedSecret, DigestSecret
from shared.bootstrap.aws import CALLS
from shared.domain.timing import DAY
from shared.ports.clock import Clock
from shared.services.digests import keyed_digest

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def suppressions(dynamodb: "DynamoDBClient", *, table: str, digest_secret: str, clock: Clock) -> DynamoSuppressions:
    """The secret, which never changes, is read when the first address is looked up."""
    secret = CachedSecret(boto3.client("secretsmanager", config=CALLS), digest_secret, clock=clock, kept_for=DAY)
    key = DigestSecret(secret)
    return DynamoSuppressions(dynamodb, table=table, digest=lambda kind, value: keyed_digest(key.key(), kind, value))
