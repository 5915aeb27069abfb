"""Answers that say what is wrong: problem documents (RFC 9457) that name each bad field."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from aws_lambda_powertools.event_handler import Response

from functions.problems import Problem, problem_document
from shared.adapters.sources.http_body import TOO_LARGE
from shared.domain.intake.json_values import MALFORMED
from shared.domain.intake.segment_batch import INVALID_BATCH
from shared.errors import Fault
from shared.services.accept_events import INVALID_EVENT
from shared.services.admit_clients import ORIGIN_REFUSED, UNKNOWN_KEY

TOO_OFTEN: Final = "too-many-requests"


_REFUSED: Final = HTTPStatus.BAD_REQUEST
"""For all that the request itself is to blame for: Segment's clients retry any other status, some of them 413 too."""

PROBLEMS: Final[Mapping[str, Problem]] = MappingProxyType(
    {
        MALFORMED: Problem(_REFUSED, "The body cannot be read", "Send one JSON object in UTF-8, gzipped or not."),
        TOO_LARGE: Problem(_REFUSED, "The body is too large", "An event may have 32 KB, a batch 500 KB, unzipped."),
        INVALID_EVENT: Problem(_REFUSED, "The event is not valid", "Nothing was accepted; mend what errors names."),
        INVALID_BATCH: Problem(_REFUSED, "The batch is not valid", "Nothing was accepted; mend what errors names."),
        UNKNOWN_KEY: Problem(
            HTTPStatus.UNAUTHORIZED,
            "The write key is not known",
            "Send it as the user name of Basic authentication, or as writeKey in the body.",
        ),
        ORIGIN_REFUSED: Problem(
            HTTPStatus.FORBIDDEN, "The page may not use this key", "The stage's settings name the origins that may."
        ),
        TOO_OFTEN: Problem(
            HTTPStatus.TOO_MANY_REQUESTS,
            "The key is used too often",
            "Send the same again after as many seconds as the Retry-After header says.",
        ),
        "not-found": Problem(HTTPStatus.NOT_FOUND, "There is nothing here", "GET /openapi.json tells what there is."),
        "method-not-allowed": Problem(
            HTTPStatus.METHOD_NOT_ALLOWED, "The method is not allowed here", "The Allow header tells which one is."
        ),
        "unavailable": Problem(
            HTTPStatus.SERVICE_UNAVAILABLE, "Not now", "Nothing is lost by sending the same again: ids tell it."
        ),
        "internal": Problem(
            HTTPStatus.INTERNAL_SERVER_ERROR, "Our fault", "Nothing is lost by sending the same again: ids tell it."
        ),
    }
)

_HEADERS: Final[Mapping[str, Mapping[str, str]]] = {
    UNKNOWN_KEY: {"WWW-Authenticate": 'Basic realm="write key", charset="UTF-8"'},
}


def problem_response(
    code: str, faults: Sequence[Fault] = (), *, headers: Mapping[str, str] | None = None
) -> Response[str]:
    return problem_document(code, PROBLEMS[code], faults, {**_HEADERS.get(code, {}), **(headers or {})})
