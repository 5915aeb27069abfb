"""What became of each mail, from the account's bus; of texts and WhatsApp, and what people write us, from a topic."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from shared.adapters.sources.feedback import Told, read
from shared.bootstrap.record_feedback import feedback_recorder, redelivery, text_receiver
from shared.domain.consent.sms_keywords import Keyword
from shared.domain.delivery import DeliveryEvent, DeliveryKind
from shared.errors import RetryableError
from shared.observability import error_fields
from shared.services.record_feedback import Feedback

logger = Logger(service="record_feedback")
metrics = Metrics(namespace="Carillon", service="record_feedback")
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


def record_feedback(record: SQSRecord) -> None:
    try:
        told = read(record.json_body)
        for text in told.texts:
            _measure_text(text_receiver().receive(text))
        for delivery in told.deliveries:
            feedback = feedback_recorder().record(delivery, queued_at=int(record.attributes.sent_timestamp))
            _measure(delivery, feedback, record)
    except Exception as error:
        _postpone(record, error)
        raise
    if told == Told():
        _count("FeedbackForeign")


def _measure_text(keyword: Keyword | None) -> None:
    _count("TextReceived")
    if keyword is not None:
        _count(f"Text{keyword.title()}")


def _measure(delivery: DeliveryEvent, feedback: Feedback, record: SQSRecord) -> None:
    _count(f"Feedback{feedback.title()}")
    _count(f"Message{delivery.kind.title()}{'ByMachine' if delivery.machine else ''}")
    if feedback is Feedback.UNMATCHED or delivery.kind is DeliveryKind.UNKNOWN:
        logger.warning(
            "feedback that changes nothing",
            extra={
                "message_id": delivery.message_id,
                "kind": delivery.kind,
                "provider_id": delivery.provider_id,
                "queue_message_id": record.message_id,
            },
        )


def _postpone(record: SQSRecord, error: Exception) -> None:
    _count("FeedbackFailed")
    logger.warning(
        "feedback could not be taken, and comes again",
        extra={**error_fields(error), "queue_message_id": record.message_id},
    )
    if isinstance(error, RetryableError):
        redelivery().postpone(
            record.event_source_arn,
            record.receipt_handle,
            receives=int(record.attributes.approximate_receive_count),
        )


def _count(name: str) -> None:
    metrics.add_metric(name=name, unit=MetricUnit.Count, value=1)


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """The queue delivers again what is named in the answer, and nothing else."""
    return process_partial_response(event=event, record_handler=record_feedback, processor=processor, context=context)
