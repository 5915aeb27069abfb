"""Our own links in messages: whoever follows one is led on at once, whatever becomes of the news of it."""

from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions import http_api
from shared.bootstrap.follow_links import follower, front_door
from shared.errors import CarillonError
from shared.observability import error_fields
from shared.services.follow_links import Followed, Visit

HEADERS: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}
MAX_USER_AGENT: Final = 1_000
_PURPOSES: Final = ("sec-purpose", "purpose", "x-purpose", "x-moz")
_AHEAD: Final = ("prefetch", "preview", "prerender")

logger = Logger(service="follow_links")
metrics = Metrics(namespace="Carillon", service="follow_links")
app = APIGatewayHttpResolver()


@app.get("/l/<place>")
@app.head("/l/<place>")
def follow(place: str) -> Response[str]:
    followed = _followed(place)
    if followed is not None and followed.click is not None:
        _count(f"LinkClicked{'ByMachine' if followed.click.machine else ''}")
        try:
            follower().tell(followed.click)
        except CarillonError as error:
            _count("LinkClickLost")
            logger.exception("a click is lost", extra={**error_fields(error), "message_id": followed.click.message_id})
    target = followed.target if followed is not None else front_door()
    if not target:
        return Response(status_code=HTTPStatus.NOT_FOUND, content_type="text/plain", body="", headers={**HEADERS})
    return Response(status_code=HTTPStatus.FOUND, body="", headers={**HEADERS, "Location": _in_ascii(target)})


def _in_ascii(address: str) -> str:
    """As a header may have it (RFC 9110): what an address says in letters of its own is escaped, the rest stays."""
    return quote(address, safe="%/:?#[]@!$&'()*+,;=~")


def _followed(place: str) -> Followed | None:
    """Where the table does not answer, the shop's front page is better than nothing."""
    try:
        followed = follower().follow(place, _visit(app.current_event.raw_event))
    except CarillonError as error:
        _count("LinkUnread")
        logger.exception("a link could not be read", extra=error_fields(error))
        return None
    if followed is None:
        _count("LinkUnknown")
    return followed


def _visit(request: dict[str, Any]) -> Visit:
    headers = {name.lower(): str(value).strip() for name, value in (request.get("headers") or {}).items()}
    said = " ".join(headers.get(name, "").lower() for name in _PURPOSES)
    return Visit(
        user_agent=headers.get("user-agent", "")[:MAX_USER_AGENT],
        is_prefetch=any(word in said for word in _AHEAD),
        is_look=request["requestContext"]["http"]["method"] == "HEAD",
    )


def _count(name: str) -> None:
    metrics.add_metric(name=name, unit=MetricUnit.Count, value=1)


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return http_api.answer(app, metrics, event, context)
