"""Capacity: what folding an event costs in DynamoDB's units, as MiniStack counts them: exactly, not roughly."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from infra.local.ministack_process import MiniStack, aws_environment
from infra.local.processes import free_port
from shared.adapters.clock import SystemClock
from shared.adapters.dynamodb.aliases import DynamoAliases
from shared.adapters.dynamodb.countings import DynamoCountings
from shared.adapters.dynamodb.erased_people import DynamoErasedPeople
from shared.adapters.dynamodb.merges import DynamoMerges
from shared.adapters.dynamodb.profiles import DynamoProfiles
from shared.adapters.dynamodb.timeline import DynamoTimeline
from shared.domain.decide import decide
from shared.domain.draft import is_known
from shared.domain.events import IMPLIED_NAMES, Event, EventType, Trust
from shared.domain.intake.client_keys import Key
from shared.domain.intake.segment_batch import read_batch
from shared.domain.intake.segment_spec import Reception
from shared.domain.timing import MINUTE
from shared.services.accept_events import EventIntake
from shared.services.evaluate_events import Delivery, EventEvaluator, Outcome
from shared.services.watch_quality import QualityWatch
from tests.aws import own_client
from tests.benchmarks.decide import a_customer, read_with_dead_journeys
from tests.benchmarks.ingest import a_call
from tests.benchmarks.measure import Figure, Table
from tests.builders import NOON
from tests.conftest import create_table
from tests.fakes.clock import FakeClock
from tests.fakes.intake import FakeQualityCounts, FakeQuarantine
from tests.fakes.queues import FakeEventQueue
from tests.fakes.secrets import FakeDigestKey
from tests.playbooks import a_count_keeper, a_people_joiner, a_people_parter, a_version_keeper

PERSON: Final = "9b2f6a0e-6f1d-4c1e-9f0a-5f1d8a0c9b3e"
"""As long as ids are."""

BATCH: Final = 10


@dataclass
class Spent:
    """Units of one call of the use case, and how it ended."""

    reads: float = 0.0
    writes: float = 0.0
    outcomes: frozenset[Outcome] = frozenset()


def run(_rounds: int) -> list[Table]:
    """Counts, so one round says it all."""
    with capacity_counted() as counting:
        spent = measure(counting)
    return [
        Table("Capacity, read units", "RRU", tuple(Figure(name, each.reads) for name, each in spent.items())),
        Table("Capacity, write units", "WRU", tuple(Figure(name, each.writes) for name, each in spent.items())),
    ]


class Counting:
    """``evaluate_events`` on a table that tells what each call costs."""

    def __init__(self) -> None:
        self._client = own_client("dynamodb")
        self._spent = Spent()
        hooks = self._client.meta.events
        hooks.register("provide-client-params.dynamodb", _ask_for_capacity)
        hooks.register("after-call.dynamodb.GetItem", self._note_read)
        hooks.register("after-call.dynamodb.PutItem", self._note_write)
        hooks.register("after-call.dynamodb.Query", self._note_read)
        hooks.register("provide-client-params.dynamodb.BatchGetItem", self._note_batch)
        hooks.register("after-call.dynamodb.TransactWriteItems", self._note_transaction)
        table = create_table("capacity")
        self._playbook = read_with_dead_journeys(0)
        self._table = table
        self._profiles = DynamoProfiles(self._client, table=table)
        self._timeline = DynamoTimeline(self._client, table=table)
        self._counts = a_count_keeper(self._playbook, self._timeline, DynamoCountings(self._client, table=table))
        self._counts.agreed()
        self._versions = a_version_keeper(self._playbook)
        self._aliases = DynamoAliases(self._client, table=table)
        self._erased = DynamoErasedPeople(self._client, table=table, digest=str, clock=SystemClock())

    def settle(self, profile_id: str) -> None:
        """Store a typical customer under this id."""
        self._profiles.save(replace(a_customer(), id=profile_id), [])

    def claim(self, profile_id: str, *identifiers: tuple[str, str]) -> None:
        for kind, value in identifiers:
            self._aliases.claim(kind, value, profile_id, vouched=True)

    def take_in_and_fold(self, call: dict[str, Any]) -> Spent:
        """One event from the door, where a server posts it, to the profile."""
        queue, clock = FakeEventQueue(), FakeClock(NOON + MINUTE)
        intake = EventIntake(
            aliases=self._aliases,
            queue=queue,
            quarantine=FakeQuarantine(),
            clock=clock,
            digest_key=FakeDigestKey(),
            quality=QualityWatch(counts=FakeQualityCounts(), clock=clock),
        )
        self._spent = Spent()
        intake.accept_call(call, EventType.TRACK, key=Key(Trust.SECRET))
        at_the_door = self._spent
        folded = self.fold(queue.events)
        return replace(folded, reads=at_the_door.reads + folded.reads, writes=at_the_door.writes + folded.writes)

    def fold(self, events: Sequence[Event]) -> Spent:
        evaluator = EventEvaluator(
            decide=decide,
            is_known=is_known,
            profiles=self._profiles,
            timeline=self._timeline,
            people=a_people_joiner(self._profiles, self._timeline),
            parter=a_people_parter(
                self._profiles, self._timeline, self._playbook, DynamoMerges(self._client, table=self._table)
            ),
            counts=self._counts,
            versions=self._versions,
            erased=self._erased,
            clock=SystemClock(),
            max_receives=5,
        )
        self._spent = Spent()
        report = evaluator.evaluate([Delivery(event.id, event.profile_id, event) for event in events])
        return replace(self._spent, outcomes=frozenset(report.outcomes.values()))

    def _note_read(self, parsed: dict[str, Any], **_: Any) -> None:
        self._spent.reads += parsed["ConsumedCapacity"]["CapacityUnits"]

    def _note_write(self, parsed: dict[str, Any], **_: Any) -> None:
        self._spent.writes += parsed["ConsumedCapacity"]["CapacityUnits"]

    def _note_batch(self, params: dict[str, Any], **_: Any) -> None:
        """By AWS's own rule, since MiniStack does not tell: each item, found or not, is read on its own."""
        for asked in params["RequestItems"].values():
            self._spent.reads += len(asked["Keys"]) * (1 if asked.get("ConsistentRead") else 0.5)

    def _note_transaction(self, parsed: dict[str, Any], **_: Any) -> None:
        self._spent.writes += sum(each["CapacityUnits"] for each in parsed["ConsumedCapacity"])


