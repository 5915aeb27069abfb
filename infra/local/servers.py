"""Serve ASGI applications on loopback from a thread of their own, all on one event loop."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Self

import uvicorn
from starlette.types import ASGIApp

from infra.local.errors import LocalCloudError

START_WITHIN: Final = 10.0
STOP_WITHIN: Final = 5.0


class Servers:
    """``applications``: (socket, application) each; ``tasks`` run beside them until they stop."""

    def __init__(
        self, applications: Sequence[tuple[socket.socket, ASGIApp]], tasks: Sequence[Callable[[], Awaitable[None]]] = ()
    ) -> None:
        self._applications = applications
        self._tasks = list(tasks)
        self._servers = [uvicorn.Server(_config(application)) for _, application in applications]
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="carillon-servers", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        pause = threading.Event()
        for _ in range(int(START_WITHIN / 0.01)):
            if all(server.started for server in self._servers):
                return self
            pause.wait(0.01)
        raise LocalCloudError("the local servers did not start", "run the command again")

    def __exit__(self, *_: object) -> None:
        for server in self._servers:
            server.should_exit = True
        self._thread.join(STOP_WITHIN)

    def run_beside(self, task: Callable[[], Awaitable[None]]) -> None:
        """Start another task on the servers' loop."""
        loop = self._loop
        assert loop is not None  # noqa: S101
        loop.call_soon_threadsafe(lambda: self._begin(task))

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._running: set[asyncio.Future[None]] = set()
        for task in self._tasks:
            self._begin(task)
        await asyncio.gather(
            *(server.serve([listener]) for server, (listener, _) in zip(self._servers, self._applications, strict=True))
        )
        for running in self._running:
            running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*self._running, return_exceptions=True)

    def _begin(self, task: Callable[[], Awaitable[None]]) -> None:
        self._running.add(asyncio.ensure_future(task()))


def listen(port: int) -> socket.socket:
    """A socket on loopback; ``port`` 0 takes any free one."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except (OSError, OverflowError):
        listener.close()
        raise LocalCloudError(
            f"port {port} is in use or not allowed", "stop what listens there, or choose another with --port"
        ) from None
    listener.listen(256)
    return listener


def _config(application: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=1,
        timeout_keep_alive=75,
    )
