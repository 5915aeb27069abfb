"""From the table's stream to the world: carries out what decisions ordered."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.relay_effects.records import read_order
from shared.bootstrap.relay_effects import effect_relay
from shared.errors import RetryableError
from shared.observability import error_fields
from shared.services.relay_effects import Relayed


class UndividedBatchError(Exception):
    """The batch must be halved."""


logger = Logger(service="relay_effects")
metrics = Metrics(namespace="Carillon", service="relay_effects")


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """The stream comes again from the first record that failed, so that a person's orders keep their order."""
    orders = [read_order(record) for record in event["Records"]]
    relayed = effect_relay().relay(orders)
    _measure(relayed)
    if relayed.failed is None:
        return {"batchItemFailures": []}
    if relayed.failed is orders[0] and len(orders) > 1 and not isinstance(relayed.error, RetryableError):
        # Named as the first failure it would come again and again with all that follow, and be set aside with them.
        # Only an error makes Lambda halve the batch, until the culprit is alone.
        raise UndividedBatchError("the first of several orders cannot be carried out")
    return {"batchItemFailures": [{"itemIdentifier": relayed.failed.id}]}


def _measure(relayed: Relayed) -> None:
    counts = {
        "MessagesOrdered": relayed.messages,
        "WakeUpsSet": relayed.wakes,
        "AnnouncementsPublished": relayed.announcements,
        "IdentifiersClaimed": relayed.claims,
        "IdentifiersDisputed": len(relayed.disputed),
        "MembershipsWritten": relayed.memberships,
        "StatementsKept": relayed.statements,
        "PurchasesCounted": relayed.purchases,
        "PurchasesNotCounted": len(relayed.uncounted),
        "OrdersForgotten": relayed.forgotten,
        "OrdersFailed": int(relayed.failed is not None),
    }
    for name, count in counts.items():
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=count)
    for error in relayed.uncounted:
        logger.warning("a purchase could not be counted", extra=error_fields(error))
    for disputed in relayed.disputed:
        logger.warning("an identifier belongs to another profile", extra=disputed._asdict())
    if relayed.failed is not None and relayed.error is not None:
        logger.error(
            "an order could not be carried out",
            extra={
                **error_fields(relayed.error),
                "sequence_number": relayed.failed.id,
                "profile": relayed.failed.profile_id,
            },
        )