def _ask_for_capacity(params: dict[str, Any], model: Any, **_: Any) -> None:
    if model.name in {"GetItem", "PutItem", "Query", "TransactWriteItems"}:
        params["ReturnConsumedCapacity"] = "TOTAL"


def measure(counting: Counting) -> dict[str, Spent]:
    """Each case on a customer of their own."""
    cases = {
        "one event without effects": viewed(1),
        f"{BATCH} events without effects, in one batch": viewed(BATCH),
        "an event that starts a run": storefront_events("Product Added", 1),
    }
    spent: dict[str, Spent] = {}
    for number, (name, events) in enumerate(cases.items()):
        profile_id = f"{PERSON[:-1]}{number}"
        counting.settle(profile_id)
        spent[name] = counting.fold([replace(event, profile_id=profile_id) for event in events])
    again = [replace(event, profile_id=f"{PERSON[:-1]}1") for event in viewed(BATCH)]
    spent[f"{BATCH} events that were folded before"] = counting.fold(again)
    spent["the first event of a new person"] = counting.fold(viewed(1))
    visits = [replace(event, profile_id="anon:a1", user_id=None, anonymous_id="a1") for event in viewed(3)]
    counting.fold(visits)
    person = f"{PERSON[:-1]}0"
    spent["a visitor's sign-up, which joins two people"] = counting.fold([_sign_up(person, "i1", "a1")])
    spent["the next identify of the two"] = counting.fold([_sign_up(person, "i2", "a1")])
    late = [replace(event, id="late") for event in visits[:1]]
    spent["an event that comes for the joined visitor"] = counting.fold(late)
    return spent | _by_aliases(counting)


def _by_aliases(counting: Counting) -> dict[str, Spent]:
    """A till's events of somebody whom it knows by their card, or by their card and their address."""
    card, email = ("loyalty", "L-99"), ("email", "ana@example.com")
    by_card = {"externalIds": [{"type": "loyalty", "id": card[1], "collection": "users", "encoding": "none"}]}
    cases: dict[str, dict[str, Any]] = {
        "an event by its user id, from the door on": {"userId": f"{PERSON[:-1]}7", "context": {}},
        "an event by an alias, from the door on": {"context": by_card},
        "an event by two aliases, from the door on": {"context": by_card | {"traits": {"email": email[1]}}},
    }
    counting.settle(f"{PERSON[:-1]}7")
    counting.claim(f"{PERSON[:-1]}7", card, email)
    spent = {}
    for number, (name, of_whom) in enumerate(cases.items()):
        call = a_call(100 + number) | {"event": "Product Viewed"}
        spent[name] = counting.take_in_and_fold(
            {key: value for key, value in call.items() if key not in {"userId", "anonymousId"}} | of_whom
        )
    return spent


def _sign_up(person: str, id_: str, visitor: str) -> Event:
    (seen,) = viewed(1)
    name = IMPLIED_NAMES[EventType.IDENTIFY]
    return replace(seen, id=id_, type=EventType.IDENTIFY, name=name, profile_id=person, anonymous_id=visitor)


def viewed(count: int) -> list[Event]:
    return storefront_events("Product Viewed", count)


def storefront_events(name: str, count: int) -> list[Event]:
    """What Segment's browser client sends of a visit, whole, as our intake understands it."""
    calls = [a_call(index) | {"event": name, "userId": PERSON} for index in range(count)]
    reception = Reception(received_at=NOON + MINUTE, trust=Trust.PUBLIC, source="http")
    read = read_batch({"batch": calls}, reception, body_size=len(str(calls)))
    return [replace(event, profile_id=PERSON) for event in read.events]


@contextmanager
def capacity_counted() -> Iterator[Counting]:
    """A MiniStack of our own, for as long as it takes."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"http://127.0.0.1:{free_port()}"
        stack = MiniStack(
            url=url, gateway_url=url, speed=1, epoch=0, state=Path(folder), log=Path(folder) / "ministack.log"
        )
        with stack.program, patch.dict(os.environ, aws_environment(url)):
            stack.wait_until_ready()
            yield Counting()
