"""What ``relay_effects`` is made of."""

from functools import cache

import boto3

from shared.adapters.bus import EventBridgeBus
from shared.adapters.clock import SystemClock
from shared.adapters.dynamodb.aliases import DynamoAliases
from shared.adapters.dynamodb.catalogue import DynamoCatalogue
from shared.adapters.dynamodb.consent_history import DynamoConsentHistory
from shared.adapters.dynamodb.members import DynamoMembers
from shared.adapters.dynamodb.message_index import DynamoMessageIndex
from shared.adapters.dynamodb.purchases import DynamoPurchases
from shared.adapters.message_queue import SqsMessageQueue
from shared.adapters.schedules import SchedulerSchedules
from shared.bootstrap.aws import CALLS
from shared.bootstrap.erased_people import erased_people
from shared.bootstrap.suppressions import suppressions
from shared.services.count_purchases import PurchaseCounter
from shared.services.relay_effects import EffectRelay
from shared.settings.relay_effects import RelaySettings


@cache
def effect_relay() -> EffectRelay:
    settings = RelaySettings.from_env()
    clock = SystemClock(speed=float(settings.clock_speed), epoch=int(settings.clock_epoch))
    dynamodb = boto3.client("dynamodb", config=CALLS)
    return EffectRelay(
        index=DynamoMessageIndex(dynamodb, table=settings.table_name, clock=clock),
        messages=SqsMessageQueue(
            boto3.client("sqs", config=CALLS),
            transactional_url=settings.transactional_queue_url,
            marketing_url=settings.marketing_queue_url,
        ),
        schedules=SchedulerSchedules(
            boto3.client("scheduler", config=CALLS),
            group=settings.schedule_group,
            role_arn=settings.schedule_role_arn,
            queue_arn=settings.events_queue_arn,
            dead_letter_arn=settings.schedule_dead_letter_arn,
            clock=clock,
        ),
        bus=EventBridgeBus(boto3.client("events", config=CALLS), bus_name=settings.bus_name),
        aliases=DynamoAliases(dynamodb, table=settings.table_name),
        members=DynamoMembers(dynamodb, table=settings.table_name),
        consent=DynamoConsentHistory(dynamodb, table=settings.table_name),
        suppressions=suppressions(
            dynamodb, table=settings.table_name, digest_secret=settings.digest_secret, clock=clock
        ),
        purchases=PurchaseCounter(
            catalogue=DynamoCatalogue(dynamodb, table=settings.table_name, clock=clock),
            purchases=DynamoPurchases(dynamodb, table=settings.table_name, clock=clock),
        ),
        erased=erased_people(dynamodb, table=settings.table_name, digest_secret=settings.digest_secret, clock=clock),
        clock=clock,
    )
