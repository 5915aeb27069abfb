"""Shopify's privacy webhooks as they come in: bodies of ``tests/events``, signed as Shopify signs them."""

import base64
import copy
import hashlib
import hmac
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from functions.serve_profiles.handler import lambda_handler
from tests.http_requests import SHAPE, Answer
from tests.integration.lambda_events import FakeLambdaContext
from tests.integration.staff import SHOPIFY_SECRET

FILES: Final = Path(__file__).parents[1] / "events"
BODIES: Final[Mapping[str, bytes]] = {
    "customers/redact": (FILES / "shopify_redact.json").read_bytes(),
    "customers/data_request": (FILES / "shopify_data_request.json").read_bytes(),
    "shop/redact": (FILES / "shopify_shop_redact.json").read_bytes(),
}
WEBHOOK_ID: Final = "b54557e4-8a5f-4bf7-9d70-bcd043a1f2c6"


def sign(body: bytes, secret: str = SHOPIFY_SECRET) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def shop_headers(topic: str, body: bytes, *, secret: str = SHOPIFY_SECRET) -> dict[str, str]:
    return {
        "X-Shopify-Topic": topic,
        "X-Shopify-Hmac-SHA256": sign(body, secret),
        "X-Shopify-Webhook-Id": WEBHOOK_ID,
        "X-Shopify-Shop-Domain": "carillon-tea.myshopify.com",
        "content-type": "application/json",
    }


def deliver(body: bytes, headers: Mapping[str, str], *, is_binary: bool = True) -> Answer:
    """As API Gateway hands it over, in base64 or as text."""
    path = "/v1/webhooks/shopify"
    shape: dict[str, Any] = copy.deepcopy(SHAPE)
    shape["rawPath"] = shape["requestContext"]["http"]["path"] = path
    shape["requestContext"]["http"]["method"] = "POST"
    shape["headers"] = {name.lower(): value for name, value in headers.items()}
    text = base64.b64encode(body).decode() if is_binary else body.decode()
    answer = lambda_handler(shape | {"body": text, "isBase64Encoded": is_binary}, FakeLambdaContext())
    return Answer(answer["statusCode"], answer["headers"], answer["body"])
