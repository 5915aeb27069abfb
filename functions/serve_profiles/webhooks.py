"""Shopify's privacy webhooks: whose signature is good is answered 200 as soon as the request is durable."""

import json
from http import HTTPStatus
from typing import Final

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.api_gateway import Router
from aws_lambda_powertools.metrics import MetricUnit

from functions.serve_profiles.problems import HEADERS
from shared.adapters.sources.http_body import header, raw_body
from shared.bootstrap.serve_profiles import staff

SHOPIFY: Final = "/v1/webhooks/shopify"
MAX_BODY: Final = 262_144
"""Bytes: some ten thousand orders of one customer."""

logger = Logger(service="serve_profiles")
metrics = Metrics(namespace="Carillon", service="serve_profiles")
router = Router()  # type: ignore[no-untyped-call]


@router.post(SHOPIFY)
def shopify() -> Response[str]:
    request = router.current_event.raw_event
    order = staff().shop.take(
        raw_body(request, limit=MAX_BODY),
        signature=header(request, "x-shopify-hmac-sha256"),
        topic=header(request, "x-shopify-topic"),
        webhook_id=header(request, "x-shopify-webhook-id"),
    )
    metrics.add_metric(name="ShopRequests", unit=MetricUnit.Count, value=1)
    logger.info("a shop's platform asks", extra={"kind": order.kind.value, "receipt": order.receipt})
    return Response(
        status_code=HTTPStatus.OK.value,
        content_type="application/json",
        body=json.dumps({"id": order.receipt}),
        headers=dict(HEADERS),
    )
