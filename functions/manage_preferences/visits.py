"""What a request tells beside its link: the language that is wanted, where it came from, and what proves it."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from shared.ports.secrets import DigestKey
from shared.services.evidence import digests_of

MAX_USER_AGENT: Final = 1_000


def asked_language(request: Mapping[str, Any]) -> str:
    """What was chosen on the page: ``?lang=de``."""
    chosen = (request.get("queryStringParameters") or {}).get("lang") or ""
    return str(chosen)[:40]


def header(request: Mapping[str, Any], name: str) -> str:
    headers = request.get("headers") or {}
    return next((str(value).strip() for key, value in headers.items() if key.lower() == name), "")


def is_from_elsewhere(request: Mapping[str, Any], public_url: str) -> bool:
    """Whether a browser says that another site's page posts this.

    The link alone is what allows a request, and no other site knows it; this is a second bolt. What says nothing is no
    browser of today, such as a mail provider; ``null`` is what our own pages say, which tell nobody where they are.
    """
    site = header(request, "sec-fetch-site").lower()
    if site:
        return site not in {"same-origin", "none"}
    origin = header(request, "origin").lower()
    return origin not in {"", "null", _origin_of(public_url)}


def evidence(request: Mapping[str, Any], key: DigestKey) -> dict[str, str]:
    """Digests of the network address and the browser: enough to match a claim, too little to know anybody by."""
    ip = str(((request.get("requestContext") or {}).get("http") or {}).get("sourceIp") or "")
    return digests_of({"ip": ip, "userAgent": header(request, "user-agent")[:MAX_USER_AGENT]}, key)


def _origin_of(url: str) -> str:
    parts = urlsplit(url.lower())
    return f"{parts.scheme}://{parts.netloc}"
