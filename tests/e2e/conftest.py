"""The deployed stack, started once by the command that people use, its clock running fast."""

import json
import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import boto3
import httpx
import pytest

from tests.e2e.commands import CARILLON, MARK, plain_environment, processes_marked, until

SPEED: Final = 3_600
"""An hour a second. No story depends on doing anything within less than the day between two messages."""

START_WITHIN: Final = 400
ARRIVE_WITHIN: Final = 60

Message = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class LocalCloud:
    """What ``carillon up --json`` printed, and what a client does with it."""

    ingest_url: str
    write_key: str
    secret_key: str
    outbox_url: str
    console_url: str

    def post(self, path: str, body: Mapping[str, Any], *, key: str | None = None) -> httpx.Response:
        return httpx.post(f"{self.ingest_url}{path}", json=body, auth=(key or self.secret_key, ""), timeout=30)

    def send(self, *events: Mapping[str, Any]) -> None:
        """One batch with the secret key, which must be accepted."""
        answer = self.post("/v1/batch", {"batch": list(events)})
        assert answer.json() == {"success": True}, answer.text

    def all_messages(self) -> list[Message]:
        """What the outbox shows, oldest first."""
        found: list[Message] = httpx.get(f"{self.outbox_url}/messages", timeout=30).json()
        return found

    def messages(self, person: str) -> list[Message]:
        return [message for message in self.all_messages() if message["profile"] == person]

    def names(self, person: str) -> list[tuple[str, str]]:
        return [(message["message"], message["channel"]) for message in self.messages(person)]

    def wait_for(self, person: str, count: int = 1) -> list[Message]:
        """The person's messages, once there are that many."""
        found: list[Message] = []

        def have_come() -> bool:
            found[:] = self.messages(person)
            return len(found) >= count

        wait_until(have_come, f"{count} messages for {person}")
        return found

    @property
    def environment(self) -> dict[str, str]:
        found: dict[str, str] = httpx.get(f"{self.ingest_url}/environment", timeout=30).json()
        return found

    def client(self, service: str) -> Any:
        """One of AWS's own clients, for what is behind the door."""
        there = self.environment
        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=there["AWS_ENDPOINT_URL"],
            region_name=there["AWS_REGION"],
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def queued(self) -> dict[str, list[Any]]:
        """What stands in every queue, by its name, also what waits or is in hand; looking takes nothing."""
        url = f"{self.environment['AWS_ENDPOINT_URL']}/_ministack/sqs/messages"
        accounts: Any = httpx.get(url, timeout=30).json()["messages"]
        return {
            name.rpartition("/")[2]: messages
            for regions in accounts.values()
            for queues in regions.values()
            for name, messages in queues.items()
        }

    def has_decided(self, *people: str) -> bool:
        """Whether none of their events waits to be folded, or is being folded."""
        waiting = json.dumps(self.queued()["carillon-local-events.fifo"])
        return not any(person in waiting for person in people)

    def pass_hours(self, hours: float) -> None:
        """Let the system's clock go on that far."""
        threading.Event().wait(hours * 3_600 / SPEED)


def wait_until(is_so: Callable[[], bool], what: str, *, within: float = ARRIVE_WITHIN) -> None:
    """Look often, and fail saying what did not come about."""
    pause = threading.Event()
    ends_at = time.monotonic() + within
    while time.monotonic() < ends_at:
        if is_so():
            return
        pause.wait(0.1)
    pytest.fail(f"{what} did not come within {within:g} s")


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """``carillon up``, until the tests are done."""
    with local_cloud(tmp_path_factory.mktemp("cloud") / "up.log") as cloud:
        yield cloud


@contextmanager
def local_cloud(log: Path, *options: str) -> Iterator[LocalCloud]:
    """``carillon up`` with more options, for as long as it is needed; then it must end well, and leave no process."""
    mark = uuid.uuid4().hex
    with log.open("wb") as errors:
        command = [CARILLON, "up", "--json", "--port=0", f"--speed={SPEED}", *options]
        environment = plain_environment(**{MARK: mark})
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, env=environment)
    killer = threading.Timer(START_WITHIN, process.kill)
    killer.start()
    assert process.stdout is not None
    line = process.stdout.readline()
    killer.cancel()
    try:
        assert line, f"the local cloud did not start:\n{log.read_text()}"
        yield LocalCloud(**json.loads(line))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        process.stdout.close()
    assert process.returncode == 0, log.read_text()
    assert until(lambda: not processes_marked(mark)), processes_marked(mark)
