"""The dead-letter queues of a stage, and how what is in them goes back.

Each letter is sent before it is deleted, under an id of its own: a crash in between sends it twice at most, and events
and messages are known by their ids. SQS's own redrive cannot take what came from Scheduler; this can.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from shared.domain.timing import format_instant
from shared.tables import person_group

ENDING: Final = "-dead-letters"
FIFO: Final = ".fifo"
WAKE_UPS: Final = "wake-ups"
EVENTS: Final = "events"
BATCH: Final = 10
HIDDEN: Final = 60
"""Seconds for which a letter is out of sight while it is put back."""
GLANCE: Final = 5
"""… and while it is looked at."""
TOLD: Final = ("type", "event", "name", "journey", "messageId", "id")
"""What is said of a letter: names and ids, nothing of a person."""


class DeadLetters:
    """Queues by the short names of docs/operations.md: ``events``, ``marketing``, ``wake-ups``."""

    def __init__(self, sqs: Any, stage: str) -> None:
        self._sqs = sqs
        self._prefix = f"carillon-{stage}-"
        found = sqs.list_queues(QueueNamePrefix=self._prefix, MaxResults=1000).get("QueueUrls", [])
        self._urls: dict[str, str] = {url.rpartition("/")[2]: url for url in found}

    def names(self) -> list[str]:
        ends = (ENDING, ENDING + FIFO)
        return sorted(
            name.removeprefix(self._prefix).partition(ENDING)[0] for name in self._urls if name.endswith(ends)
        )

    def count(self, name: str) -> int:
        """About how many there are, those that are out of sight included."""
        asked = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = self._sqs.get_queue_attributes(QueueUrl=self._letters(name), AttributeNames=asked)
        return sum(int(answer["Attributes"][one]) for one in asked)

    def some(self, name: str, most: int) -> Iterator[dict[str, Any]]:
        """What some of them are, without anything of whom they are about."""
        answer = self._receive(name, hidden=GLANCE, most=min(most, BATCH))
        for letter in answer:
            yield {
                "since": format_instant(int(letter["Attributes"]["SentTimestamp"])),
                "receives": int(letter["Attributes"]["ApproximateReceiveCount"]),
                **_told(letter["Body"]),
            }

    def put_back(self, name: str) -> int:
        """As many as there were when it began: what fails again at once does not go round."""
        most, done = self.count(name), 0
        while done < most and (letters := self._receive(name, hidden=HIDDEN, most=min(BATCH, most - done))):
            for letter in letters:
                self._sqs.send_message(**self._as_it_was(name, letter))
                self._sqs.delete_message(QueueUrl=self._letters(name), ReceiptHandle=letter["ReceiptHandle"])
                done += 1
        return done

    def _as_it_was(self, name: str, letter: Mapping[str, Any]) -> dict[str, Any]:
        home = EVENTS if name == WAKE_UPS else name
        url = self._urls.get(f"{self._prefix}{home}{FIFO}") or self._urls[f"{self._prefix}{home}"]
        request: dict[str, Any] = {"QueueUrl": url, "MessageBody": letter["Body"]}
        if not url.endswith(FIFO):
            return request
        group = letter["Attributes"].get("MessageGroupId") or person_group(json.loads(letter["Body"])["profileId"])
        again = hashlib.sha256(f"redriven {letter['MessageId']}".encode()).hexdigest()
        return request | {"MessageGroupId": group, "MessageDeduplicationId": again}

    def _receive(self, name: str, *, hidden: int, most: int) -> list[dict[str, Any]]:
        answer = self._sqs.receive_message(
            QueueUrl=self._letters(name),
            AttributeNames=["All"],
            MaxNumberOfMessages=most,
            VisibilityTimeout=hidden,
            WaitTimeSeconds=1,
        )
        found: list[dict[str, Any]] = answer.get("Messages", [])
        return found

    def _letters(self, name: str) -> str:
        stem = f"{self._prefix}{name}{ENDING}"
        return self._urls.get(stem) or self._urls[stem + FIFO]


def _told(body: str) -> dict[str, Any]:
    try:
        plain = json.loads(body)
    except ValueError:
        return {"reason": "is not JSON"}
    if not isinstance(plain, dict):
        return {"reason": "is no object"}
    return {name: plain[name] for name in TOLD if isinstance(plain.get(name), str)}
