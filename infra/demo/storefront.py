"""The shop's side: deeds become calls of Segment's own client, an entry on EventBridge, a press of a mail's button."""

import logging
import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx
from segment.analytics.client import Client  # type: ignore[import-untyped]

from infra.demo.script import AgreesToTexts, Browses, Deed, Identifies, OptsOut, PaysAtTill, Person, Tracks

ANONYMOUS: Final = uuid.UUID("6f1d8c1e-8a3b-4c55-9d0e-2b1f0a7c4e11")
"""Name space of the browsers' ids: the same person browses with the same one in every run."""

BROWSER: Final[Mapping[str, Any]] = {"userAgent": "Mozilla/5.0", "locale": "en-IE"}

UPLOAD_INTERVAL: Final = 0.05
"""Seconds the client waits for more to send; its own half second is for real mornings."""

MORNING: Final = 10
"""The hour at which everybody's day begins: no text and no notification has to wait for a night to pass."""

_LINK: Final = re.compile(r"<(https?://[^>]+)>")


class Storefront:
    """``put_on_bus``: (detail type, detail) → EventBridge. A context manager: leaving it closes the client."""

    def __init__(self, *, base_url: str, key: str, put_on_bus: Callable[[str, Mapping[str, Any]], None]) -> None:
        logging.getLogger("segment").addHandler(logging.NullHandler())
        self.failures: list[str] = []
        self._segment = Client(
            key,
            host=base_url,
            gzip=True,
            thread=1,
            max_retries=3,
            upload_interval=UPLOAD_INTERVAL,
            on_error=lambda error, _batch: self.failures.append(str(error)),
        )
        self._put_on_bus = put_on_bus
        self._timezone = where_it_is_morning(datetime.now(UTC))

    def __enter__(self) -> "Storefront":
        return self

    def __exit__(self, *_: object) -> None:
        self._segment.shutdown()

    def act(self, person: Person, deeds: Iterable[Deed], *, unsubscribe: str | None = None) -> None:
        """Do what the person does; what is only queued goes with the next ``flush``.

        ``unsubscribe``: the ``List-Unsubscribe`` header of the mail just received.
        """
        for deed in deeds:
            match deed:
                case Browses(pages):
                    for page in pages:
                        self._segment.page(anonymous_id=_browser(person), name=page, context=dict(BROWSER))
                case Identifies():
                    self._identify(person)
                case Tracks():
                    self._track(person, deed)
                case PaysAtTill(properties):
                    self._put_on_bus("Order Completed", _till_order(person, properties))
                case AgreesToTexts():
                    self._put_on_bus("Subscribed", _yes_to_texts(person))
                case OptsOut():
                    self._press(person, unsubscribe)

    def flush(self) -> None:
        """Send what is queued; returns when the API has answered."""
        self._segment.flush()

    def _identify(self, person: Person) -> None:
        context = {**BROWSER}
        if person.device:
            context["device"] = {"token": person.device, "type": person.platform}
        traits = {**person.traits, "timezone": self._timezone}
        self._segment.identify(person.id, traits, anonymous_id=_browser(person), context=context)

    def _track(self, person: Person, deed: Tracks) -> None:
        at = datetime.now(UTC) - timedelta(minutes=deed.minutes_ago)
        message_id = str(uuid.uuid4())
        for _ in range(deed.times):
            self._segment.track(
                person.id, deed.event, dict(deed.properties), timestamp=at, message_id=message_id, context=dict(BROWSER)
            )

    def _press(self, person: Person, unsubscribe: str | None) -> None:
        """RFC 8058: the mail program posts to the link; nobody opens a page."""
        link = _LINK.search(unsubscribe or "")
        if link is None:
            self.failures.append(f"{person.name} found no unsubscribe link")
            return
        answer = httpx.post(link[1], data={"List-Unsubscribe": "One-Click"}, timeout=30)
        if not answer.is_success:
            self.failures.append(f"{person.name}'s opt-out was answered {answer.status_code}")


def where_it_is_morning(now: datetime) -> str:
    """A time zone in which it is ten o'clock and some minutes."""
    ahead = (MORNING - now.hour + 11) % 24 - 11
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/UTC"  # in whose names the sign stands for the other direction


def _till_order(person: Person, properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "track",
        "event": "Order Completed",
        "messageId": f"till-{properties['order_id']}-{uuid.uuid4().hex[:8]}",
        "context": {"traits": {"email": person.email}},
        "properties": dict(properties),
    }


def _yes_to_texts(person: Person) -> dict[str, Any]:
    return {
        "type": "track",
        "event": "Subscribed",
        "messageId": f"texts-{person.id}-{uuid.uuid4().hex[:8]}",
        "userId": person.id,
        "properties": {"channel": "sms", "source": "checkout", "wording": "Text me about my basket"},
    }


def _browser(person: Person) -> str:
    return str(uuid.uuid5(ANONYMOUS, person.id))
