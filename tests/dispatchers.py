"""Eight dispatchers on one queue that delivers twice and out of order, before a provider that throttles, fails and
refuses."""

from collections import Counter, deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random
from threading import Barrier, Lock

from shared.domain.channels.content import EmailContent, Outgoing
from shared.domain.channels.pace import Quota
from shared.domain.consent.words import Channel, Purpose
from shared.domain.ledger import Receipt
from shared.domain.messages import Message
from shared.domain.timing import SECOND
from shared.errors import HeldError, PermanentError, RetryableError, SpentError, ThrottledError
from shared.ports.people import Profiles
from shared.ports.queues import EventQueue
from shared.ports.sending import Ledger, Renderer
from shared.services.attach_documents import DocumentClerk
from shared.services.dispatch_message import Dispatcher
from shared.services.give_coupons import CouponGiver
from shared.services.pace import Pace
from shared.services.personalise import PersonalContent
from shared.services.throttle import Throttle
from tests.builders import NOON, a_message
from tests.fakes.clock import FakeClock
from tests.fakes.intake import FakeRates
from tests.fakes.secrets import FakeSigningSecrets
from tests.fakes.sending import NO_MARKS, FakeDocuments, FakeSuppressions
from tests.fakes.shop import FakeCatalogue, FakePurchases

DISPATCHERS = 8
FAULTS = [
    ThrottledError("slower"),
    RetryableError("later"),
    SpentError("no more today"),
    PermanentError("never", code="no"),
]


def some_messages(count: int, profile_id: str, ids_from: int = 0) -> list[Message]:
    """Every third of them marketing."""
    kinds = [(Purpose.MARKETING, "cart_reminders"), (Purpose.TRANSACTIONAL, None), (Purpose.TRANSACTIONAL, None)]
    return [
        a_message(id=f"{ids_from + number:032x}", profile_id=profile_id, purpose=purpose, topic=topic)
        for number in range(count)
        for purpose, topic in [kinds[number % 3]]
    ]


@dataclass
class Provider:
    """Counts what it accepted; now and then it does not, and then nothing was sent."""

    random: Random
    lock: Lock = field(default_factory=Lock)
    accepted: Counter[str] = field(default_factory=Counter)
    words: dict[str, str] = field(default_factory=dict)
    """Of each message that it accepted, what that said."""
    refused: set[str] = field(default_factory=set)

    def send(self, outgoing: Outgoing) -> Receipt:
        with self.lock:
            if self.random.random() < 0.4:
                fault = self.random.choice(FAULTS)
                if isinstance(fault, PermanentError):
                    self.refused.add(outgoing.message.id)
                raise fault
            self.accepted[outgoing.message.id] += 1
            if isinstance(outgoing.content, EmailContent):
                self.words[outgoing.message.id] = outgoing.content.text
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


class Ticking(FakeClock):
    """Time goes on with every look at it, so that who rests comes to its turn."""

    def wall(self) -> int:
        self.at += 10 * SECOND
        return self.at


def dispatch_together(
    queue: Queue,
    provider: Provider,
    *,
    ledger: Ledger,
    profiles: Profiles,
    events: EventQueue,
    renderer: Renderer,
    giver: CouponGiver,
) -> None:
    """Until nothing waits, or far too much was delivered."""
    rates, together = FakeRates(), Barrier(DISPATCHERS)

    def work(_: int) -> None:
        clock = Ticking(NOON)
        own = Dispatcher(
            ledger=ledger,
            profiles=profiles,
            suppressions=FakeSuppressions(),
            renderer=renderer,
            personal=PersonalContent(catalogue=FakeCatalogue(), purchases=FakePurchases(), giver=giver),
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


def assert_none_lost_or_sent_twice(messages: Sequence[Message], queue: Queue, provider: Provider) -> None:
    assert queue.is_done
    assert set(provider.accepted.values()) == {1}
    assert provider.accepted.keys() | provider.refused == {message.id for message in messages}
    assert not provider.accepted.keys() & provider.refused
    assert queue.deliveries > len(messages) * 1.5  # twice, and again
