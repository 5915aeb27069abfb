"""Eight dispatchers over one ledger on moto, whatever fails: each message is sent once, and none is lost."""

from dataclasses import replace
from random import Random
from threading import Lock
from typing import Any

import pytest

from shared.adapters.dynamodb.ledger import DynamoLedger
from shared.domain.channels.content import EmailContent
from shared.domain.consent.words import Channel
from shared.domain.ledger import MessageStatus
from shared.ports.sending import Ledger
from tests.aws import own_client
from tests.builders import NOON, a_message, a_profile
from tests.dispatchers import Provider, Queue, assert_none_lost_or_sent_twice, dispatch_together, some_messages
from tests.fakes.clock import FakeClock
from tests.fakes.people import FakeProfiles
from tests.fakes.queues import FakeEventQueue
from tests.fakes.sending import FakeRenderer
from tests.fakes.shop import a_giver


def atomic(client: Any) -> Any:
    """DynamoDB checks and writes as one; moto, asked by several threads, does not."""
    write, lock = client.update_item, Lock()

    def update_item(**request: Any) -> Any:
        with lock:
            return write(**request)

    client.update_item = update_item
    return client


@pytest.fixture
def ledger(table_name: str) -> Ledger:
    return DynamoLedger(atomic(own_client("dynamodb")), table=table_name, clock=FakeClock(NOON))


def test_each_message_is_sent_once_and_none_is_lost(ledger: Ledger) -> None:
    profiles, events = FakeProfiles(), FakeEventQueue()
    ana = a_profile(consent={}, traits={"email": "ana@example.com"})
    profiles.stored[ana.id] = replace(ana, version=1)
    messages = some_messages(30, ana.id)
    provider, queue = Provider(Random(1)), Queue(messages, Random(1))  # noqa: S311

    dispatch_together(
        queue,
        provider,
        ledger=ledger,
        profiles=profiles,
        events=events,
        renderer=FakeRenderer({(a_message().name, Channel.EMAIL): EmailContent("subject", "<p>html</p>", "text")}),
        giver=a_giver(),
    )

    assert_none_lost_or_sent_twice(messages, queue, provider)
    for message in messages:
        entry = ledger.find(message.id)
        assert entry is not None
        assert entry.status is (MessageStatus.SENT if message.id in provider.accepted else MessageStatus.FAILED)
    told = {event.id for event in events.events}
    assert told == {f"{'sent' if m.id in provider.accepted else 'failed'}:{m.id}" for m in messages}
