"""From the bus to the events queue: what other systems of the shop put on EventBridge."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from shared.bootstrap.normalize_events import normalize as normalizing
from shared.observability import error_fields

logger = Logger(service="normalize_events")
metrics = Metrics(namespace="Carillon", service="normalize_events")
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


def normalize(record: SQSRecord) -> None:
    queued_at = int(record.attributes.sent_timestamp)
    try:
        outcome = normalizing().normalizer.normalize(record.body, received_at=queued_at)
    except Exception as error:
        logger.warning(
            "a delivery failed, and comes again", extra={**error_fields(error), "queue_message_id": record.message_id}
        )
        metrics.add_metric(name="BusEventsFailed", unit=MetricUnit.Count, value=1)
        raise
    metrics.add_metric(name=f"BusEvents{outcome.title()}", unit=MetricUnit.Count, value=1)


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """The queue delivers again what is named in the answer, and nothing else."""
    answer = process_partial_response(event=event, record_handler=normalize, processor=processor, context=context)
    faulty, error = normalizing().quality.settle()
    metrics.add_metric(name="FaultyEvents", unit=MetricUnit.Count, value=faulty)
    if error:
        logger.warning("what was wrong is not counted yet", extra=error_fields(error))
    return answer
