"""What every ``Bus`` does: tells other systems what happened to whom."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber

from shared.adapters.bus import EventBridgeBus
from shared.domain.messages import Announcement
from shared.errors import PermanentError, RetryableError
from shared.ports.queues import Bus
from tests.aws import own_client
from tests.builders import NOON
from tests.contract.test_event_queue import messages
from tests.fakes.queues import FakeBus


def an_announcement(n: int = 1, **changes: Any) -> Announcement:
    defaults: dict[str, Any] = {
        "id": f"a{n}",
        "name": "Journey Entered",
        "at": NOON,
        "properties": {"journey": "welcome"},
    }
    return Announcement(**(defaults | changes))


@pytest.fixture
def published(aws: None) -> Callable[[], list[Any]]:
    """What a rule of the bus ``carillon-test`` brings to a queue: whole events."""
    queue_url = boto3.client("sqs").create_queue(QueueName="seen")["QueueUrl"]
    events = boto3.client("events")
    events.create_event_bus(Name="carillon-test")
    events.put_rule(Name="all", EventBusName="carillon-test", EventPattern='{"source": ["carillon"]}')
    events.put_targets(
        Rule="all",
        EventBusName="carillon-test",
        Targets=[{"Id": "1", "Arn": "arn:aws:sqs:eu-west-1:123456789012:seen"}],
    )
    return lambda: [json.loads(message["Body"]) for message in messages(queue_url)]


@pytest.fixture(params=["fake", "eventbridge"])
def bus_and_reader(request: pytest.FixtureRequest) -> tuple[Bus, Callable[[], list[tuple[str, str]]]]:
    if request.param == "fake":
        fake = FakeBus()
        return fake, lambda: [(profile_id, announcement.id) for profile_id, announcement in fake.announcements]
    published = request.getfixturevalue("published")
    bus = EventBridgeBus(boto3.client("events"), bus_name="carillon-test")
    return bus, lambda: [(event["detail"]["profile"], event["detail"]["id"]) for event in published()]


def test_announcements_of_several_people_are_published_together(
    bus_and_reader: tuple[Bus, Callable[[], list[tuple[str, str]]]],
) -> None:
    bus, read = bus_and_reader
    told = [(f"u{n % 3}", an_announcement(n)) for n in range(12)]

    bus.publish(told)

    assert sorted(read()) == sorted((profile_id, announcement.id) for profile_id, announcement in told)


def test_nothing_to_tell_is_no_call(bus_and_reader: tuple[Bus, Callable[[], list[tuple[str, str]]]]) -> None:
    bus, read = bus_and_reader

    bus.publish([])

    assert read() == []


def test_an_announcement_says_what_happened_to_whom_and_when(published: Callable[[], list[Any]]) -> None:
    announcement = an_announcement(properties={"journey": "welcome", "profile": "someone else", "at": "some day"})

    EventBridgeBus(boto3.client("events"), bus_name="carillon-test").publish([("u1", announcement)])

    [event] = published()
    assert (event["source"], event["detail-type"], event["time"]) == (
        "carillon",
        "Journey Entered",
        "2026-11-02T12:00:00Z",
    )
    assert event["detail"] == {"journey": "welcome", "profile": "u1", "id": "a1", "at": "2026-11-02T12:00:00.000Z"}


class Scripted:
    """A client that takes and refuses what it is told to; ``sent`` is the announcement ids of each call."""

    def __init__(self) -> None:
        self.client = own_client("events")
        self.stubber = Stubber(self.client)
        self.sent: list[list[str]] = []
        self.client.meta.events.register("provide-client-params.events.PutEvents", self._note)

    def _note(self, params: dict[str, Any], **_: Any) -> None:
        self.sent.append([json.loads(entry["Detail"])["id"] for entry in params["Entries"]])

    def answers(self, *codes: str) -> None:
        """A code for each entry, empty where it is taken."""
        entries = [{"ErrorCode": code} if code else {"EventId": "x"} for code in codes]
        answer = {"FailedEntryCount": sum(map(bool, codes)), "Entries": entries}
        self.stubber.add_response("put_events", answer, {"Entries": ANY})

    def publish(self, count: int, **changes: Any) -> None:
        bus = EventBridgeBus(self.client, bus_name="carillon-test")
        bus.publish([("u1", an_announcement(n, **changes)) for n in range(count)])


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    scripted = Scripted()
    with scripted.stubber:
        yield scripted
    scripted.stubber.assert_no_pending_responses()


def test_announcements_go_in_tens(scripted: Scripted) -> None:
    scripted.answers(*[""] * 10)
    scripted.answers(*[""] * 3)

    scripted.publish(13)

    assert [len(call) for call in scripted.sent] == [10, 3]


def test_what_was_not_taken_goes_again(scripted: Scripted) -> None:
    scripted.answers("", "InternalFailure", "", "ThrottlingException")
    scripted.answers("ThrottlingException", "")
    scripted.answers("")

    scripted.publish(4)

    assert scripted.sent[1:] == [["a1", "a3"], ["a1"]]


def test_what_is_never_taken_may_be_tried_again_later(scripted: Scripted) -> None:
    for _ in range(3):
        scripted.answers("InternalFailure")

    with pytest.raises(RetryableError):
        scripted.publish(1)


def test_what_is_malformed_is_an_error_that_lasts(scripted: Scripted) -> None:
    scripted.answers("MalformedDetail")

    with pytest.raises(PermanentError, match="refuses"):
        scripted.publish(1)
