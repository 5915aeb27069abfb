"""Eight dispatchers on one queue that delivers twice and out of order, over one ledger on moto, with a provider that
throttles, fails and refuses: each message is sent once, and none is lost."""

from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from random import Random
from threading import Barrier, Lock
from typing import Any

import pytest

from shared.adapters.dynamodb.ledger import DynamoLedger
from shared.domain.channels.content import EmailContent, Outgoing
from shared.domain.channels.pace import Quota
from shared.domain.consent.words import Channel, Purpose
from shared.domain.ledger import MessageStatus, Receipt
from shared.domain.messages import Message
from shared.domain.timing import SECOND
from shared.errors import HeldError, PermanentError, RetryableError, SpentError, ThrottledError
from shared.ports.sending import Ledger
from shared.services.attach_documents import DocumentClerk
from shared.services.dispatch_message import Dispatcher
from shared.services.pace import Pace
from shared.services.personalise import PersonalContent
from shared.services.throttle import Throttle
from tests.aws import own_client
from tests.builders import NOON, a_message, a_profile
from tests.fakes.clock import FakeClock
from tests.fakes.intake import FakeRates
from tests.fakes.people import FakeProfiles
from tests.fakes.queues import FakeEventQueue
from tests.fakes.secrets import FakeSigningSecrets
from tests.fakes.sending import NO_MARKS, FakeDocuments, FakeRenderer, FakeSuppressions
from tests.fakes.shop import FakeCatalogue, FakePurchases, a_giver

DISPATCHERS = 8
MESSAGES = [
    a_message(id=f"{number:032x}", purpose=purpose, topic=topic)
    for number in range(30)
    for purpose, topic in [(Purpose.TRANSACTIONAL, None) if number % 3 else (Purpose.MARKETING, "cart_reminders")]
]
FAULTS = [
    ThrottledError("slower"),
    RetryableError("later"),
    SpentError("no more today"),
    PermanentError("never", code="no"),
]


@dataclass
class Provider:
    """Counts what it accepted; now and then it does not, and then nothing was sent."""

    random: Random
    lock: Lock = field(default_factory=Lock)
    accepted: Counter[str] = field(default_factory=Counter)
    refused: set[str] = field(default_factory=set)

    def send(self, outgoing: Outgoing) -> Receipt:
        with self.lock:
            if self.random.random() < 0.4:
                fault = self.random.choice(FAULTS)
                if isinstance(fault, PermanentError):
                    self.refused.add(outgoing.message.id)
                raise fault
            self.accepted[outgoing.message.id] += 1
            return Receipt(f"p{self.accepted.total()}")


class Queue:
    """At least once: many a message is delivered twice, and what fails comes again at any place."""

    def __init__(self, messages: list[Message], random: Random) -> None:
        self._lock, self._random = Lock(), random
        self._waiting = deque((message, False) for message in messages)
        self._doubled: set[str] = set()
        self.under_way = 0
        self.deliveries = 0

    def take(self) -> tuple[Message, bool] | None:
        with self._lock:
            if not self._waiting:
                return None
            self.under_way += 1
            self.deliveries += 1
            self._waiting.rotate(self._random.randrange(len(self._waiting)))
            taken = self._waiting.popleft()
            if taken[0].id not in self._doubled and self._random.random() < 0.5:
                self._doubled.add(taken[0].id)
                self._waiting.append(taken)
            return taken

    def settle(self, again: tuple[Message, bool] | None) -> None:
        with self._lock:
            self.under_way -= 1
            if again is not None:
                self._waiting.append(again)

    @property
    def is_done(self) -> bool:
        with self._lock:
            return not self._waiting and not self.under_way


class Account:
    def read(self) -> Quota:
        return Quota(per_second=40, per_day=10_000)


def atomic(client: Any) -> Any:
    """DynamoDB checks and writes as one; moto, asked by several threads, does not."""
    write, lock = client.update_item, Lock()

    def update_item(**request: Any) -> Any:
        with lock:
            return write(**request)

    client.update_item = update_item
    return client


class Ticking(FakeClock):
    """Time goes on with every look at it, so that who rests comes to its turn."""

    def wall(self) -> int:
        self.at += 10 * SECOND
        return self.at


@pytest.fixture
def ledger(table_name: str) -> Ledger:
    return DynamoLedger(atomic(own_client("dynamodb")), table=table_name, clock=FakeClock(NOON))


def test_each_message_is_sent_once_and_none_is_lost(ledger: Ledger) -> None:
    provider, queue = Provider(Random(1)), Queue(MESSAGES, Random(1))  # noqa: S311
    profiles, events = FakeProfiles(), FakeEventQueue()
    ana = a_profile(consent={}, traits={"email": "ana@example.com"})
    profiles.stored[ana.id] = replace(ana, version=1)
    rates, together = FakeRates(), Barrier(DISPATCHERS)

    def dispatcher() -> Dispatcher:
        clock = Ticking(NOON)
        return Dispatcher(
            ledger=ledger,
            profiles=profiles,
            suppressions=FakeSuppressions(),
            renderer=FakeRenderer({(a_message().name, Channel.EMAIL): EmailContent("subject", "<p>html</p>", "text")}),
            personal=PersonalContent(catalogue=FakeCatalogue(), purchases=FakePurchases(), giver=a_giver()),
            senders={Channel.EMAIL: provider},
            events=events,
            secrets=FakeSigningSecrets(),
            clock=FakeClock(NOON),
            still_holds=lambda *_: True,
            default_of=lambda _: True,
            consent_rules={},
            public_url="https://carillon.example",
            pace=Pace(Throttle(rates, clock), clock, quotas={Channel.EMAIL: Account()}, fixed={}),
            marks=NO_MARKS,
            documents=DocumentClerk(FakeDocuments()),
        )

    def work(_: int) -> None:
        own = dispatcher()
        together.wait()
        while not queue.is_done and queue.deliveries < 20_000:
            taken = queue.take()
            if taken is None:
                continue
            message, was_held = taken
            again = None
            try:
                own.dispatch(message, was_held=was_held)
            except HeldError:
                again = (message, True)
            except RetryableError:
                again = taken
            queue.settle(again)

    with ThreadPoolExecutor(DISPATCHERS) as threads:
        list(threads.map(work, range(DISPATCHERS)))

    assert queue.is_done
    assert set(provider.accepted.values()) == {1}
    assert provider.accepted.keys() | provider.refused == {message.id for message in MESSAGES}
    assert not provider.accepted.keys() & provider.refused
    for message in MESSAGES:
        entry = ledger.find(message.id)
        assert entry is not None
        assert entry.status is (MessageStatus.SENT if message.id in provider.accepted else MessageStatus.FAILED)
    told = {event.id for event in events.events}
    assert told == {f"{'sent' if m.id in provider.accepted else 'failed'}:{m.id}" for m in MESSAGES}
    assert queue.deliveries > len(MESSAGES) * 1.5  # twice, and again
