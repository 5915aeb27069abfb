"""Watch the outbox: every message as it arrives, by the page's own stream."""

import json
import queue
import threading
from collections.abc import Iterator
from typing import Any, Self

import httpx

Message = dict[str, Any]


class OutboxWatch:
    """Reads the stream in a thread; a message is given once, however often it changes. A context manager."""

    def __init__(self, outbox_url: str) -> None:
        self._url = f"{outbox_url}/stream"
        self._arrived: queue.Queue[Message] = queue.Queue()
        self._open = threading.Event()
        self._client = httpx.Client(timeout=httpx.Timeout(10, read=None))
        self._thread = threading.Thread(target=self._read, daemon=True, name="outbox-watch")

    def __enter__(self) -> Self:
        self._thread.start()
        self._open.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def arrived(self, wait: float) -> Iterator[Message]:
        """What came since; waits at most ``wait`` seconds for the first."""
        try:
            yield self._arrived.get(timeout=wait)
            while True:
                yield self._arrived.get_nowait()
        except queue.Empty:
            return

    def _read(self) -> None:
        known: set[str] = set()
        try:
            with self._client.stream("GET", self._url) as answer:
                for line in answer.iter_lines():
                    self._open.set()
                    if line.startswith("data: "):
                        message = json.loads(line.removeprefix("data: "))
                        if message["id"] not in known:
                            known.add(message["id"])
                            self._arrived.put(message)
        except (httpx.HTTPError, RuntimeError):
            return  # The cloud went, or the watch was closed: what arrived until then is what counts.
