"""The page behind a message's unsubscribe link, and the mail programs' one click (RFC 8058).

``GET`` shows what could be stopped and changes nothing; ``POST`` is the person's word.
"""

import hashlib
import re
from base64 import b64encode
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.manage_preferences.forms import read_choice
from shared.adapters.sources.http_body import read_body
from shared.bootstrap.manage_preferences import preferences
from shared.errors import ExpiredLinkError, InvalidInputError
from shared.observability import error_fields
from shared.services.links import UnsubscribeLink
from shared.services.manage_preferences import Choice

MAX_FORM_SIZE: Final = 10_000

HEADERS: Final = MappingProxyType(
    {
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "Strict-Transport-Security": "max-age=63072000",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "X-Robots-Tag": "noindex, nofollow",
    }
)
_STYLE: Final = re.compile(r"<style>(.*?)</style>", re.DOTALL)

logger = Logger(service="manage_preferences")
metrics = Metrics(namespace="Carillon", service="manage_preferences")
app = APIGatewayHttpResolver()


@app.get("/v1/unsubscribe/<token>")
@app.head("/v1/unsubscribe/<token>")
def show(token: str) -> Response[str]:
    return _page("unsubscribe", HTTPStatus.OK, preferences().desk.read(token))


@app.post("/v1/unsubscribe/<token>")
def take(token: str) -> Response[str]:
    content_type = app.current_event.headers.get("content-type", "")
    choice = read_choice(read_body(app.current_event.raw_event, limit=MAX_FORM_SIZE), content_type)
    if choice is None:
        return _page("unsubscribe", HTTPStatus.BAD_REQUEST, preferences().desk.read(token))
    link = preferences().desk.take(token, choice)
    name = "Subscribed" if choice is Choice.UNDO else "Unsubscribed"
    metrics.add_metric(name=f"Preferences{name}", unit=MetricUnit.Count, value=1)
    logger.info(
        "a person changed what they hear of",
        extra={"choice": choice, "profile": link.profile_id, "message_id": link.message_id, "channel": link.channel},
    )
    return _page(name.lower(), HTTPStatus.OK, link, choice)


@app.exception_handler(ExpiredLinkError)  # type: ignore[untyped-decorator]
def refuse_expired(_error: ExpiredLinkError) -> Response[str]:
    return _page("link_expired", HTTPStatus.GONE)


@app.exception_handler(InvalidInputError)  # type: ignore[untyped-decorator]
def refuse(_error: InvalidInputError) -> Response[str]:
    return _page("link_invalid", HTTPStatus.BAD_REQUEST)


@app.exception_handler(Exception)  # type: ignore[untyped-decorator]
def apologise(error: Exception) -> Response[str]:
    """Nobody is told that they were unsubscribed when that is not certain; the same click again is harmless."""
    logger.error("a request could not be served", extra=error_fields(error))
    return _page("try_again", HTTPStatus.SERVICE_UNAVAILABLE)


@app.not_found
def not_found(_error: NotFoundError) -> Response[str]:
    return _page("link_invalid", HTTPStatus.NOT_FOUND)


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """One page a request, counted by its class: ``Answers2xx``, ``Answers4xx``, ``Answers5xx``."""
    answer = app.resolve(event, context)
    metrics.add_metric(name=f"Answers{answer['statusCode'] // 100}xx", unit=MetricUnit.Count, value=1)
    return answer


def _page(
    name: str, status: HTTPStatus, link: UnsubscribeLink | None = None, choice: Choice | None = None
) -> Response[str]:
    about = {"channel": link.channel.value, "topic": link.topic} if link else {}
    html = preferences().pages.page(name, {**about, "choice": choice and choice.value})
    is_head = app.current_event.http_method == "HEAD"
    return Response(
        status_code=status,
        content_type="text/html; charset=utf-8",
        body="" if is_head else html,
        headers={**HEADERS, "Content-Security-Policy": _content_security_policy(html)},
    )


def _content_security_policy(html: str) -> str:
    """Nothing may load or run but the page's own style; forms go back to where they came from."""
    digests = (b64encode(hashlib.sha256(style.encode()).digest()).decode() for style in _STYLE.findall(html))
    styles = " ".join(f"'sha256-{digest}'" for digest in digests)
    return f"default-src 'none'; style-src {styles}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
