"""Webhooks in the local cloud: they go to the gateway that records them, with the address that they were meant for."""

from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from typing import Final
from urllib.parse import urlsplit

from shared.adapters.channels.https_posts import Answer
from shared.domain.timing import SECOND, Duration
from shared.errors import AmbiguousError, ThrottledError

MEANT_FOR: Final = "X-Carillon-Meant-For"


class GatewayPosts:
    """Stands where ``HttpsPosts`` does, and raises as that does."""

    def __init__(self, gateway: str) -> None:
        self._gateway = urlsplit(gateway)

    def post(self, url: str, headers: Mapping[str, str], body: bytes, *, timeout: Duration) -> Answer:
        connection = HTTPConnection(self._gateway.hostname or "", self._gateway.port, timeout=timeout / SECOND)
        try:
            connection.connect()
        except OSError as error:
            raise ThrottledError("no connection", code=type(error).__name__) from error
        try:
            connection.request("POST", self._gateway.path, body, {**headers, MEANT_FOR: url})
            response = connection.getresponse()
            return Answer(response.status, response.getheader("Retry-After") or "")
        except (OSError, HTTPException) as error:
            raise AmbiguousError("no answer", code=type(error).__name__) from error
        finally:
            connection.close()
