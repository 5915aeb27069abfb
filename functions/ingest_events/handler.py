"""Segment's HTTP tracking API, so that Segment's own and compatible clients work unchanged."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, CORSConfig, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions import http_api
from functions.ingest_events.problems import TOO_OFTEN, problem_response
from functions.problems import answer_failures, plain_faults
from shared.adapters.sources.http_body import basic_user, header, read_body, read_text
from shared.bootstrap.ingest_events import ingest
from shared.domain.intake.json_values import MALFORMED, parse_json
from shared.domain.intake.segment_batch import INVALID_BATCH, MAX_BATCH_SIZE, MAX_EVENT_SIZE, Batch
from shared.domain.intake.segment_spec import ADDRESSES, BATCH_ADDRESSES
from shared.domain.timing import SECOND
from shared.errors import Fault, InvalidInputError, TooOftenError
from shared.observability import error_fields
from shared.services.admit_clients import ORIGIN_REFUSED, UNKNOWN_KEY

COUNTED: Final = MappingProxyType({UNKNOWN_KEY: "KeysUnknown", ORIGIN_REFUSED: "OriginsRefused"})
"""Refusals that somebody may want to hear of, by what each is counted as."""
OPENAPI: Final = Path(__file__).with_name("openapi.json")

logger = Logger(service="ingest_events")
metrics = Metrics(namespace="Carillon", service="ingest_events")
app = APIGatewayHttpResolver(
    cors=CORSConfig(
        # No cookie is read, and nothing can be read with a public key: which pages may use one, its rules say.
        allow_origin="*",
        allow_headers=["Content-Encoding", "X-Retry-Count"],
        expose_headers=["Retry-After"],
        max_age=86_400,
    )
)


@contextmanager
def faults_counted() -> Iterator[None]:
    """Whatever the answer is."""
    try:
        yield
    finally:
        faulty, error = ingest().quality.settle()
        metrics.add_metric(name="FaultyEvents", unit=MetricUnit.Count, value=faulty)
        if error:
            logger.warning("what was wrong is not counted yet", extra=error_fields(error))


@app.post("/v1/<call>")
@faults_counted()
def accept(call: str) -> Response[str]:
    if call not in ADDRESSES and call not in BATCH_ADDRESSES:
        return problem_response("not-found")
    request = app.current_event.raw_event
    gate, intake, origin = ingest().gate, ingest().intake, header(request, "origin")
    user = basic_user(request)
    key = None if user is None else gate.admit(user, at="authorization", origin=origin)
    body = read_body(request, limit=MAX_BATCH_SIZE if call in BATCH_ADDRESSES else MAX_EVENT_SIZE)
    parsed = parse_json(read_text(body))
    if not isinstance(parsed, dict):
        raise InvalidInputError([Fault("", "must be a JSON object")], code=MALFORMED)
    if key is None:
        key = gate.admit(parsed.get("writeKey"), at="writeKey", origin=origin)
    if call in BATCH_ADDRESSES:
        return _answer(intake.accept_batch(parsed, key=key, body_size=len(body)))
    intake.accept_call(parsed, ADDRESSES[call], key=key)
    metrics.add_metric(name="EventsAccepted", unit=MetricUnit.Count, value=1)
    return _success()


@app.get("/v1/health")
def health() -> Response[str]:
    return _success({"status": "ok"})


@app.get("/openapi.json")
def openapi() -> Response[str]:
    return Response(status_code=HTTPStatus.OK, content_type="application/json", body=OPENAPI.read_text("utf-8"))


@app.exception_handler(InvalidInputError)  # type: ignore[untyped-decorator]
def refuse(error: InvalidInputError) -> Response[str]:
    counted = COUNTED.get(error.code)
    if counted is not None:
        metrics.add_metric(name=counted, unit=MetricUnit.Count, value=1)
    return problem_response(error.code, error.faults)


@app.exception_handler(TooOftenError)  # type: ignore[untyped-decorator]
def slow_down(error: TooOftenError) -> Response[str]:
    """The client waits, and sends the same again."""
    metrics.add_metric(name="RequestsThrottled", unit=MetricUnit.Count, value=1)
    return problem_response(TOO_OFTEN, headers={"Retry-After": str(-(-error.wait // SECOND))})


answer_failures(app, logger, problem_response)


@app.not_found
def not_found(_error: NotFoundError) -> Response[str]:
    path = app.current_event.path.removeprefix("/v1/")
    if path in ADDRESSES or path in BATCH_ADDRESSES:
        return problem_response("method-not-allowed", headers={"Allow": "OPTIONS, POST"})
    if app.current_event.path in {"/v1/health", "/openapi.json"}:
        return problem_response("method-not-allowed", headers={"Allow": "GET, OPTIONS"})
    return problem_response("not-found")


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return http_api.answer(app, metrics, event, context)


def _answer(batch: Batch) -> Response[str]:
    """200 as soon as one event was good: any other status would have a client give up on, or repeat, the good ones."""
    metrics.add_metric(name="EventsAccepted", unit=MetricUnit.Count, value=len(batch.events))
    metrics.add_metric(name="EventsRejected", unit=MetricUnit.Count, value=len(batch.rejections))
    if batch.rejections and not batch.events:
        faults = [fault for rejection in batch.rejections for fault in rejection.placed_faults()]
        return problem_response(INVALID_BATCH, faults)
    if not batch.rejections:
        return _success()
    rejected = [
        {"index": rejection.index, "errors": plain_faults(rejection.placed_faults())} for rejection in batch.rejections
    ]
    return _success({"success": True, "rejected": rejected})


def _success(content: dict[str, Any] | None = None) -> Response[str]:
    body = json.dumps(content or {"success": True}, ensure_ascii=False)
    return Response(status_code=HTTPStatus.OK, content_type="application/json", body=body)
