"""The shop's own servers and tills, by the secret key alone: what it sells, and what coupons are good for."""

import json
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import unquote

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions import http_api
from functions.problems import answer_failures, answer_mistakes
from functions.serve_shop.problems import HEADERS, NO_PRODUCT, UNKNOWN_KEY, problem_response
from shared.adapters.sources.http_body import read_body, read_text
from shared.bootstrap.serve_shop import shop
from shared.domain.intake.fields import MAX_ID_LENGTH
from shared.domain.intake.json_values import parse_json
from shared.domain.shop.products import product_to_dict
from shared.services.redeem_coupons import Refusal

MAX_BODY: Final = 500_000

logger = Logger(service="serve_shop")
metrics = Metrics(namespace="Carillon", service="serve_shop")
app = APIGatewayHttpResolver()


http_api.require_key(app, lambda: shop().keys, lambda: problem_response(UNKNOWN_KEY))


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


@app.get("/v1/coupons/<code>")
def coupon(code: str) -> Response[str]:
    return _answered(shop().coupons.look(unquote(code)))


@app.post("/v1/coupons/<code>/redeem")
def redeem(code: str) -> Response[str]:
    answer = shop().coupons.redeem(unquote(code), _content())
    is_refused = isinstance(answer, Refusal)
    metrics.add_metric(name="CouponsRefused" if is_refused else "CouponsRedeemed", unit=MetricUnit.Count, value=1)
    return _answered(answer)


answer_mistakes(app, problem_response)
answer_failures(app, logger, problem_response)


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return http_api.answer(app, metrics, event, context)


def _content() -> Any:
    return parse_json(read_text(read_body(app.current_event.raw_event, limit=MAX_BODY)))


def _answered(answer: dict[str, Any] | Refusal) -> Response[str]:
    return problem_response(answer) if isinstance(answer, Refusal) else _success(answer)


def _success(content: Any) -> Response[str]:
    return Response(
        status_code=HTTPStatus.OK.value,
        content_type="application/json",
        body=json.dumps(content, ensure_ascii=False),
        headers=dict(HEADERS),
    )
