"""Faults are counted by sender and kind, written together, and a flood of them is no flood of writes."""

from dataclasses import dataclass, field, replace
from typing import Any

from shared.domain.decide import decide
from shared.domain.draft import Occurrence
from shared.domain.events import Event, EventType, Trust
from shared.domain.intake.flaws import Flaw
from shared.domain.profiles import Profile
from shared.domain.timing import HOUR, MINUTE
from shared.errors import Fault, RetryableError
from shared.services.watch_quality import (
    FAULTS_WAIT,
    MAX_TALLIES,
    MAX_TOTAL,
    MAX_WRITES,
    TOTALS_WAIT,
    Folded,
    QualityWatch,
)
from tests.builders import NOON, an_event
from tests.fakes.clock import FakeClock
from tests.fakes.intake import FakeQualityCounts
from tests.stories import a_journey, a_playbook

CHEAP = {"sku": "s", "price": 3, "currency": "EUR"}


@dataclass
class Watching:
    clock: FakeClock = field(default_factory=FakeClock)
    counts: FakeQualityCounts = field(default_factory=FakeQualityCounts)

    def __post_init__(self) -> None:
        self.quality = QualityWatch(counts=self.counts, clock=self.clock, knows=lambda name: name == "Product Vewed")

    def fold(self, *events: Event, again: bool = False, known: bool = False, trace: Any = ()) -> None:
        fresh = () if known else events
        self.quality.folded(Folded(events, fresh, trace), is_again=lambda _: again)

    def settle(self) -> int:
        faulty, error = self.quality.settle()
        assert error is None
        return faulty

    @property
    def counted(self) -> dict[tuple[str, Flaw | None], int]:
        tallies = self.counts.read(self.clock.now() - HOUR, self.clock.now())
        return {(tally.source, tally.flaw): tally.events for tally in tallies}


def priced(**changes: Any) -> Event:
    return an_event(properties={"sku": "s", "price": 3}, **changes)


def test_a_good_event_writes_nothing_until_there_are_many() -> None:
    watching = Watching()
    for _ in range(MAX_TOTAL - 1):
        watching.fold(an_event(properties=CHEAP))
        assert watching.settle() == 0
    assert not watching.counts.sums

    watching.fold(an_event(properties=CHEAP))
    watching.settle()
    assert watching.counted == {("http", None): MAX_TOTAL}


def test_or_until_minutes_have_passed() -> None:
    watching = Watching()
    watching.fold(an_event(properties=CHEAP))
    watching.clock.at += TOTALS_WAIT
    watching.settle()

    assert watching.counted == {("http", None): 1}


def test_a_lone_fault_is_written_at_once_and_a_flood_together() -> None:
    watching = Watching()
    watching.fold(priced())
    assert watching.settle() == 1
    assert watching.counted == {("http", None): 1, ("http", Flaw.NO_CURRENCY): 1}

    for _ in range(500):
        watching.fold(priced())
        watching.settle()
    assert watching.counted[("http", Flaw.NO_CURRENCY)] == 1
    watching.clock.at += FAULTS_WAIT
    watching.settle()
    assert watching.counted == {("http", None): 501, ("http", Flaw.NO_CURRENCY): 501}


def test_what_could_not_be_written_is_written_later() -> None:
    watching = Watching()
    watching.counts.failure = RetryableError("not now")
    watching.fold(priced())
    assert watching.quality.settle().error is watching.counts.failure

    watching.counts.failure = None
    watching.clock.at += FAULTS_WAIT
    watching.settle()
    assert watching.counted == {("http", None): 1, ("http", Flaw.NO_CURRENCY): 1}


def test_whoever_makes_up_senders_fills_neither_memory_nor_table() -> None:
    watching = Watching()
    for number in range(3 * MAX_TALLIES):
        watching.fold(priced(source=f"bus:{number}"))
    watching.settle()

    assert len(watching.counts.sums) == MAX_WRITES
    for _ in range(20):
        watching.clock.at += FAULTS_WAIT
        watching.settle()
    assert len(watching.counts.sums) <= MAX_TALLIES + 2
    assert watching.counted[("others", Flaw.NO_CURRENCY)] > MAX_TALLIES


def test_the_sender_is_told_by_way_and_client() -> None:
    watching = Watching()
    for name in ("analytics.js", "ana@example.com"):
        watching.fold(priced(context={"library": {"name": name}}))
    watching.settle()

    assert {source for source, _ in watching.counted} == {"http analytics.js", "http other"}


def test_a_duplicate_is_a_fault_unless_the_queue_repeats_itself() -> None:
    watching = Watching()
    watching.fold(an_event(properties=CHEAP), known=True)
    watching.fold(an_event(properties=CHEAP), known=True, again=True)
    watching.settle()

    assert watching.counted == {("http", None): 1, ("http", Flaw.DUPLICATE): 1}


def test_the_systems_own_events_are_nobodys_fault() -> None:
    watching = Watching()
    watching.fold(priced(trust=Trust.SYSTEM))

    assert watching.settle() == 0


def test_what_a_decision_tells_is_put_down_to_whoever_said_it() -> None:
    watching = Watching()
    said = an_event("User Identified", type=EventType.IDENTIFY, source="bus:till", traits={"phone": "021 555"})
    bought = replace(priced(), id="m2")
    trace = decide(a_playbook(j=a_journey()), Profile(id="u1"), [said, bought], NOON).trace
    watching.fold(said, bought, trace=trace)
    watching.settle()

    assert watching.counted == {
        ("bus:till", None): 1,
        ("bus:till", Flaw.UNKNOWN_REGION): 1,
        ("http", None): 1,
        ("http", Flaw.NO_CURRENCY): 1,
    }


def test_what_was_told_again_of_an_old_trait_is_not_counted_again() -> None:
    watching = Watching()
    told = Occurrence("trait_unread", NOON, {"trait": "phone", "reason": "malformed"})
    watching.fold(an_event("User Identified", type=EventType.IDENTIFY, traits={"country": "IE"}), trace=[told])

    assert watching.settle() == 0


def test_a_name_that_the_playbook_means_is_not_misspelt() -> None:
    watching = Watching()
    watching.fold(an_event("Product Vewed"))
    assert watching.settle() == 0
    watching.fold(an_event("Product Aded"))
    assert watching.settle() == 1


def test_a_clock_of_another_time_zone_is_noticed() -> None:
    watching = Watching()
    event = an_event(at=NOON)
    for raw in ({"timestamp": "2026-11-02T13:00:00Z"}, {"timestamp": "2026-11-02T12:04:00Z"}, {}, {"timestamp": "x"}):
        watching.quality.accepted(raw, event)
    watching.quality.accepted({"timestamp": "2026-11-02T13:00:00Z"}, replace(event, at=NOON - MINUTE))
    assert watching.settle() == 1
    assert ("http", Flaw.CLOCK_AHEAD) in watching.counted


def test_what_was_refused_counts_each_kind_once() -> None:
    watching = Watching()
    faults = [Fault("userId", "must be a string"), Fault("timestamp", "must be an ISO 8601 date and time")]
    watching.quality.refused("http", {"library": {"name": "analytics-node"}}, faults)
    watching.settle()

    assert watching.counted == {("http analytics-node", None): 1, ("http analytics-node", Flaw.INVALID_FIELD): 1}
