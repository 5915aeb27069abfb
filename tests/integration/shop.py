"""``serve_shop`` on moto, and requests of the shop's servers as API Gateway hands them over."""

import base64
import copy
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import boto3
import pytest

from functions.serve_shop.handler import lambda_handler
from shared.bootstrap.serve_shop import shop
from shared.settings import ShopSettings
from tests.http_requests import SECRET_KEY, SHAPE, Answer
from tests.integration.lambda_events import FakeLambdaContext


@dataclass(frozen=True)
class ShopServer:
    """A server of the shop's, before the deployed function."""

    table_name: str

    def ask(self, path: str, content: Any = None, *, method: str = "GET", key: str | None = SECRET_KEY) -> Answer:
        """``content``: text goes as it is, anything else as JSON."""
        shape: dict[str, Any] = copy.deepcopy(SHAPE)
        shape["rawPath"] = shape["requestContext"]["http"]["path"] = path
        shape["requestContext"]["http"]["method"] = method
        if key is not None:
            shape["headers"]["authorization"] = "Basic " + base64.b64encode(f"{key}:".encode()).decode()
        shape["body"] = content if isinstance(content, str) else "" if content is None else json.dumps(content)
        answer = lambda_handler(shape, FakeLambdaContext())
        return Answer(answer["statusCode"], answer["headers"], answer["body"])

    def put(self, *products: Any) -> Answer:
        return self.ask("/v1/products", {"products": list(products)}, method="POST")

    def product(self, sku: str) -> Answer:
        return self.ask(f"/v1/products/{quote(sku, safe='')}")


@contextmanager
def open_shop(table_name: str) -> Iterator[ShopServer]:
    secrets = boto3.client("secretsmanager")
    settings = ShopSettings(
        table_name=table_name,
        secret_key_secret=secrets.create_secret(Name="shop-secret", SecretString=SECRET_KEY)["ARN"],
    )
    with pytest.MonkeyPatch.context() as environment:
        for name, value in settings.to_env().items():
            environment.setenv(name, value)
        shop.cache_clear()
        yield ShopServer(table_name)
        shop.cache_clear()
