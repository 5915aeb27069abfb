"""What every ``MessageQueue`` does: transactional messages never wait behind marketing."""

import json
from collections.abc import Callable

import boto3
import pytest

from shared.adapters.message_queue import SqsMessageQueue
from shared.domain.consent.words import Purpose
from shared.domain.messages import Message, message_from_dict
from shared.ports.queues import MessageQueue
from tests.builders import a_message
from tests.contract.test_event_queue import messages
from tests.fakes.queues import FakeMessageQueue

Read = Callable[[Purpose], list[Message]]


@pytest.fixture(params=["fake", "sqs"])
def queue_and_reader(request: pytest.FixtureRequest) -> tuple[MessageQueue, Read]:
    if request.param == "fake":
        fake = FakeMessageQueue()
        return fake, lambda purpose: [message for message in fake.messages if message.purpose is purpose]
    request.getfixturevalue("aws")
    client = boto3.client("sqs")
    urls = {purpose: client.create_queue(QueueName=purpose.value)["QueueUrl"] for purpose in Purpose}
    queue = SqsMessageQueue(
        client, transactional_url=urls[Purpose.TRANSACTIONAL], marketing_url=urls[Purpose.MARKETING]
    )
    return queue, lambda purpose: [message_from_dict(json.loads(m["Body"])) for m in messages(urls[purpose])]


def test_each_message_waits_among_its_own_kind(queue_and_reader: tuple[MessageQueue, Read]) -> None:
    queue, read = queue_and_reader
    reminder = a_message(id="a", entry={"properties": {"name": "Tischlampe „Ø“", "odd": "\x00"}})
    receipt = a_message(id="b", purpose=Purpose.TRANSACTIONAL, topic=None)

    queue.put([reminder, receipt])

    assert read(Purpose.MARKETING) == [reminder]
    assert read(Purpose.TRANSACTIONAL) == [receipt]


def test_more_than_a_call_takes_are_all_there(queue_and_reader: tuple[MessageQueue, Read]) -> None:
    queue, read = queue_and_reader

    queue.put([a_message(id=f"m{n:02}") for n in range(23)])

    assert sorted(message.id for message in read(Purpose.MARKETING)) == [f"m{n:02}" for n in range(23)]


def test_no_messages_are_no_call(queue_and_reader: tuple[MessageQueue, Read]) -> None:
    queue, read = queue_and_reader

    queue.put([])

    assert not any(read(purpose) for purpose in Purpose)
