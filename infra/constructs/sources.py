"""What wakes a function: queues in batches, and the table's stream."""

import jsii
from aws_cdk import Duration
from aws_cdk.aws_dynamodb import TableV2
from aws_cdk.aws_lambda import (
    DlqDestinationConfig,
    FilterCriteria,
    FilterRule,
    Function,
    IEventSourceDlq,
    IEventSourceMapping,
    IFunction,
    MetricsConfig,
    MetricType,
    StartingPosition,
)
from aws_cdk.aws_lambda_event_sources import DynamoEventSource, SqsEventSource
from aws_cdk.aws_sqs import IQueue

from infra.constructs.functions import allow
from shared.tables import EFFECTS

RELAY_PREFIX = "aws/lambda/"
"""Where Lambda itself puts the stream records that ``relay_effects`` gave up on; the name is AWS's choice."""

SQS_BATCH = 10
STREAM_BATCH = 100
STREAM_RETRIES = 20
STREAM_RECORD_AGE = Duration.hours(6)
"""Well within the stream's 24 hours: what fails for longer is kept in S3 instead."""


def consume(function: Function, queue: IQueue, *, concurrency: int | None = None) -> None:
    """Feed the function from the queue; it names the messages that failed, and only they come again."""
    function.add_event_source(
        SqsEventSource(queue, batch_size=SQS_BATCH, report_batch_item_failures=True, max_concurrency=concurrency)
    )


def follow_effects(function: Function, table: TableV2, *, failures_arn: str) -> DynamoEventSource:
    """Feed the function every write of the table that orders something, in each item's order."""
    source = DynamoEventSource(
        table,
        # From the beginning: what was ordered while the mapping came up is carried out too.
        starting_position=StartingPosition.TRIM_HORIZON,
        batch_size=STREAM_BATCH,
        parallelization_factor=10,
        filters=[FilterCriteria.filter({"dynamodb": {"NewImage": {EFFECTS: FilterRule.exists()}}})],
        report_batch_item_failures=True,
        bisect_batch_on_error=True,
        retry_attempts=STREAM_RETRIES,
        max_record_age=STREAM_RECORD_AGE,
        on_failure=KeptInBucket(failures_arn),
        metrics_config=MetricsConfig(metrics=[MetricType.EVENT_COUNT]),
    )
    function.add_event_source(source)
    return source


@jsii.implements(IEventSourceDlq)
class KeptInBucket:
    """The whole failed batch as an object; unlike the library's own, it lets the function read and delete nothing."""

    def __init__(self, bucket_arn: str) -> None:
        self._bucket_arn = bucket_arn

    def bind(self, _target: IEventSourceMapping, handler: IFunction) -> DlqDestinationConfig:
        """Grant what AWS asks for, no more."""
        allow(
            handler,
            "s3:PutObject",
            on=[f"{self._bucket_arn}/{RELAY_PREFIX}*"],
            wildcard_because="Lambda names each batch's object by its time.",
        )
        allow(handler, "s3:ListBucket", on=[self._bucket_arn])
        return DlqDestinationConfig(destination=self._bucket_arn)
