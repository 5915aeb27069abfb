"""Requests to ``ingest_events`` in the shape that API Gateway's HTTP API gives them, and its answers."""

import base64
import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from functions.ingest_events.handler import lambda_handler
from tests.integration.lambda_events import FakeLambdaContext

SHAPE: Final = json.loads((Path(__file__).parent / "events" / "http_api_request.json").read_text())
PUBLIC_KEY: Final = "public-key"
SECRET_KEY: Final = "secret-key"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


def request(
    path: str,
    content: Any = None,
    *,
    method: str = "POST",
    key: str | None = PUBLIC_KEY,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """``content``: bytes go as API Gateway passes binary, text as it is, anything else as JSON."""
    answer = lambda_handler(http_request(path, content, method=method, key=key, headers=headers), FakeLambdaContext())
    return Answer(answer["statusCode"], answer["headers"], answer["body"])


def http_request(
    path: str, content: Any, *, method: str, key: str | None, headers: Mapping[str, str] | None
) -> dict[str, Any]:
    shape: dict[str, Any] = copy.deepcopy(SHAPE)
    shape["routeKey"] = shape["requestContext"]["routeKey"] = f"{method} {path}"
    shape["rawPath"] = shape["requestContext"]["http"]["path"] = path
    shape["requestContext"]["http"]["method"] = method
    if key is not None:
        shape["headers"]["authorization"] = "Basic " + base64.b64encode(f"{key}:".encode()).decode()
    shape["headers"] |= headers or {}
    if isinstance(content, bytes):
        return shape | {"body": base64.b64encode(content).decode(), "isBase64Encoded": True}
    return shape | {"body": content if isinstance(content, str) else json.dumps(content)}


def a_call(**changes: Any) -> dict[str, Any]:
    """Good at every address: it has what each type of call asks for."""
    return {"event": "Product Added", "userId": "u1", "messageId": "m1", "previousId": "a1", "groupId": "g1"} | changes


def in_batch(*calls: dict[str, Any], **body: Any) -> dict[str, Any]:
    return {"batch": [{"type": "track"} | call for call in calls]} | body
