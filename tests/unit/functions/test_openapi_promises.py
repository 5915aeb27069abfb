"""Whatever Schemathesis makes of the OpenAPI document, good and bad, is answered as the document says: here."""

import base64
import json
from collections.abc import Callable, Iterable
from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from functions.ingest_events.handler import OPENAPI, lambda_handler
from tests.http_requests import PUBLIC_KEY, SECRET_KEY, SHAPE
from tests.integration.lambda_events import FakeLambdaContext
from tests.unit.functions.conftest import Inside

CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The function as API Gateway calls it."""
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
    if environ.get("CONTENT_TYPE"):
        headers["content-type"] = environ["CONTENT_TYPE"]
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
    context = SHAPE["requestContext"] | {"http": SHAPE["requestContext"]["http"] | {"method": method, "path": path}}
    event = SHAPE | {"headers": headers, "rawPath": path, "requestContext": context}
    event |= {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    answer = lambda_handler(event, FakeLambdaContext())
    start_response(f"{answer['statusCode']} .", list(answer["headers"].items()))
    return [answer["body"].encode()]


def schema(paths: str, mode: GenerationMode, *, is_thorough: bool = False) -> Any:
    """The document's operations at these paths; ``is_thorough``: each of their fields at each of its limits too."""
    found = schemathesis.openapi.from_dict(json.loads(OPENAPI.read_text("utf-8"))).include(path_regex=paths)
    found.app = application
    found.config.generation.update(modes=[mode])
    found.config.phases.coverage.enabled = is_thorough
    return found


SERVED: Final = "^/(openapi.json|v1/(health|batch|track|identify|alias|page|screen|group))$"
GOOD: Final = schema(SERVED, GenerationMode.POSITIVE)
BAD: Final = schema(SERVED, GenerationMode.NEGATIVE)
EDGES: Final = schema("^/v1/(track|batch)$", GenerationMode.NEGATIVE, is_thorough=True)

BOUNDED: Final[dict[str, Any]] = {
    "derandomize": True,
    "database": None,
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
}


KEYS: Final = {"public": PUBLIC_KEY, "secret": SECRET_KEY, "wrong": "wrong-key", "none": None}


@pytest.mark.parametrize("key", KEYS)
@GOOD.parametrize()  # type: ignore[untyped-decorator]
@settings(max_examples=8, **BOUNDED)
def test_what_is_as_described_is_answered_as_described(inside: Inside, case: Any, key: str) -> None:
    take_and_check(case, KEYS[key], inside)


@pytest.mark.parametrize("key", KEYS)
@BAD.parametrize()  # type: ignore[untyped-decorator]
@settings(max_examples=8, **BOUNDED)
def test_what_is_not_as_described_is_refused_as_described(inside: Inside, case: Any, key: str) -> None:
    take_and_check(case, KEYS[key], inside)


@EDGES.parametrize()  # type: ignore[untyped-decorator]
@settings(max_examples=1, **BOUNDED)
def test_so_is_every_field_at_every_limit(inside: Inside, case: Any) -> None:
    take_and_check(case, SECRET_KEY, inside)


def take_and_check(case: Any, key: str | None, inside: Inside) -> None:
    before = len(inside.queue.events)
    answer = case.call_and_validate(auth=None if key is None else (key, ""), checks=CHECKS)
    is_let_in = key in {PUBLIC_KEY, SECRET_KEY}
    assert is_let_in or len(inside.queue.events) == before
    assert is_let_in or case.method == "GET" or answer.status_code in {400, 401, 405}
