"""From a message queue to the providers: one message at a time, each to its end."""

from typing import Any, Final

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from shared.adapters.redelivery import HELD
from shared.bootstrap.dispatch_message import dispatcher, redelivery
from shared.domain.ledger import MessageStatus
from shared.domain.messages import message_from_dict
from shared.errors import HeldError, RetryableError
from shared.observability import error_fields
from shared.services.dispatch_message import Dispatched

NEEDED: Final = 12_000
"""Milliseconds for one message whose provider answers at the last moment. With less left it is not begun: an
attempt that Lambda cuts off is one of which nobody knows how it ended."""

logger = Logger(service="dispatch_message")
metrics = Metrics(namespace="Carillon", service="dispatch_message")
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


def dispatch(record: SQSRecord, lambda_context: LambdaContext) -> None:
    try:
        _keep_to_time(lambda_context)
        dispatched = _dispatch(record)
    except Exception as error:
        _postpone(record, error)
        raise
    if dispatched is not None:
        _measure(dispatched)


def _dispatch(record: SQSRecord) -> Dispatched | None:
    """How it ended; ``None``: it waits for its provider, and this delivery of it is done with."""
    plain = record.json_body
    try:
        return dispatcher().dispatch(message_from_dict(plain), was_held=HELD in plain)
    except HeldError as held:
        redelivery().hold(record.event_source_arn, plain, wait=held.wait)
        metrics.add_metric(name="MessageHeld", unit=MetricUnit.Count, value=1)
        logger.info("a message waits for its provider", extra={"message_id": plain["id"], "reason": held.code})
        return None


def _keep_to_time(context: LambdaContext) -> None:
    if context.get_remaining_time_in_millis() < NEEDED:
        raise RetryableError("no time left in this invocation")


def _postpone(record: SQSRecord, error: Exception) -> None:
    metrics.add_metric(name=f"Message{type(error).__name__}", unit=MetricUnit.Count, value=1)
    logger.warning(
        "a message was not brought to its end, and comes again",
        extra={**error_fields(error), "queue_message_id": record.message_id},
    )
    if isinstance(error, RetryableError):
        redelivery().postpone(
            record.event_source_arn,
            record.receipt_handle,
            receives=int(record.attributes.approximate_receive_count),
        )


def _measure(dispatched: Dispatched) -> None:
    entry = dispatched.entry
    status = MessageStatus.SENT if entry.sent_at is not None else entry.status
    outcome = "Repeated" if dispatched.is_repeated else status.title()
    metrics.add_metric(name=f"Message{outcome}", unit=MetricUnit.Count, value=1)
    if dispatched.low_pools:
        metrics.add_metric(name="CouponPoolsLow", unit=MetricUnit.Count, value=len(dispatched.low_pools))
        logger.warning("few coupons are left", extra={"pools": dispatched.low_pools})
    logger.info(
        "a message came to its end",
        extra={
            "message_id": entry.id,
            "profile": entry.profile_id,
            "journey": entry.journey,
            "status": entry.status,
            "channel": entry.channel,
            "reason": entry.reason,
            "repeated": dispatched.is_repeated,
        },
    )


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """The queue delivers again what is named in the answer, and nothing else."""
    return process_partial_response(event=event, record_handler=dispatch, processor=processor, context=context)
