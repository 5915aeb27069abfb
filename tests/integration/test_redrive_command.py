"""``carillon redrive`` on moto: dead letters go back where they came from, in their groups, each once."""

import json
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner

import infra.operations.cloud
from infra.cli import app
from infra.errors import CommandError
from shared.tables import person_group

FIFO: Any = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}


@pytest.fixture
def queues(aws: None, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    sqs = boto3.client("sqs")
    made = {}
    for name in ("events", "events-dead-letters", "marketing", "marketing-dead-letters", "wake-ups-dead-letters"):
        is_fifo = name.startswith("events")
        full = f"carillon-local-{name}{'.fifo' if is_fifo else ''}"
        made[name] = sqs.create_queue(QueueName=full, Attributes=FIFO if is_fifo else {})["QueueUrl"]
    monkeypatch.setattr(infra.operations.cloud, "connect", lambda *_: SimpleNamespace(sqs=sqs))
    return made


def redrive(*arguments: str) -> list[dict[str, Any]]:
    result = CliRunner().invoke(app, ["redrive", "--json", *arguments])
    if isinstance(result.exception, CommandError):
        raise result.exception
    return [json.loads(line) for line in result.output.splitlines()]


def received(url: str) -> list[tuple[str, str | None]]:
    """The bodies and groups of what stands in a queue."""
    answer = boto3.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"])
    return [(one["Body"], one["Attributes"].get("MessageGroupId")) for one in answer.get("Messages", [])]


def test_dead_letters_are_counted_told_of_without_persons_and_put_back(queues: dict[str, str]) -> None:
    letter = {"id": "3f2a", "name": "cart_reminder", "journey": "cart", "profile_id": "ana@example.com"}
    for number in range(12):
        boto3.client("sqs").send_message(
            QueueUrl=queues["marketing-dead-letters"], MessageBody=json.dumps(letter | {"id": str(number)})
        )

    assert [(one["queue"], one["dead_letters"]) for one in redrive()] == [
        ("events", 0),
        ("marketing", 12),
        ("wake-ups", 0),
    ]
    assert redrive("marketing") == [{"queue": "marketing", "put_back": 12, "left": 0}]
    assert len(received(queues["marketing"])) == 10


def test_what_letters_are_is_told_by_name_and_id_alone(queues: dict[str, str]) -> None:
    send = boto3.client("sqs").send_message
    letter = {"id": "3f2a", "name": "cart_reminder", "journey": "cart", "profile_id": "ana@example.com"}
    for body in (json.dumps(letter), "ana@example.com"):
        send(QueueUrl=queues["marketing-dead-letters"], MessageBody=body)

    told = redrive("marketing", "--list")
    assert sorted(str(one.get("name", one.get("reason"))) for one in told) == ["cart_reminder", "is not JSON"]
    assert "ana@example.com" not in json.dumps(told)


def test_a_persons_events_go_back_in_their_group_and_a_wake_up_to_its_person(queues: dict[str, str]) -> None:
    send = boto3.client("sqs").send_message
    for body in ("first", "second"):
        send(QueueUrl=queues["events-dead-letters"], MessageBody=body, MessageGroupId="g1", MessageDeduplicationId=body)
    wake_up = json.dumps({"type": "timer", "messageId": "timer:1", "profileId": "u1"})
    send(QueueUrl=queues["wake-ups-dead-letters"], MessageBody=wake_up)

    redrive("events")
    redrive("wake-ups")
    assert received(queues["events"]) == [("first", "g1"), ("second", "g1"), (wake_up, person_group("u1"))]


def test_a_queue_that_there_is_not_is_told(queues: dict[str, str]) -> None:
    with pytest.raises(CommandError, match="events, marketing, wake-ups"):
        redrive("mail")
