"""What ``serve_profiles`` is made of."""

from dataclasses import dataclass
from functools import cache

import boto3

from shared.adapters import compiled_playbook
from shared.adapters.clock import SystemClock
from shared.adapters.dynamodb.aliases import DynamoAliases
from shared.adapters.dynamodb.ledger import DynamoLedger
from shared.adapters.dynamodb.message_index import DynamoMessageIndex
from shared.adapters.dynamodb.person_records import DynamoPersonRecords
from shared.adapters.dynamodb.profiles import DynamoProfiles
from shared.adapters.dynamodb.timeline import DynamoTimeline
from shared.adapters.exports import S3Exports
from shared.adapters.secrets import CachedSecret, DigestSecret
from shared.adapters.staff_key import SecretStaffKeys
from shared.bootstrap.aws import CALLS
from shared.ports import StaffKeys
from shared.services.find_people import PeopleFinder
from shared.services.serve_profiles import ProfileDesk
from shared.settings import ProfilesSettings


@dataclass(frozen=True, slots=True)
class Staff:
    """Who may, and what they are told."""

    keys: StaffKeys
    desk: ProfileDesk


@cache
def staff() -> Staff:
    settings = ProfilesSettings.from_env()
    table = settings.table_name
    clock = SystemClock(speed=float(settings.clock_speed), epoch=int(settings.clock_epoch))
    dynamodb, secrets = boto3.client("dynamodb", config=CALLS), boto3.client("secretsmanager", config=CALLS)
    records = DynamoPersonRecords(dynamodb, table=table)
    return Staff(
        keys=SecretStaffKeys(CachedSecret(secrets, settings.secret_key_secret, clock=clock), clock=clock),
        desk=ProfileDesk(
            finder=PeopleFinder(
                profiles=DynamoProfiles(dynamodb, table=table),
                aliases=DynamoAliases(dynamodb, table=table),
                records=records,
            ),
            timeline=DynamoTimeline(dynamodb, table=table),
            records=records,
            index=DynamoMessageIndex(dynamodb, table=table, clock=clock),
            ledger=DynamoLedger(dynamodb, table=table, clock=clock),
            exports=S3Exports(cache(lambda: boto3.client("s3", config=CALLS)), bucket=settings.exports_bucket),
            digest_key=DigestSecret(CachedSecret(secrets, settings.digest_secret, clock=clock)),
            playbook=cache(lambda: compiled_playbook.load(compiled_playbook.playbook_directory())),
            clock=clock,
        ),
    )
