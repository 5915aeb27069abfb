"""What ``record_feedback`` is made of."""

from functools import cache

import boto3

from shared.adapters.clock import SystemClock
from shared.adapters.dynamodb.aliases import DynamoAliases
from shared.adapters.dynamodb.ledger import DynamoLedger
from shared.adapters.event_queue import SqsEventQueue
from shared.adapters.redelivery import SqsRedelivery
from shared.bootstrap.aws import CALLS
from shared.bootstrap.suppressions import suppressions
from shared.services.receive_texts import TextReceiver
from shared.services.record_feedback import FeedbackRecorder
from shared.settings.record_feedback import FeedbackSettings


@cache
def feedback_recorder() -> FeedbackRecorder:
    settings = FeedbackSettings.from_env()
    clock = SystemClock(speed=float(settings.clock_speed), epoch=int(settings.clock_epoch))
    return FeedbackRecorder(
        ledger=DynamoLedger(boto3.client("dynamodb", config=CALLS), table=settings.table_name, clock=clock),
        events=SqsEventQueue(boto3.client("sqs", config=CALLS), queue_url=settings.events_queue_url),
        clock=clock,
    )


@cache
def text_receiver() -> TextReceiver:
    settings = FeedbackSettings.from_env()
    clock = SystemClock(speed=float(settings.clock_speed), epoch=int(settings.clock_epoch))
    dynamodb = boto3.client("dynamodb", config=CALLS)
    return TextReceiver(
        aliases=DynamoAliases(dynamodb, table=settings.table_name),
        suppressions=suppressions(
            dynamodb, table=settings.table_name, digest_secret=settings.digest_secret, clock=clock
        ),
        events=SqsEventQueue(boto3.client("sqs", config=CALLS), queue_url=settings.events_queue_url),
        clock=clock,
    )


@cache
def redelivery() -> SqsRedelivery:
    settings = FeedbackSettings.from_env()
    return SqsRedelivery(boto3.client("sqs", config=CALLS), queue_urls=[settings.feedback_queue_url])
