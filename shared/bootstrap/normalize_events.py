"""What ``normalize_events`` is made of."""

from dataclasses import dataclass
from functools import cache

import boto3

from shared.adapters.clock import SystemClock
from shared.adapters.dynamodb.aliases import DynamoAliases
from shared.adapters.dynamodb.quality_counts import DynamoQualityCounts
from shared.adapters.event_queue import SqsEventQueue
from shared.adapters.quarantine import S3Quarantine
from shared.adapters.secrets import CachedSecret, DigestSecret
from shared.bootstrap.aws import CALLS
from shared.services.accept_events import EventIntake
from shared.services.normalize_events import EventNormalizer
from shared.services.watch_quality import QualityWatch
from shared.settings.normalize_events import NormalizeSettings


@dataclass(frozen=True, slots=True)
class Normalize:
    """What takes events in, and what notices their faults."""

    normalizer: EventNormalizer
    quality: QualityWatch


@cache
def normalize() -> Normalize:
    settings = NormalizeSettings.from_env()
    clock = SystemClock(speed=float(settings.clock_speed), epoch=int(settings.clock_epoch))
    quarantine = S3Quarantine(cache(lambda: boto3.client("s3", config=CALLS)), bucket=settings.quarantine_bucket)
    dynamodb = boto3.client("dynamodb", config=CALLS)
    secrets = boto3.client("secretsmanager", config=CALLS)
    quality = QualityWatch(counts=DynamoQualityCounts(dynamodb, table=settings.table_name), clock=clock)
    normalizer = EventNormalizer(
        intake=EventIntake(
            aliases=DynamoAliases(dynamodb, table=settings.table_name),
            queue=SqsEventQueue(boto3.client("sqs", config=CALLS), queue_url=settings.events_queue_url),
            quarantine=quarantine,
            clock=clock,
            digest_key=DigestSecret(CachedSecret(secrets, settings.digest_secret, clock=clock)),
            quality=quality,
        ),
        quarantine=quarantine,
        quality=quality,
    )
    return Normalize(normalizer, quality)
