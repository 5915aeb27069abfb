"""What ``ingest_events`` is made of."""

from dataclasses import dataclass
from functools import cache

import boto3

from shared.adapters.clock import SystemClock
from shared.adapters.dynamodb.aliases import DynamoAliases
from shared.adapters.dynamodb.quality_counts import DynamoQualityCounts
from shared.adapters.dynamodb.rates import DynamoRates
from shared.adapters.event_queue import SqsEventQueue
from shared.adapters.quarantine import S3Quarantine
from shared.adapters.secrets import CachedSecret, DigestSecret, LinkSecrets
from shared.adapters.write_keys import SecretWriteKeys
from shared.bootstrap.aws import CALLS
from shared.domain.intake.client_keys import read_rules
from shared.services.accept_events import EventIntake
from shared.services.admit_clients import ClientGate
from shared.services.throttle import Throttle
from shared.services.watch_quality import QualityWatch
from shared.settings.ingest_events import IngestSettings


@dataclass(frozen=True, slots=True)
class Ingest:
    """Who may, and what then happens."""

    gate: ClientGate
    intake: EventIntake
    quality: QualityWatch


@cache
def ingest() -> Ingest:
    settings = IngestSettings.from_env()
    clock = SystemClock(speed=float(settings.clock_speed), epoch=int(settings.clock_epoch))
    secrets = boto3.client("secretsmanager", config=CALLS)
    secret_key = CachedSecret(secrets, settings.secret_key_secret, clock=clock)
    dynamodb = boto3.client("dynamodb", config=CALLS)
    keys = SecretWriteKeys(
        public=CachedSecret(secrets, settings.write_key_secret, clock=clock),
        secret=secret_key,
        clock=clock,
        rules=read_rules(settings.public_keys),
    )
    quality = QualityWatch(counts=DynamoQualityCounts(dynamodb, table=settings.table_name), clock=clock)
    return Ingest(
        gate=ClientGate(keys=keys, throttle=Throttle(DynamoRates(dynamodb, table=settings.table_name), clock)),
        intake=EventIntake(
            aliases=DynamoAliases(dynamodb, table=settings.table_name),
            queue=SqsEventQueue(boto3.client("sqs", config=CALLS), queue_url=settings.events_queue_url),
            quarantine=S3Quarantine(cache(lambda: boto3.client("s3", config=CALLS)), bucket=settings.quarantine_bucket),
            clock=clock,
            digest_key=DigestSecret(CachedSecret(secrets, settings.digest_secret, clock=clock)),
            user_secrets=LinkSecrets(secret_key),
            quality=quality,
        ),
        quality=quality,
    )
