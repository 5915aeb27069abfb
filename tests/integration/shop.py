"""``serve_shop`` on moto, and requests of the shop's servers as API Gateway hands them over."""

import base64
import copy
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from urllib.parse import quote

import boto3
import pytest

from functions.serve_shop.handler import lambda_handler
from shared.adapters.dynamodb.coupons import DynamoCoupons
from shared.bootstrap.serve_shop import shop
from shared.domain.events import Event, event_from_dict
from shared.settings.serve_shop import ShopSettings
from tests.http_requests import SECRET_KEY, SHAPE, Answer
from tests.integration.lambda_events import FakeLambdaContext


@cache
def shop_playbook() -> Path:
    """A compiled playbook with coupons, of which the function reads nothing else."""
    folder = Path(mkdtemp())
    offers = {"welcome10": {"title": "10 % off", "prefix": "HELLO"}, "spring": {"title": "Spring", "kind": "pool"}}
    (folder / "playbook.json").write_text(json.dumps({"coupons": offers}))
    return folder


@dataclass(frozen=True)
class ShopServer:
    """A server of the shop's, before the deployed function."""

    table_name: str
    queue_url: str

    @property
    def coupons(self) -> DynamoCoupons:
        return DynamoCoupons(boto3.client("dynamodb"), table=self.table_name)

    def look(self, code: str) -> Answer:
        return self.ask(f"/v1/coupons/{quote(code, safe='')}")

    def redeem(self, code: str, order_id: Any = "o1") -> Answer:
        return self.ask(f"/v1/coupons/{quote(code, safe='')}/redeem", {"order_id": order_id}, method="POST")

    def events(self) -> list[Event]:
        """What the persons' stream was told, taken from it."""
        sqs, told = boto3.client("sqs"), []
        while batch := sqs.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10).get("Messages"):
            for message in batch:
                told.append(event_from_dict(json.loads(message["Body"])))
                sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])
        return told

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
    queue_url = boto3.client("sqs").create_queue(QueueName="shop.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    settings = ShopSettings(
        table_name=table_name,
        events_queue_url=queue_url,
        secret_key_secret=secrets.create_secret(Name="shop-secret", SecretString=SECRET_KEY)["ARN"],
    )
    with pytest.MonkeyPatch.context() as environment:
        for name, value in {**settings.to_env(), "PLAYBOOK_DIR": str(shop_playbook())}.items():
            environment.setenv(name, value)
        shop.cache_clear()
        yield ShopServer(table_name, queue_url)
        shop.cache_clear()
