"""What every ``DeadLetters`` does: takes one person's letters out of all queues; everybody else's stay."""

from collections.abc import Callable, Iterator

import boto3
import pytest

from shared.adapters import dead_letters
from shared.adapters.dead_letters import SqsDeadLetters
from shared.errors import RetryableError
from shared.ports.rights import DeadLetters
from tests.fakes.rights import FakeDeadLetters

Letters = list[list[str]]
House = tuple[DeadLetters, Callable[[Letters], None], Callable[[], Letters]]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dead_letters, "WAIT", 0)


@pytest.fixture
def queue_urls(aws: None) -> list[str]:
    sqs = boto3.client("sqs")
    names = {"first": {}, "second.fifo": {"FifoQueue": "true", "ContentBasedDeduplication": "true"}}
    return [sqs.create_queue(QueueName=name, Attributes=more)["QueueUrl"] for name, more in names.items()]  # type: ignore[arg-type]


def put(queue_urls: list[str], letters: Letters) -> None:
    for url, texts in zip(queue_urls, letters, strict=True):
        for number, text in enumerate(texts):
            more = {"MessageGroupId": f"g{number}"} if url.endswith(".fifo") else {}
            boto3.client("sqs").send_message(QueueUrl=url, MessageBody=text, **more)  # type: ignore[arg-type]


def read(queue_urls: list[str]) -> Letters:
    """Whatever can be received of each queue now."""
    return [sorted(_received(url)) for url in queue_urls]


def _received(url: str) -> Iterator[str]:
    while found := boto3.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        yield from (message["Body"] for message in found)


@pytest.fixture(params=["fake", "sqs"])
def house(request: pytest.FixtureRequest) -> House:
    """The second puts letters into the queues, the third reads all of each."""
    if request.param == "fake":
        fake = FakeDeadLetters()
        return fake, fake.queues.extend, lambda: [sorted(queue) for queue in fake.queues]
    urls = request.getfixturevalue("queue_urls")
    return (
        SqsDeadLetters(boto3.client("sqs"), queue_urls=urls),
        lambda letters: put(urls, letters),
        lambda: read(urls),
    )


def test_a_persons_letters_go_and_others_stay_as_they_were(house: House) -> None:
    letters, write, left = house
    write([["ana 1", "bo 1", "ana 2"], ["bo 2", "ana 3"]])

    assert letters.remove(lambda text: text.startswith("ana")) == 3
    assert left() == [["bo 1"], ["bo 2"]]


def test_many_letters_are_looked_at(house: House) -> None:
    letters, write, left = house
    write([[f"{number:02}" for number in range(25)], []])

    assert letters.remove(lambda text: text == "17") == 1
    assert left() == [[f"{number:02}" for number in range(25) if number != 17], []]


def test_where_there_is_nothing_nothing_goes(house: House) -> None:
    letters, write, left = house
    write([[], []])
    assert letters.remove(lambda _: True) == 0
    assert left() == [[], []]


def test_letters_are_shown_again_although_looking_fails(queue_urls: list[str]) -> None:
    put(queue_urls, [["bo", "ana", "poison"], []])

    def is_theirs(text: str) -> bool:
        if text == "poison":
            raise RetryableError("the process is told to end")
        return text == "ana"

    with pytest.raises(RetryableError):
        SqsDeadLetters(boto3.client("sqs"), queue_urls=queue_urls).remove(is_theirs)
    assert read(queue_urls) == [["bo"], []]  # the poison itself shows once its time is up


def test_a_queue_that_cannot_be_asked_is_told_of(aws: None) -> None:
    letters = SqsDeadLetters(boto3.client("sqs"), queue_urls=["https://sqs.eu-west-1.amazonaws.com/123456789012/none"])
    with pytest.raises(RetryableError):
        letters.remove(lambda _: True)
