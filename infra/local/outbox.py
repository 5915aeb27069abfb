"""The outbox: every message that a provider accepted, as the person would see it, newest last."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

from shared.domain.channels.sms_parts import sms_parts

MAX_MESSAGES: Final = 20_000
"""The oldest are forgotten: an outbox left on for days must not fill the memory."""

UPDATES_KEPT: Final = 1_000
"""A page that reads slower than this misses updates, and loads the list again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxMessage:
    """One accepted message to one address.

    Attributes:
        id: the provider's own id of the message.
        subject: of a mail; the title of a push message; of a webhook, where it is posted.
        ledger_id: what the request said of its origin; ``journey``, ``message`` (its name in the playbook) and
            ``profile`` are what the ledger says of it.
        at: the system's time, ISO 8601 with milliseconds and ``Z``.
        feedback: what became of it: ``sent``, ``delivered``, ``bounced``, …
        is_settled: nothing more will be learned of whose it is; until then readers are not shown it.
    """

    id: str
    channel: str
    to: str
    text: str
    at: str
    sender: str = ""
    subject: str | None = None
    html: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    link: str | None = None
    image: str | None = None
    attachments: tuple[str, ...] = ()
    ledger_id: str | None = None
    journey: str | None = None
    message: str | None = None
    profile: str | None = None
    feedback: tuple[str, ...] = ()
    is_settled: bool = False

    def to_json(self) -> dict[str, Any]:
        plain = asdict(self)
        del plain["is_settled"]
        if self.channel == "sms":
            counted = sms_parts(self.text)
            plain |= {"encoding": counted.encoding.value, "units": counted.units, "parts": counted.parts}
        return plain


class Outbox:
    """Lives on one event loop; every change reaches whoever watches."""

    def __init__(self) -> None:
        self._messages: dict[str, OutboxMessage] = {}
        self._watchers: set[asyncio.Queue[OutboxMessage | None]] = set()

    def __len__(self) -> int:
        return len(self._messages)

    def put(self, message: OutboxMessage) -> None:
        """Add a message, or replace the one of the same id."""
        self._messages[message.id] = message
        while len(self._messages) > MAX_MESSAGES:
            del self._messages[next(iter(self._messages))]
        for watcher in self._watchers:
            if watcher.qsize() < UPDATES_KEPT:
                watcher.put_nowait(message)

    def note(self, message_id: str, feedback: str) -> None:
        message = self._messages.get(message_id)
        if message is not None:
            self.put(replace(message, feedback=(*message.feedback, feedback)))

    def attribute(self, message_id: str, *, journey: str, message: str, profile: str) -> None:
        """Say whose message it is and why it was sent."""
        found = self._messages.get(message_id)
        if found is not None:
            self.put(replace(found, journey=journey, message=message, profile=profile, is_settled=True))

    def settle(self, message_id: str) -> None:
        """Show the message though nobody could say whose it is."""
        found = self._messages.get(message_id)
        if found is not None:
            self.put(replace(found, is_settled=True))

    def messages(self) -> list[OutboxMessage]:
        """What readers are shown, oldest first."""
        return [message for message in self._messages.values() if message.is_settled]

    def find(self, message_id: str) -> OutboxMessage | None:
        return self._messages.get(message_id)

    def close(self) -> None:
        """End every watch."""
        for watcher in self._watchers:
            watcher.put_nowait(None)

    async def updates(self) -> AsyncIterator[OutboxMessage]:
        """Every message added or changed from now on, until the outbox closes."""
        watcher: asyncio.Queue[OutboxMessage | None] = asyncio.Queue(UPDATES_KEPT + 1)
        self._watchers.add(watcher)
        try:
            while (message := await watcher.get()) is not None:
                yield message
        finally:
            self._watchers.discard(watcher)
