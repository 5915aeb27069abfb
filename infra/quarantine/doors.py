"""The doors that quarantined things go back in by: those they came by."""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, Protocol

import httpx

from infra.errors import CommandError
from infra.quarantine.kept import Kept
from shared.domain.events import Trust
from shared.domain.intake.client_keys import key_text

MAX_EVENTS: Final = 100
MAX_BYTES: Final = 250_000
"""Of one request; the door takes 500 KB."""


class Door(Protocol):
    """Where something goes back in."""

    def send(self, kept: Kept, ready: Sequence[Any]) -> int:
        """All of it is taken on return, or kept anew with its reasons by the door: so many were.

        Raises:
            CommandError: the door is closed; nothing may be removed.
        """
        ...


class HttpDoor:
    """Segment's API, with a key that vouches for no more than that by which it came."""

    def __init__(self, url: str, key_of: Callable[[Trust], str], *, client: Any = httpx) -> None:
        """``key_of`` reads the stage's own two keys, which few may."""
        self._url = url
        self._key_of = key_of
        self._client = client

    def send(self, kept: Kept, ready: Sequence[Any]) -> int:
        return sum(self._post(events, self._key(kept)) for events in _parts(ready))

    def _key(self, kept: Kept) -> str:
        if kept.trust is Trust.SECRET:
            return self._key_of(Trust.SECRET)
        _, _, name = kept.source.partition(":")
        write_key = self._key_of(Trust.PUBLIC)
        return key_text(name, write_key) if name else write_key

    def _post(self, events: Sequence[Any], key: str) -> int:
        try:
            answer = self._client.post(f"{self._url}/v1/batch", json={"batch": events}, auth=(key, ""), timeout=30)
            plain = answer.json()
        except (httpx.HTTPError, ValueError):
            raise CommandError("the API does not answer", "nothing was removed; try again") from None
        if answer.status_code == httpx.codes.OK:
            return len(plain.get("rejected", ()))
        if plain.get("type") == "urn:carillon:problem:invalid-batch":
            return len(events)
        raise CommandError(f"the API answers {answer.status_code}", "nothing was removed; mend that and try again")


class BusDoor:
    """The queue that the bus's rule writes to: the envelope stays as it was, its id and time too."""

    def __init__(self, sqs: Any, queue_url: str) -> None:
        self._sqs = sqs
        self._queue_url = queue_url

    def send(self, kept: Kept, ready: Sequence[Any]) -> int:  # noqa: ARG002  # it came by one way
        for envelope in ready:
            self._sqs.send_message(QueueUrl=self._queue_url, MessageBody=json.dumps(envelope))
        return 0


def _parts(events: Sequence[Any]) -> Iterator[list[Any]]:
    part: list[Any] = []
    size = 0
    for event in events:
        added = len(json.dumps(event))
        if part and (len(part) == MAX_EVENTS or size + added > MAX_BYTES):
            yield part
            part, size = [], 0
        part.append(event)
        size += added
    if part:
        yield part
