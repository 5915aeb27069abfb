"""Serve ASGI applications on loopback from a thread of their own, all on one event loop."""

import asyncio
import socket
import threading
from collections.abc import Callable, Sequence
from typing import Final, Self

import uvicorn
from starlette.types import ASGIApp

from infra.local.errors import LocalCloudError

START_WITHIN: Final = 10.0
STOP_WITHIN: Final = 5.0


class Servers:
    """``applications``: (socket, application) each; ``before_stop`` ends what would otherwise be answered for ever."""

    def __init__(
        self,
        applications: Sequence[tuple[socket.socket, ASGIApp]],
        *,
        before_stop: Callable[[], None] = lambda: None,
    ) -> None:
        self._before_stop = before_stop
        self._loop = asyncio.new_event_loop()
        self._listeners = [listener for listener, _ in applications]
        self._servers = [uvicorn.Server(_config(application)) for _, application in applications]
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
        self._loop.call_soon_threadsafe(self._stop)
        self._thread.join(STOP_WITHIN)

    def _stop(self) -> None:
        self._before_stop()
        for server in self._servers:
            server.should_exit = True

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        await asyncio.gather(
            *(server.serve([listener]) for server, listener in zip(self._servers, self._listeners, strict=True))
        )


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
