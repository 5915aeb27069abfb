"""What functions that speak HTTP do alike: ask for the secret key, and count their answers."""

from collections.abc import Callable, Container
from typing import Any

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from shared.adapters.sources.http_body import presented_key
from shared.ports.secrets import StaffKeys


def require_key(
    app: APIGatewayHttpResolver,
    keys: Callable[[], StaffKeys],
    refuse: Callable[[], Response[str]],
    *,
    but: Container[str] = (),
) -> None:
    """Have nothing told without the secret key, not even what there is; ``but``: paths that ask for something else.

    ``keys`` is called with the first request, not when the function is imported.
    """

    def ask(app: APIGatewayHttpResolver, next_middleware: Callable[..., Response[str]]) -> Response[str]:
        if app.current_event.path not in but:
            key = presented_key(app.current_event.raw_event)
            if key is None or not keys().is_good(key):
                return refuse()
        return next_middleware(app)

    app.use(middlewares=[ask])


def answer(
    app: APIGatewayHttpResolver, metrics: Metrics, event: dict[str, Any], context: LambdaContext
) -> dict[str, Any]:
    """The answer to one request, counted by its class: ``Answers2xx``, ``Answers4xx``, ``Answers5xx``."""
    answered = app.resolve(event, context)
    metrics.add_metric(name=f"Answers{answered['statusCode'] // 100}xx", unit=MetricUnit.Count, value=1)
    return answered
