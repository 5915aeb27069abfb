"""What ``erase_profiles`` is made of."""

from dataclasses import dataclass
from functools import cache

import boto3

from shared.adapters.bus import EventBridgeBus
from shared.adapters.clock import SystemClock
from shared.adapters.dead_letters import SqsDeadLetters
from shared.adapters.dynamodb.aliases import DynamoAliases
from shared.adapters.dynamodb.erasures import DynamoErasures
from shared.adapters.dynamodb.message_index import DynamoMessageIndex
from shared.adapters.dynamodb.person_items import DynamoPersonItems
from shared.adapters.dynamodb.profiles import DynamoProfiles
from shared.adapters.dynamodb.timeline import DynamoTimeline
from shared.adapters.exports import PREFIX
from shared.adapters.kept_files import S3KeptFiles
from shared.adapters.person_schedules import SchedulerPersonSchedules
from shared.adapters.rights_queue import SqsRightsQueue
from shared.bootstrap.aws import CALLS
from shared.bootstrap.erased_people import erased_people
from shared.bootstrap.people import people, playbook
from shared.bootstrap.suppressions import suppressions
from shared.services.announce_shops import ShopAnnouncer
from shared.services.erase_people import Eraser
from shared.services.prepare_exports import ExportPreparer
from shared.settings.erase_profiles import ErasureSettings


@dataclass(frozen=True, slots=True)
class Rights:
    """Who carries out each kind of request."""

    eraser: Eraser
    preparer: ExportPreparer
    shops: ShopAnnouncer


@cache
def rights() -> Rights:
    settings = ErasureSettings.from_env()
    table, bucket = settings.table_name, settings.failures_bucket
    clock = SystemClock(speed=float(settings.clock_speed), epoch=int(settings.clock_epoch))
    dynamodb, sqs = boto3.client("dynamodb", config=CALLS), boto3.client("sqs", config=CALLS)
    secrets = boto3.client("secretsmanager", config=CALLS)
    known = people(dynamodb, secrets, table=table, bucket=bucket, digest_secret=settings.digest_secret, clock=clock)
    eraser = Eraser(
        finder=known.finder,
        profiles=DynamoProfiles(dynamodb, table=table),
        timeline=DynamoTimeline(dynamodb, table=table),
        aliases=DynamoAliases(dynamodb, table=table),
        index=DynamoMessageIndex(dynamodb, table=table, clock=clock),
        items=DynamoPersonItems(dynamodb, table=table),
        schedules=SchedulerPersonSchedules(boto3.client("scheduler", config=CALLS), group=settings.schedule_group),
        erased=erased_people(dynamodb, table=table, digest_secret=settings.digest_secret, clock=clock),
        erasures=DynamoErasures(dynamodb, table=table, clock=clock),
        queue=SqsRightsQueue(sqs, queue_url=settings.erasures_queue_url),
        dead_letters=SqsDeadLetters(sqs, queue_urls=settings.dead_letter_urls.split()),
        files=S3KeptFiles(boto3.client("s3", config=CALLS), bucket=bucket),
        suppressions=suppressions(dynamodb, table=table, digest_secret=settings.digest_secret, clock=clock),
        exports=lambda profile_id: PREFIX + known.desk.export_name(profile_id, "").removesuffix(".json"),
        segments=lambda: playbook().segments.by_name,
        clock=clock,
    )
    bus = EventBridgeBus(boto3.client("events", config=CALLS), bus_name=settings.bus_name)
    preparer = ExportPreparer(
        desk=known.desk,
        exports=known.exports,
        bus=bus,
        clock=clock,
        place=f"s3://{bucket}/{PREFIX}",
    )
    return Rights(eraser, preparer, ShopAnnouncer(bus=bus, clock=clock))
