"""Answers in HTML that load nothing, stay private and are framed by nobody."""

import hashlib
import re
from base64 import b64encode
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

from aws_lambda_powertools.event_handler import Response

from shared.ports.sending import Pages

HEADERS: Final = MappingProxyType(
    {
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "Strict-Transport-Security": "max-age=63072000",
        "Vary": "Accept-Language",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "X-Robots-Tag": "noindex, nofollow",
    }
)
_STYLE: Final = re.compile(r"<style>(.*?)</style>", re.DOTALL)


def answer(
    pages: Pages, name: str, status: HTTPStatus, language: str, context: Mapping[str, Any], *, is_head: bool
) -> Response[str]:
    """One page; of a ``HEAD`` without its body."""
    html = pages.page(name, language, context)
    return Response(
        status_code=status,
        content_type="text/html; charset=utf-8",
        body="" if is_head else html,
        headers={**HEADERS, "Content-Language": language, "Content-Security-Policy": _content_security_policy(html)},
    )


def _content_security_policy(html: str) -> str:
    """Nothing may load or run but the page's own style; forms go back to where they came from."""
    digests = (b64encode(hashlib.sha256(style.encode()).digest()).decode() for style in _STYLE.findall(html))
    styles = " ".join(f"'sha256-{digest}'" for digest in digests)
    return f"default-src 'none'; style-src {styles}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
