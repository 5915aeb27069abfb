"""The shop's own servers, by the secret key alone: what it sells."""

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import unquote

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.problems import answer_failures
from functions.serve_shop.problems import HEADERS, NO_PRODUCT, UNKNOWN_KEY, problem_response
from shared.adapters.sources.http_body import presented_key, read_body, read_text
from shared.bootstrap.serve_shop import shop
from shared.domain.intake.fields import MAX_ID_LENGTH
from shared.domain.intake.json_values import parse_json
from shared.domain.shop.products import product_to_dict
from shared.errors import InvalidInputError

MAX_BODY: Final = 500_000

logger = Logger(service="serve_shop")
metrics = Metrics(namespace="Carillon", service="serve_shop")
app = APIGatewayHttpResolver()


def require_key(app: APIGatewayHttpResolver, next_middleware: Callable[..., Response[str]]) -> Response[str]:
    """Nothing is taken or told without the secret key."""
    key = presented_key(app.current_event.raw_event)
    if key is None or not shop().keys.is_good(key):
        return problem_response(UNKNOWN_KEY)
    return next_middleware(app)


app.use(middlewares=[require_key])


@app.post("/v1/products")
def put_products() -> Response[str]:
    taken = shop().catalogue.take(_content())
    metrics.add_metric(name="ProductsWritten", unit=MetricUnit.Count, value=taken.written)
    return _success({"written": taken.written, "older": taken.older})


@app.get("/v1/products/<sku>")
def product(sku: str) -> Response[str]:
    meant = unquote(sku)
    found = shop().catalogue.find(meant) if len(meant) <= MAX_ID_LENGTH else None
    return problem_response(NO_PRODUCT) if found is None else _success(product_to_dict(found))


@app.exception_handler(InvalidInputError)  # type: ignore[untyped-decorator]
def refuse(error: InvalidInputError) -> Response[str]:
    return problem_response(error.code, error.faults)


answer_failures(app, logger, problem_response)


@app.not_found
def not_found(_error: NotFoundError) -> Response[str]:
    return problem_response("not-found")


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """One answer a request, counted by its class: ``Answers2xx``, ``Answers4xx``, ``Answers5xx``."""
    answer = app.resolve(event, context)
    metrics.add_metric(name=f"Answers{answer['statusCode'] // 100}xx", unit=MetricUnit.Count, value=1)
    return answer


def _content() -> Any:
    return parse_json(read_text(read_body(app.current_event.raw_event, limit=MAX_BODY)))


def _success(content: Any) -> Response[str]:
    return Response(
        status_code=HTTPStatus.OK.value,
        content_type="application/json",
        body=json.dumps(content, ensure_ascii=False),
        headers=dict(HEADERS),
    )
