"""What every ``EventQueue`` does: takes events in order, each once."""

import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import ANY, Stubber

from shared.adapters.event_queue import SqsEventQueue
from shared.domain.events import Event, event_from_dict, event_to_dict
from shared.errors import PermanentError, RetryableError, ThrottledError
from shared.ports.queues import EventQueue
from shared.tables import person_group
from tests.aws import own_client
from tests.builders import an_event
from tests.fakes.queues import FakeEventQueue

QUEUE_URL = "https://sqs.eu-west-1.amazonaws.com/123456789012/events.fifo"


@pytest.fixture
def queue_url(aws: None) -> str:
    return boto3.client("sqs").create_queue(QueueName="events.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]


def messages(queue_url: str) -> list[Any]:
    """All that the queue holds, in its order."""
    client = boto3.client("sqs")
    found: list[Any] = []
    while batch := client.receive_message(
        QueueUrl=queue_url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"]
    ).get("Messages"):
        found += batch
        for message in batch:
            client.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
    return found


@pytest.fixture(params=["fake", "sqs"])
def queue_and_reader(request: pytest.FixtureRequest) -> tuple[EventQueue, Callable[[], list[Event]]]:
    if request.param == "fake":
        fake = FakeEventQueue()
        return fake, lambda: fake.events
    url = request.getfixturevalue("queue_url")
    queue = SqsEventQueue(boto3.client("sqs"), queue_url=url)
    return queue, lambda: [event_from_dict(json.loads(message["Body"])) for message in messages(url)]


def test_events_come_out_as_they_went_in(queue_and_reader: tuple[EventQueue, Callable[[], list[Event]]]) -> None:
    queue, read = queue_and_reader
    events = [an_event(id=f"m{n}", properties={"n": n, "odd": "\x07 \ufffe é"}) for n in range(25)]

    queue.put(events)

    assert read() == events


def test_an_event_put_twice_comes_out_once(queue_and_reader: tuple[EventQueue, Callable[[], list[Event]]]) -> None:
    queue, read = queue_and_reader

    queue.put([an_event(id="m1"), an_event(id="m2")])
    queue.put([an_event(id="m2"), an_event(id="m3")])

    assert [event.id for event in read()] == ["m1", "m2", "m3"]


def test_two_people_may_have_events_of_one_id(queue_and_reader: tuple[EventQueue, Callable[[], list[Event]]]) -> None:
    queue, read = queue_and_reader

    queue.put([an_event(id="m1", profile_id="u1"), an_event(id="m1", profile_id="u2")])

    assert sorted(event.profile_id for event in read()) == ["u1", "u2"]


def test_no_events_are_no_call(queue_and_reader: tuple[EventQueue, Callable[[], list[Event]]]) -> None:
    queue, read = queue_and_reader

    queue.put([])

    assert read() == []


def test_a_message_is_the_canonical_event_in_the_persons_group(queue_url: str) -> None:
    SqsEventQueue(boto3.client("sqs"), queue_url=queue_url).put([an_event(id="m1", profile_id="u 1/ñ")])

    [message] = messages(queue_url)
    assert json.loads(message["Body"]) == event_to_dict(an_event(id="m1", profile_id="u 1/ñ"))
    assert message["Attributes"]["MessageGroupId"] == person_group("u 1/ñ")
    assert message["Attributes"]["MessageDeduplicationId"] == hashlib.sha256("u 1/ñ\nm1".encode()).hexdigest()


class Sqs:
    """A client whose calls are scripted; ``sent`` is the message ids of each call."""

    def __init__(self) -> None:
        self.client = own_client("sqs")
        self.stubber = Stubber(self.client)
        self.sent: list[list[str]] = []
        self.client.meta.events.register("provide-client-params.sqs.SendMessageBatch", self._note)

    def _note(self, params: dict[str, Any], **_: Any) -> None:
        self.sent.append([json.loads(entry["MessageBody"])["messageId"] for entry in params["Entries"]])

    def takes(self, *ids: str, refuses: tuple[str, ...] = (), sender_fault: bool = False) -> None:
        self.stubber.add_response(
            "send_message_batch",
            {
                "Successful": [{"Id": id_, "MessageId": "x", "MD5OfMessageBody": "x"} for id_ in ids],
                "Failed": [{"Id": id_, "SenderFault": sender_fault, "Code": "InternalError"} for id_ in refuses],
            },
            {"QueueUrl": QUEUE_URL, "Entries": ANY},
        )

    def put(self, *events: Event) -> None:
        SqsEventQueue(self.client, queue_url=QUEUE_URL).put(events)


@pytest.fixture
def sqs() -> Iterator[Sqs]:
    scripted = Sqs()
    with scripted.stubber:
        yield scripted
    scripted.stubber.assert_no_pending_responses()


def numbered(count: int, **changes: Any) -> list[Event]:
    return [an_event(id=f"m{n}", **changes) for n in range(count)]


def test_events_go_in_tens(sqs: Sqs) -> None:
    for chunk in (range(10), range(10, 20), range(20, 21)):
        sqs.takes(*map(str, chunk))

    sqs.put(*numbered(21))

    assert [len(call) for call in sqs.sent] == [10, 10, 1]


def test_a_call_stays_below_a_mebibyte(sqs: Sqs) -> None:
    sqs.takes("0", "1", "2")
    sqs.takes("3", "4")

    sqs.put(*numbered(5, properties={"long": "x" * 300_000}))

    assert sqs.sent == [["m0", "m1", "m2"], ["m3", "m4"]]


def test_what_was_not_taken_goes_again_before_what_follows(sqs: Sqs) -> None:
    sqs.takes(*map(str, (0, 1, 3, 4, 5, 6, 7, 8)), refuses=("2", "9"))
    sqs.takes("2", refuses=("9",))
    sqs.takes("9")
    sqs.takes("10")

    sqs.put(*numbered(11))

    assert sqs.sent[1:] == [["m2", "m9"], ["m9"], ["m10"]]


def test_what_is_never_taken_is_an_error_and_nothing_follows_it(sqs: Sqs) -> None:
    sqs.takes(*map(str, range(1, 10)), refuses=("0",))
    sqs.takes(refuses=("0",))
    sqs.takes(refuses=("0",))

    with pytest.raises(RetryableError) as caught:
        sqs.put(*numbered(11))

    assert caught.value.context == {"codes": ["InternalError"]}


def test_what_sqs_calls_our_fault_is_not_tried_again(sqs: Sqs) -> None:
    sqs.takes("0", refuses=("1",), sender_fault=True)

    with pytest.raises(PermanentError):
        sqs.put(*numbered(2))


@pytest.mark.parametrize(
    ("code", "expected"),
    [("ThrottlingException", ThrottledError), ("AWS.SimpleQueueService.BatchRequestTooLong", PermanentError)],
)
def test_a_refused_call_says_whether_to_try_again(sqs: Sqs, code: str, expected: type[Exception]) -> None:
    sqs.stubber.add_client_error("send_message_batch", code)

    with pytest.raises(expected) as caught:
        sqs.put(an_event())

    assert isinstance(caught.value.__cause__, ClientError)
