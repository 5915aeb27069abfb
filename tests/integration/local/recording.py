"""The recording gateway, running, with a bus and a ledger that remember."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from infra.local.attribution import Attribution
from infra.local.aws_clients import aws_client
from infra.local.gateway import Gateway, gateway_url
from infra.local.outbox import Outbox, OutboxMessage
from infra.local.servers import Servers, listen
from tests.builders import NOON, a_message


class Feedback:
    """Remembers what was put on the bus; ``complete`` is set after ``awaited`` events."""

    def __init__(self, awaited: int = 2) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.receipts: list[dict[str, Any]] = []
        self._awaited = awaited
        self.complete = threading.Event()

    def publish(self, detail_type: str, detail: dict[str, Any]) -> None:
        self.events.append((detail_type, detail))
        if len(self.events) >= self._awaited:
            self.complete.set()


class Receipts:
    """Remembers what was put on the topic, beside what was put on the bus."""

    def __init__(self, feedback: Feedback) -> None:
        self._feedback = feedback

    def publish(self, receipt: dict[str, Any]) -> None:
        self._feedback.receipts.append(receipt)
        if len(self._feedback.receipts) == 2:
            self._feedback.complete.set()


class Running:
    def __init__(self, outbox: Outbox, feedback: Feedback, url: str) -> None:
        self.outbox = outbox
        self.feedback = feedback
        self.url = url

    def client(self, service: str) -> Any:
        return aws_client(service, gateway_url(self.url, service))

    def only(self) -> OutboxMessage:
        pause = threading.Event()
        for _ in range(200):
            if self.outbox.messages():
                break
            pause.wait(0.02)
        (message,) = self.outbox.messages()
        return message

    def order(self, **fault: Any) -> httpx.Response:
        return httpx.post(f"{self.url}/control/faults", json=fault)


class Ledger:
    """The table, as far as attribution reads it."""

    def get_item(self, *, Key: dict[str, str], **_: Any) -> dict[str, Any]:  # noqa: N803
        message = a_message()
        if Key["pk"] != f"MESSAGE#{message.id}":
            return {}
        return {"Item": {"journey": message.journey, "name": message.name, "profile_id": message.profile_id}}


@contextmanager
def recording_gateway() -> Iterator[Running]:
    """On a free port."""
    outbox, feedback = Outbox(), Feedback()
    attribution = Attribution(outbox, Ledger())
    application = Gateway(
        outbox=outbox,
        feedback=feedback,
        receipts=Receipts(feedback),
        attribute=attribution.attribute,
        now=lambda: NOON,
    )
    with listen(0) as listener, Servers([(listener, application.application())], before_stop=outbox.close):
        yield Running(outbox, feedback, f"http://127.0.0.1:{listener.getsockname()[1]}")
