"""From the events queue into the profiles: folds each person's events, in order."""

from collections import Counter
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.evaluate_events.records import read_delivery
from shared.bootstrap.evaluate_events import evaluate
from shared.observability import error_fields
from shared.services.evaluate_events import RETURNED, Delivery, Outcome, Report

logger = Logger(service="evaluate_events")
metrics = Metrics(namespace="Carillon", service="evaluate_events")


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """The queue keeps what is named here, and delivers it again in each person's order."""
    deliveries = [read_delivery(record) for record in event["Records"]]
    report = evaluate().evaluator.evaluate(deliveries)
    _measure(deliveries, report)
    _watch(deliveries, report)
    returned = [delivery.id for delivery in deliveries if report.outcomes[delivery.id] in RETURNED]
    return {"batchItemFailures": [{"itemIdentifier": id_} for id_ in returned]}


def _watch(deliveries: list[Delivery], report: Report) -> None:
    again = {delivery.event.id for delivery in deliveries if delivery.event and delivery.receives > 1}
    quality = evaluate().quality
    for folded in report.folded:
        quality.folded(folded, is_again=lambda event: event.id in again)
    faulty, error = quality.settle()
    metrics.add_metric(name="FaultyEvents", unit=MetricUnit.Count, value=faulty)
    if error:
        logger.warning("what was wrong is not counted yet", extra=error_fields(error))


def _measure(deliveries: list[Delivery], report: Report) -> None:
    counts = Counter(report.outcomes.values())
    for outcome in Outcome:
        metrics.add_metric(
            name=f"Events{outcome.title().replace('_', '')}", unit=MetricUnit.Count, value=counts[outcome]
        )
    metrics.add_metric(name="PeopleIncomplete", unit=MetricUnit.Count, value=len(report.incomplete))
    for delivery in deliveries:
        if error := report.errors.get(delivery.id):
            logger.error(
                "an event could not be folded in",
                extra={
                    **error_fields(error),
                    "queue_message_id": delivery.id,
                    "receives": delivery.receives,
                    "event_id": delivery.event.id if delivery.event else None,
                    "profile": delivery.event.profile_id if delivery.event else None,
                },
            )
