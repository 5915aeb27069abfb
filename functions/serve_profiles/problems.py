"""What staff, and webhooks, are answered where it is not what they asked for: problem documents (RFC 9457)."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from aws_lambda_powertools.event_handler import Response

from functions.problems import Problem, problem_document
from shared.adapters.sources.http_body import TOO_LARGE
from shared.domain.intake.json_values import MALFORMED
from shared.errors import Fault
from shared.services.cursors import INVALID_REQUEST
from shared.services.take_shop_requests import UNKNOWN_SIGNATURE, UNKNOWN_TOPIC

UNKNOWN_KEY: Final = "unknown-key"
NOBODY: Final = "nobody"


PROBLEMS: Final[Mapping[str, Problem]] = MappingProxyType(
    {
        MALFORMED: Problem(HTTPStatus.BAD_REQUEST, "The body cannot be read", "Send one JSON object in UTF-8."),
        TOO_LARGE: Problem(
            HTTPStatus.BAD_REQUEST,
            "The body is too large",
            "An identifier may have 1,024 characters, a webhook 256 KB.",
        ),
        INVALID_REQUEST: Problem(
            HTTPStatus.BAD_REQUEST, "The request is not valid", "Nothing was done; mend what errors names."
        ),
        UNKNOWN_KEY: Problem(
            HTTPStatus.UNAUTHORIZED,
            "This needs the secret key",
            "Send it as the user name of Basic authentication, or as a Bearer token.",
        ),
        UNKNOWN_SIGNATURE: Problem(
            HTTPStatus.UNAUTHORIZED,
            "The signature is not good",
            "Sign the raw body with the app's client secret, which the ShopifySecret holds.",
        ),
        UNKNOWN_TOPIC: Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY, "The topic is not served", "Subscribe to those that errors names, alone."
        ),
        NOBODY: Problem(
            HTTPStatus.NOT_FOUND, "Nobody is known by that", "See docs/staff-api.md for what leads to people."
        ),
        "not-found": Problem(HTTPStatus.NOT_FOUND, "There is nothing here", "GET /openapi.json tells what there is."),
        "unavailable": Problem(HTTPStatus.SERVICE_UNAVAILABLE, "Not now", "The same may be asked again."),
        "internal": Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "Our fault", "The same may be asked again."),
    }
)

HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}
)
"""Of every answer: nothing of a person stays in a browser or a proxy."""

CHALLENGES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        UNKNOWN_KEY: {"WWW-Authenticate": 'Basic realm="secret key", charset="UTF-8"'},
        UNKNOWN_SIGNATURE: {"WWW-Authenticate": "X-Shopify-Hmac-SHA256"},
    }
)


def problem_response(code: str, faults: Sequence[Fault] = ()) -> Response[str]:
    return problem_document(code, PROBLEMS[code], faults, {**HEADERS, **CHALLENGES.get(code, {})})
