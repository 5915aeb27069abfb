"""Answers that say what is wrong, for every function that speaks HTTP to programs: problem documents (RFC 9457)."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError

from shared.errors import Fault, InvalidInputError, RetryableError
from shared.observability import error_fields

MEDIA_TYPE: Final = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of trouble; ``detail`` is for the person who reads the answer."""

    status: HTTPStatus
    title: str
    detail: str


def problem_document(code: str, problem: Problem, faults: Sequence[Fault], headers: Mapping[str, str]) -> Response[str]:
    document: dict[str, Any] = {
        "type": f"urn:carillon:problem:{code}",
        "title": problem.title,
        "status": problem.status.value,
        "detail": problem.detail,
        "errors": plain_faults(faults),
    }
    return Response(
        status_code=problem.status.value,
        content_type=MEDIA_TYPE,
        body=json.dumps(document, ensure_ascii=False),
        headers=dict(headers),
    )


def plain_faults(faults: Sequence[Fault]) -> list[dict[str, str]]:
    return [{"path": fault.path, "message": fault.message} for fault in faults]


def answer_mistakes(app: APIGatewayHttpResolver, answer: Callable[..., Response[str]]) -> None:
    """What is wrong with the request is told by its code and faults; where there is nothing, that."""

    def refuse(error: InvalidInputError) -> Response[str]:
        return answer(error.code, error.faults)

    def not_found(_error: NotFoundError) -> Response[str]:
        return answer("not-found")

    app.exception_handler(InvalidInputError)(refuse)
    app.not_found(not_found)


def answer_failures(app: APIGatewayHttpResolver, logger: Logger, answer: Callable[[str], Response[str]]) -> None:
    """What is no fault of the request's is logged, and ``answer`` says ``unavailable`` or ``internal`` of it.

    A browser can read the answer too: it has all that the others have.
    """

    def postpone(error: RetryableError) -> Response[str]:
        logger.warning("a request could not be served now", extra=error_fields(error))
        return answer("unavailable")

    def apologise(error: Exception) -> Response[str]:
        logger.error("a request failed", extra=error_fields(error))
        return answer("internal")

    app.exception_handler(RetryableError)(postpone)
    app.exception_handler(Exception)(apologise)
