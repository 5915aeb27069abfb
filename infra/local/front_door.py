"""The one port that people and clients use: the HTTP API as it is deployed, and the outbox beside it."""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Final

import httpx
from starlette.applications import Starlette
from starlette.convertors import PathConvertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from infra.local.outbox import Outbox, OutboxMessage

logger = logging.getLogger(__name__)

PAGES: Final = Path(__file__).with_name("pages")

METHODS: Final = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

HOP_BY_HOP: Final = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
"""Of one connection, not of the message (RFC 9110, 7.6.1)."""

TIMEOUTS: Final = {"connect": 5.0, "read": 60.0, "write": 60.0, "pool": 60.0}

KEEP_ALIVE_EVERY: Final = 15.0
"""Seconds; a comment on a quiet stream tells a browser that it still stands."""

PAGE_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src * data:; connect-src 'self'"
)
MAIL_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src * data:; font-src *; sandbox allow-popups"


class AnyPath(PathConvertor):
    """Starlette's own stops at a line break, which API Gateway hands on like any other character."""

    regex = "(?s:.*)"


register_url_convertor("any", AnyPath())


class FrontDoor:
    """``api_base``: the deployed HTTP API's own address."""

    def __init__(self, *, outbox: Outbox, api_base: str | None = None) -> None:
        self._outbox = outbox
        self.api_base = api_base
        self.environment: Mapping[str, str] = {}
        self._transport = httpx.AsyncHTTPTransport(limits=httpx.Limits(max_connections=64))

    def application(self) -> ASGIApp:
        return Starlette(
            routes=[
                Route("/", self._index, methods=["GET"]),
                Route("/environment", self._environment, methods=["GET"]),
                Route("/outbox", self._outbox_page, methods=["GET"]),
                Route("/outbox/messages", self._messages, methods=["GET"]),
                Route("/outbox/messages/{id}/html", self._mail, methods=["GET"]),
                Route("/outbox/stream", self._stream, methods=["GET"]),
                Route("/v1/{rest:any}", self._proxy, methods=METHODS),
                Route("/l/{place}", self._proxy, methods=METHODS),
                Route("/openapi.json", self._proxy, methods=METHODS),
            ],
            lifespan=self._lifespan,
        )

    @contextlib.asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        async with self._transport:
            yield

    async def _index(self, _request: Request) -> Response:
        return _page("index.html")

    async def _environment(self, _request: Request) -> Response:
        """What an AWS client needs to look behind the door, and the names of what it finds there."""
        return JSONResponse(dict(self.environment))

    async def _outbox_page(self, _request: Request) -> Response:
        return _page("outbox.html")

    async def _messages(self, request: Request) -> Response:
        """All, or those of ``?channel=`` and ``?to=``; oldest first."""
        return JSONResponse([m.to_json() for m in self._outbox.messages() if _matches(m, request)])

    async def _mail(self, request: Request) -> Response:
        message = self._outbox.find(request.path_params["id"])
        if message is None or message.html is None:
            return Response(status_code=404)
        return HTMLResponse(message.html, headers={"Content-Security-Policy": MAIL_POLICY})

    async def _stream(self, _request: Request) -> Response:
        """Server-sent events: every message as JSON when it comes, and again when more is known of it."""
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(self._updates(), media_type="text/event-stream", headers=headers)

    async def _updates(self) -> AsyncIterator[str]:
        yield ": open\n\n"
        updates = self._outbox.updates()
        following = asyncio.ensure_future(anext(updates, None))
        try:
            while True:
                done, _ = await asyncio.wait({following}, timeout=KEEP_ALIVE_EVERY)
                if not done:
                    yield ": still here\n\n"
                    continue
                message = following.result()
                if message is None:
                    return
                following = asyncio.ensure_future(anext(updates, None))
                if message.is_settled:
                    yield f"data: {json.dumps(message.to_json())}\n\n"
        finally:
            following.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await following
            await updates.aclose()  # type: ignore[attr-defined]

    async def _proxy(self, request: Request) -> Response:
        """The API's answer to these very bytes; nothing is decoded, added or followed."""
        if self.api_base is None:
            return _problem(503, "The API is not deployed yet")
        base = httpx.URL(self.api_base)
        target = request.scope["raw_path"] + (b"?" + q if (q := request.scope["query_string"]) else b"")
        headers = [(name, value) for name, value in request.headers.raw if name not in HOP_BY_HOP and name != b"host"]
        outgoing = httpx.Request(
            request.method,
            base.copy_with(raw_path=base.raw_path.rstrip(b"/") + target),
            headers=[(b"host", base.netloc), *headers],
            content=await request.body(),
            extensions={"timeout": TIMEOUTS},
        )
        if not any(name in {b"content-length", b"transfer-encoding"} for name, _ in request.headers.raw):
            outgoing.headers.pop("content-length", None)
        try:
            answer = await self._transport.handle_async_request(outgoing)
            body = b"".join([chunk async for chunk in answer.stream])  # type: ignore[union-attr]
            await answer.aclose()
        except httpx.HTTPError as error:
            logger.warning("the API did not answer: %s", type(error).__name__)
            return _problem(502, "The API did not answer")
        response = Response(status_code=answer.status_code)
        response.body = body
        response.raw_headers = [
            (name.lower(), value)
            for name, value in answer.headers.raw
            if name.lower() not in HOP_BY_HOP and name.lower() not in {b"content-length", b"date", b"server"}
        ]
        if answer.status_code not in {204, 304}:
            length = answer.headers.get("content-length") if request.method == "HEAD" else None
            response.raw_headers.append((b"content-length", (length or str(len(body))).encode()))
        return response


def _matches(message: OutboxMessage, request: Request) -> bool:
    wanted = request.query_params
    return wanted.get("channel", message.channel) == message.channel and wanted.get("to", message.to) == message.to


def _page(name: str) -> Response:
    return HTMLResponse((PAGES / name).read_text())


def _problem(status: int, title: str) -> Response:
    return JSONResponse(
        {"type": "about:blank", "title": title, "status": status},
        status_code=status,
        media_type="application/problem+json",
    )
