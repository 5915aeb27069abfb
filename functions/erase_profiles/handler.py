"""From the queue of people's rights: erase whom it names, prepare their copy, or tell of a shop that left."""

from typing import Any, Final

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from shared.bootstrap.erase_profiles import rights
from shared.domain.rights.erasure import RightsKind, RightsOrder, order_from_dict
from shared.errors import RetryableError
from shared.observability import error_fields

NEEDED: Final = 60_000
"""Milliseconds in which an order that is begun comes to where it can be left."""

logger = Logger(service="erase_profiles")
metrics = Metrics(namespace="Carillon", service="erase_profiles")
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


def fulfil(record: SQSRecord, lambda_context: LambdaContext) -> None:
    def has_time() -> bool:
        return lambda_context.get_remaining_time_in_millis() > NEEDED

    try:
        _keep_to_time(has_time())
        order = order_from_dict(record.json_body)
        if order.kind is RightsKind.EXPORT:
            metrics.add_metric(name="PeopleExported", unit=MetricUnit.Count, value=rights().preparer.prepare(order))
            return
        if order.kind is RightsKind.SHOP:
            _tell_of_shop(order)
            return
        counts = rights().eraser.erase(order, may_go_on=has_time)
    except Exception as error:
        metrics.add_metric(name="RightsFailed", unit=MetricUnit.Count, value=1)
        logger.warning(
            "a request could not be carried out, and comes again",
            extra={**error_fields(error), "queue_message_id": record.message_id},
        )
        raise
    metrics.add_metric(name="ErasureSweeps", unit=MetricUnit.Count, value=1)
    logger.info("an erasure went on", extra={"receipt": order.receipt, "sweep": order.sweep, "removed": {**counts}})


def _tell_of_shop(order: RightsOrder) -> None:
    rights().shops.announce(order)
    metrics.add_metric(name="ShopRedactions", unit=MetricUnit.Count, value=1)
    logger.warning(
        "a shop left and wants its data deleted: nothing was, decide",
        extra={"receipt": order.receipt, "shops": list(order.references)},
    )


def _keep_to_time(has_time: bool) -> None:
    if not has_time:
        raise RetryableError("no time left in this invocation")


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """The queue delivers again what is named in the answer, and nothing else."""
    return process_partial_response(event=event, record_handler=fulfil, processor=processor, context=context)
