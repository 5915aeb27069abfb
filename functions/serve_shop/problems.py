"""What the shop's servers are answered where it is not what they asked for: problem documents (RFC 9457)."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from aws_lambda_powertools.event_handler import Response

from functions.problems import Problem, problem_document
from shared.adapters.sources.http_body import TOO_LARGE
from shared.domain.intake.json_values import MALFORMED
from shared.domain.shop.products import INVALID_PRODUCTS, MAX_AT_ONCE
from shared.errors import Fault
from shared.services.redeem_coupons import INVALID_REDEMPTION, Refusal

UNKNOWN_KEY: Final = "unknown-key"
NO_PRODUCT: Final = "no-product"


PROBLEMS: Final[Mapping[str, Problem]] = MappingProxyType(
    {
        MALFORMED: Problem(HTTPStatus.BAD_REQUEST, "The body cannot be read", "Send one JSON object in UTF-8."),
        TOO_LARGE: Problem(HTTPStatus.BAD_REQUEST, "The body is too large", "It may have 500 KB, unzipped."),
        INVALID_PRODUCTS: Problem(
            HTTPStatus.BAD_REQUEST,
            "The products are not valid",
            f"Nothing was kept; mend what errors names. A request takes up to {MAX_AT_ONCE}.",
        ),
        UNKNOWN_KEY: Problem(
            HTTPStatus.UNAUTHORIZED,
            "This needs the secret key",
            "Send it as the user name of Basic authentication, or as a Bearer token.",
        ),
        NO_PRODUCT: Problem(
            HTTPStatus.NOT_FOUND, "The catalogue has no such product", "POST /v1/products puts one there."
        ),
        INVALID_REDEMPTION: Problem(
            HTTPStatus.BAD_REQUEST, "The redemption is not valid", "Nothing was done; mend what errors names."
        ),
        Refusal.UNKNOWN: Problem(
            HTTPStatus.NOT_FOUND, "There is no such coupon", "Nobody was given this code, or they were erased since."
        ),
        Refusal.MISTYPED: Problem(
            HTTPStatus.NOT_FOUND, "The code is mistyped", "Its checksum is wrong: compare it letter by letter."
        ),
        Refusal.REDEEMED: Problem(
            HTTPStatus.CONFLICT, "The coupon is redeemed", "Another order has it: GET /v1/coupons/{code} tells which."
        ),
        Refusal.EXPIRED: Problem(HTTPStatus.CONFLICT, "The coupon has expired", "It was good until its expires_at."),
        Refusal.RELEASED: Problem(
            HTTPStatus.CONFLICT, "The coupon is not good", "Its message reached nobody, so nobody can have it."
        ),
        "not-found": Problem(HTTPStatus.NOT_FOUND, "There is nothing here", "GET /openapi.json tells what there is."),
        "unavailable": Problem(HTTPStatus.SERVICE_UNAVAILABLE, "Not now", "Send the same again."),
        "internal": Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "Our fault", "Send the same again."),
    }
)

HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}
)
"""Of every answer."""


def problem_response(code: str, faults: Sequence[Fault] = ()) -> Response[str]:
    challenge = {"WWW-Authenticate": 'Basic realm="secret key", charset="UTF-8"'} if code == UNKNOWN_KEY else {}
    return problem_document(code, PROBLEMS[code], faults, {**HEADERS, **challenge})
