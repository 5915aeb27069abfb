"""How the functions that serve people's rights find and describe them: the same for all."""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import boto3

from shared.adapters import compiled_playbook
from shared.adapters.dynamodb.aliases import DynamoAliases
from shared.adapters.dynamodb.ledger import DynamoLedger
from shared.adapters.dynamodb.message_index import DynamoMessageIndex
from shared.adapters.dynamodb.person_records import DynamoPersonRecords
from shared.adapters.dynamodb.profiles import DynamoProfiles
from shared.adapters.dynamodb.timeline import DynamoTimeline
from shared.adapters.exports import S3Exports
from shared.adapters.playbook_artefact import playbook_directory
from shared.adapters.secrets import CachedSecret, DigestSecret
from shared.bootstrap.aws import CALLS
from shared.domain.playbook import Playbook
from shared.ports.clock import Clock
from shared.services.find_people import PeopleFinder
from shared.services.serve_profiles import ProfileDesk

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_secretsmanager import SecretsManagerClient


@dataclass(frozen=True, slots=True)
class People:
    """A table's people."""

    finder: PeopleFinder
    desk: ProfileDesk
    exports: S3Exports


@cache
def playbook() -> Playbook:
    return compiled_playbook.load(playbook_directory())


def people(
    dynamodb: "DynamoDBClient", secrets: "SecretsManagerClient", *, table: str, bucket: str, digest_secret: str,
    clock: Clock,
) -> People:  # fmt: skip
    records = DynamoPersonRecords(dynamodb, table=table)
    finder = PeopleFinder(
        profiles=DynamoProfiles(dynamodb, table=table), aliases=DynamoAliases(dynamodb, table=table), records=records
    )
    exports = S3Exports(cache(lambda: boto3.client("s3", config=CALLS)), bucket=bucket)
    desk = ProfileDesk(
        finder=finder,
        timeline=DynamoTimeline(dynamodb, table=table),
        records=records,
        index=DynamoMessageIndex(dynamodb, table=table, clock=clock),
        ledger=DynamoLedger(dynamodb, table=table, clock=clock),
        exports=exports,
        digest_key=DigestSecret(CachedSecret(secrets, digest_secret, clock=clock)),
        playbook=playbook,
        clock=clock,
    )
    return People(finder, desk, exports)
