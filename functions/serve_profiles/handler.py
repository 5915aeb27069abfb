"""People as staff see them, by the secret key alone; and what a shop's platform asks for them, by its signature."""

import json
import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import unquote

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions import http_api
from functions.problems import answer_failures, answer_mistakes
from functions.serve_profiles import webhooks
from functions.serve_profiles.problems import HEADERS, NOBODY, UNKNOWN_KEY, problem_response
from shared.adapters.sources.http_body import read_body, read_text
from shared.bootstrap.serve_profiles import staff
from shared.domain.intake.json_values import MALFORMED, parse_json
from shared.domain.profiles import Profile
from shared.domain.rights.erasure import Erasure
from shared.domain.timing import format_instant
from shared.errors import Fault, InvalidInputError
from shared.services.cursors import INVALID_REQUEST, read_before, read_place, write_cursor
from shared.services.find_people import MAX_REFERENCE

MAX_BODY: Final = 8_192
LIMITS: Final = {"timeline": (50, 100), "messages": (20, 50)}
"""How many are listed unless asked for otherwise, and at most."""

RECEIPT: Final = re.compile("[0-9a-f]{32}")

logger = Logger(service="serve_profiles")
metrics = Metrics(namespace="Carillon", service="serve_profiles")
app = APIGatewayHttpResolver()


# A webhook has its signature instead.
http_api.require_key(app, lambda: staff().keys, lambda: problem_response(UNKNOWN_KEY), but={webhooks.SHOPIFY})
app.include_router(webhooks.router)


@app.get("/v1/profiles/<reference>")
def profile(reference: str) -> Response[str]:
    return _of(reference, _described)


@app.post("/v1/profiles/search")
def search() -> Response[str]:
    """The identifier comes in the body, for those who keep addresses out of URLs."""
    parsed = parse_json(read_text(read_body(app.current_event.raw_event, limit=MAX_BODY)))
    if not isinstance(parsed, dict):
        raise InvalidInputError([Fault("", "must be a JSON object")], code=MALFORMED)
    identifier = parsed.get("identifier")
    if not isinstance(identifier, str) or not 0 < len(identifier) <= MAX_REFERENCE:
        fault = Fault(
            "identifier", f"must be a text of at most {MAX_REFERENCE} characters, such as email:ana@example.com"
        )
        raise InvalidInputError([fault], code=INVALID_REQUEST)
    return _told(identifier, _described)


@app.get("/v1/profiles/<reference>/timeline")
def timeline(reference: str) -> Response[str]:
    limit, cursor = _paging("timeline")

    def answer(person: Profile) -> Response[str]:
        place = read_place(cursor) if cursor else None
        events, following = staff().desk.timeline(person, limit=limit, place=place)
        return _success({"events": events, "next": write_cursor(*following) if following else None})

    return _of(reference, answer)


@app.get("/v1/profiles/<reference>/messages")
def messages(reference: str) -> Response[str]:
    limit, cursor = _paging("messages")

    def answer(person: Profile) -> Response[str]:
        before = read_before(cursor) if cursor else None
        listed, following = staff().desk.messages(person, limit=limit, before=before)
        return _success({"messages": listed, "next": write_cursor(*following) if following else None})

    return _of(reference, answer)


@app.get("/v1/profiles/<reference>/export")
def export(reference: str) -> Response[str]:
    """The document itself, or, where it is too large for an answer, the way to it."""

    def answer(person: Profile) -> Response[str]:
        exported = staff().desk.export(person)
        metrics.add_metric(name="PeopleExported", unit=MetricUnit.Count, value=1)
        if exported.content is not None:
            return _answer(exported.content)
        return _answer(json.dumps({"location": exported.link}), HTTPStatus.SEE_OTHER, Location=exported.link)

    return _of(reference, answer)


@app.delete("/v1/profiles/<reference>")
def erase(reference: str) -> Response[str]:
    """Accepted whoever it is, also nobody: quarantine and dead letters may hold what never became a person."""
    meant = unquote(reference)
    if len(meant) > MAX_REFERENCE:
        fault = Fault("id", f"must be a text of at most {MAX_REFERENCE} characters")
        raise InvalidInputError([fault], code=INVALID_REQUEST)
    person = staff().desk.find(meant)
    erasure = staff().rights.erase([meant if person is None else person.id])
    metrics.add_metric(name="ErasuresRequested", unit=MetricUnit.Count, value=1)
    return _answer(json.dumps(_erasure(erasure)), HTTPStatus.ACCEPTED, Location=f"/v1/erasures/{erasure.receipt}")


@app.get("/v1/erasures/<receipt>")
def erasure(receipt: str) -> Response[str]:
    found = staff().rights.find(receipt) if RECEIPT.fullmatch(receipt) else None
    return problem_response("not-found") if found is None else _success(_erasure(found))


answer_mistakes(app, problem_response)
answer_failures(app, logger, problem_response)


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return http_api.answer(app, metrics, event, context)


def _of(reference: str, answer: Callable[[Profile], Response[str]]) -> Response[str]:
    """Of the person in the path, which API Gateway may hand over encoded or not."""
    return _told(unquote(reference), answer)


def _told(reference: str, answer: Callable[[Profile], Response[str]]) -> Response[str]:
    person = staff().desk.find(reference)
    return problem_response(NOBODY) if person is None else answer(person)


def _described(person: Profile) -> Response[str]:
    return _success(staff().desk.describe(person))


def _erasure(erasure: Erasure) -> dict[str, Any]:
    done_at = erasure.done_at
    return {
        "id": erasure.receipt,
        "status": erasure.status.value,
        "requested_at": format_instant(erasure.requested_at),
        "done_at": None if done_at is None else format_instant(done_at),
        "removed": dict(erasure.counts),
    }


def _paging(name: str) -> tuple[int, str]:
    default, most = LIMITS[name]
    text = app.current_event.get_query_string_value("limit", str(default)) or ""
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= most):
        raise InvalidInputError([Fault("limit", f"must be a number from 1 to {most}")], code=INVALID_REQUEST)
    return int(text), app.current_event.get_query_string_value("cursor", "") or ""


def _success(content: Any) -> Response[str]:
    return _answer(json.dumps(content, default=dict))


def _answer(body: str, status: HTTPStatus = HTTPStatus.OK, **headers: str) -> Response[str]:
    return Response(
        status_code=status.value, content_type="application/json", body=body, headers={**HEADERS, **headers}
    )
