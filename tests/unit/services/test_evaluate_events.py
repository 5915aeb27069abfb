"""Folding a batch: one read, one decision, one write a person; order kept; one person's trouble is nobody else's."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.decide import decide
from shared.domain.draft import Absorbed, Occurrence, is_known
from shared.domain.events import Event, EventType, Trust
from shared.domain.messages import AliasClaim, Effect
from shared.domain.playbook import Playbook
from shared.domain.profiles import Predecessor, Profile
from shared.domain.timing import MINUTE, Instant
from shared.errors import ConflictError, PermanentError, RetryableError
from shared.services.evaluate_events import Delivery, EventEvaluator, Outcome, Report
from tests.builders import NOON, an_event
from tests.fakes.clock import FakeClock
from tests.fakes.people import FakeProfiles, FakeTimeline
from tests.fakes.rights import FakeErasedPeople
from tests.playbooks import a_count_keeper, a_people_joiner, a_people_parter, a_playbook, a_version_keeper

STORED, UNCHANGED, FAILED, HELD_BACK = Outcome.STORED, Outcome.UNCHANGED, Outcome.FAILED, Outcome.HELD_BACK


@dataclass(frozen=True)
class Tally:
    profile: Profile
    effects: Sequence[Effect]
    trace: Sequence[Occurrence] = ()
    absorbed: Sequence[Absorbed] = ()


def tally(
    _playbook: Playbook,
    profile: Profile,
    events: Sequence[Event],
    now: Instant,
    /,
    *,
    sending_at: Instant | None,
    **_: object,
) -> Tally:
    """A decision so simple that it can be checked by eye: notes what it heard, in order, and claims it."""
    heard = list(profile.recent_events)
    for event in events:
        if event.name == "Broken":
            raise ZeroDivisionError
        if event.id not in heard and event.type is not EventType.TIMER:
            heard.append(event.id)
    new = heard[len(profile.recent_events) :]
    if not new:
        return Tally(profile, ())
    changed = replace(profile, recent_events=dict.fromkeys(heard, 0), decided_at=now, traits={"told": sending_at})
    return Tally(changed, [AliasClaim("heard", id_) for id_ in new])


class World:
    """The use case among fakes; ``journal`` is what was done to the stores, in order."""

    def __init__(self) -> None:
        self.journal: list[str] = []
        self.profiles = JournaledProfiles(self.journal)
        self.timeline = JournaledTimeline(self.journal)
        self.clock = FakeClock()
        self.erased = FakeErasedPeople()

    def evaluate(self, *deliveries: Delivery) -> Report:
        evaluator = EventEvaluator(
            decide=tally,
            is_known=lambda recent_events, event, _now: event.id in recent_events,
            profiles=self.profiles,
            timeline=self.timeline,
            people=a_people_joiner(self.profiles, self.timeline),
            parter=a_people_parter(self.profiles, self.timeline, a_playbook(), self.profiles),
            counts=a_count_keeper(a_playbook(), self.timeline),
            versions=a_version_keeper(a_playbook()),
            erased=self.erased,
            clock=self.clock,
            max_receives=5,
        )
        return evaluator.evaluate(deliveries)

    def heard(self, profile_id: str) -> list[str]:
        return list(self.profiles.stored[profile_id].recent_events) if profile_id in self.profiles.stored else []


class JournaledProfiles(FakeProfiles):
    """``failures`` are raised by the next saves, one each, by profile id."""

    def __init__(self, journal: list[str]) -> None:
        super().__init__()
        self.journal = journal
        self.failures: dict[str, list[Exception]] = {}

    def load(self, profile_id: str) -> Profile:
        self.journal.append(f"load {profile_id}")
        return self.stored.get(profile_id, Profile(id=profile_id))

    def save(self, profile: Profile, effects: Sequence[Effect]) -> None:
        self.journal.append(f"save {profile.id}")
        if self.failures.get(profile.id):
            raise self.failures[profile.id].pop(0)
        self.stored[profile.id] = replace(profile, version=profile.version + 1)
        self.effects.extend((profile.id, effect) for effect in effects)


class JournaledTimeline(FakeTimeline):
    def __init__(self, journal: list[str]) -> None:
        super().__init__()
        self.journal = journal

    def append(self, profile_id: str, events: Sequence[Event]) -> None:
        self.journal.append(f"file {' '.join(event.id for event in events)}")
        super().append(profile_id, events)


@pytest.fixture
def world() -> World:
    return World()


def a_delivery(person: str, number: int, name: str = "Product Added", *, receives: int = 1) -> Delivery:
    event = an_event(name, id=f"{person}{number}", profile_id=person, at=NOON + number)
    return Delivery(id=f"d-{event.id}", group=f"group of {person}", event=event, receives=receives)


def unreadable(person: str, number: int, *, receives: int = 1) -> Delivery:
    return Delivery(
        id=f"d-{person}{number}", group=f"group of {person}", event=None, fault="ValueError", receives=receives
    )


def test_ten_events_of_one_person_are_one_read_one_page_and_one_write(world: World) -> None:
    report = world.evaluate(*[a_delivery("a", n) for n in range(10)])

    assert set(report.outcomes.values()) == {STORED}
    assert world.journal == ["load a", "file " + " ".join(f"a{n}" for n in range(10)), "save a"]


def test_each_decision_is_told_the_moment_at_which_it_is_carried_out(world: World) -> None:
    world.evaluate(a_delivery("a", 1))
    world.clock.at += MINUTE
    world.evaluate(a_delivery("b", 1))

    told = [world.profiles.stored[person].traits["told"] for person in ("a", "b")]
    assert told == [world.clock.at - MINUTE, world.clock.at]


def test_people_are_folded_apart_each_in_order(world: World) -> None:
    world.evaluate(a_delivery("a", 1), a_delivery("b", 1), a_delivery("a", 2), a_delivery("b", 2))

    assert (world.heard("a"), world.heard("b")) == (["a1", "a2"], ["b1", "b2"])


def test_it_is_decided_as_of_the_latest_arrival(world: World) -> None:
    late = Delivery("d", "g", an_event(id="x", profile_id="a", at=NOON - MINUTE, received_at=NOON + MINUTE))
    earlier = Delivery("e", "g", an_event(id="y", profile_id="a", at=NOON))

    world.evaluate(late, earlier)

    assert world.profiles.stored["a"].decided_at == NOON + MINUTE


def test_a_redelivery_reads_and_writes_nothing(world: World) -> None:
    world.evaluate(a_delivery("a", 1))
    world.journal.clear()

    report = world.evaluate(a_delivery("a", 1))

    assert report.outcomes == {"d-a1": UNCHANGED}
    assert world.journal == ["load a"]


def test_the_timeline_gets_only_what_is_new(world: World) -> None:
    world.evaluate(a_delivery("a", 1))
    world.journal.clear()

    world.evaluate(a_delivery("a", 1), a_delivery("a", 2), a_delivery("a", 2))

    assert world.journal == ["load a", "file a2", "save a"]


def test_a_wake_up_is_not_put_on_the_timeline(world: World) -> None:
    timer = an_event(id="timer:1", type=EventType.TIMER, name="Timer Due", profile_id="a")

    world.evaluate(Delivery("d", "g", timer), a_delivery("a", 1))

    assert list(world.timeline.events["a"]) == ["a1"]


def test_where_another_writer_was_first_it_is_decided_again(world: World) -> None:
    world.profiles.failures["a"] = [ConflictError("first"), ConflictError("again")]

    report = world.evaluate(a_delivery("a", 1))

    assert report.outcomes == {"d-a1": STORED}
    assert world.journal == ["load a", "file a1", "save a", "load a", "save a", "load a", "save a"]


def test_where_another_writer_is_always_first_the_events_come_again(world: World) -> None:
    world.profiles.failures["a"] = [ConflictError("first") for _ in range(5)]

    report = world.evaluate(a_delivery("a", 1), a_delivery("a", 2))

    assert report.outcomes == {"d-a1": FAILED, "d-a2": HELD_BACK}
    assert isinstance(report.errors["d-a1"], RetryableError)


A, B = "a", "b"
CASES = {
    "a broken event in the middle": (
        [a_delivery(A, 1), a_delivery(A, 2, "Broken"), a_delivery(A, 3), a_delivery(B, 1)],
        {"d-a1": STORED, "d-a2": FAILED, "d-a3": HELD_BACK, "d-b1": STORED},
    ),
    "a broken event at first": (
        [a_delivery(A, 1, "Broken"), a_delivery(B, 1), a_delivery(A, 2)],
        {"d-a1": FAILED, "d-a2": HELD_BACK, "d-b1": STORED},
    ),
    "a broken event alone": ([a_delivery(A, 1, "Broken"), a_delivery(B, 1)], {"d-a1": FAILED, "d-b1": STORED}),
    "a broken event alone for the last time": ([a_delivery(A, 1, "Broken", receives=5)], {"d-a1": FAILED}),
    "what is no event": (
        [a_delivery(A, 1), unreadable(A, 2), a_delivery(A, 3), a_delivery(B, 1)],
        {"d-a1": STORED, "d-a2": FAILED, "d-a3": HELD_BACK, "d-b1": STORED},
    ),
    "what is no event, before it is set aside": (
        [a_delivery(A, 1), unreadable(A, 2, receives=5), a_delivery(A, 3)],
        {"d-a1": STORED, "d-a2": FAILED, "d-a3": STORED},
    ),
    "a broken event before it is set aside": (
        [a_delivery(A, 1, "Broken", receives=5), a_delivery(A, 2, receives=5), a_delivery(B, 1)],
        {"d-a1": FAILED, "d-a2": STORED, "d-b1": STORED},
    ),
    "two broken events, one before it is set aside": (
        [a_delivery(A, 1, "Broken", receives=5), a_delivery(A, 2), a_delivery(A, 3, "Broken"), a_delivery(A, 4)],
        {"d-a1": FAILED, "d-a2": STORED, "d-a3": FAILED, "d-a4": HELD_BACK},
    ),
}


@pytest.mark.parametrize(("deliveries", "outcomes"), CASES.values(), ids=CASES)
def test_what_fails_holds_back_only_what_follows_it_of_the_same_person(
    world: World, deliveries: list[Delivery], outcomes: dict[str, Outcome]
) -> None:
    report = world.evaluate(*deliveries)

    assert report.outcomes == outcomes
    for person in "ab":
        stored = [id_[2:] for id_, outcome in outcomes.items() if outcome is STORED and id_[2] == person]
        assert world.heard(person) == stored
    assert set(report.errors) == {id_ for id_, outcome in outcomes.items() if outcome is FAILED}


@pytest.mark.parametrize("receives", [1, 5, 6])
def test_what_may_succeed_later_holds_back_the_rest_to_the_end(world: World, receives: int) -> None:
    world.profiles.failures["a"] = [RetryableError("not now")]

    report = world.evaluate(a_delivery("a", 1, receives=receives), a_delivery("a", 2), a_delivery("b", 1))

    assert report.outcomes == {"d-a1": FAILED, "d-a2": HELD_BACK, "d-b1": STORED}


def test_an_outage_among_single_events_holds_back_the_rest(world: World) -> None:
    world.profiles.failures["a"] = [RetryableError("not now")]

    report = world.evaluate(a_delivery("a", 1, receives=5), unreadable("a", 2, receives=5), a_delivery("a", 3))

    assert list(report.outcomes.values()) == [FAILED, HELD_BACK, HELD_BACK]


def test_what_a_profile_cannot_hold_is_told_from_what_it_can(world: World) -> None:
    world.profiles.failures["a"] = [PermanentError("too large together")]

    report = world.evaluate(a_delivery("a", 1), a_delivery("a", 2))

    assert set(report.outcomes.values()) == {STORED}


def test_two_people_in_one_group_are_never_taken_for_one(world: World) -> None:
    one, other = an_event(id="x", profile_id="a"), an_event(id="y", profile_id="b")

    world.evaluate(Delivery("d", "same", one), Delivery("e", "same", other))

    assert (world.heard("a"), world.heard("b")) == (["x"], ["y"])


class Interrupted(FakeProfiles):
    """Lets the other writer in before a call, as ``interruptions`` say."""

    def __init__(self, interruptions: Iterator[bool]) -> None:
        super().__init__()
        self.interruptions = interruptions
        self.other: list[list[Delivery]] = []
        self.committed: list[Event] = []
        self.evaluator: EventEvaluator | None = None

    def load(self, profile_id: str) -> Profile:
        self._interrupt()
        return super().load(profile_id)

    def save(self, profile: Profile, effects: Sequence[Effect]) -> None:
        self._interrupt()
        super().save(profile, effects)

    def _interrupt(self) -> None:
        if self.other and self.evaluator is not None and next(self.interruptions, False):
            report = self.evaluator.evaluate(self.other.pop(0))
            assert FAILED not in report.outcomes.values()


names = st.sampled_from(["Product Added", "Order Completed", "Cart Viewed"])
batches = st.lists(
    st.lists(st.tuples(names, st.integers(0, 90), st.integers(0, 2)), min_size=1, max_size=3), max_size=4
)


def deliveries_of(writer: str, plain: list[list[tuple[str, int, int]]]) -> list[list[Delivery]]:
    """Batches of one person's events, some minutes apart, of three carts."""
    numbered = iter(range(100))
    return [
        [
            Delivery(
                id=f"{writer}{(number := next(numbered))}",
                group="g",
                event=an_event(
                    name,
                    id=f"{writer}{number}",
                    at=NOON + minutes * MINUTE,
                    properties={"cart_id": f"c{cart}", "order_id": f"o{cart}"},
                ),
            )
            for name, minutes, cart in batch
        ]
        for batch in plain
    ]


@given(batches, batches, st.lists(st.booleans(), max_size=30))
def test_two_writers_interleaved_give_the_same_as_one_after_the_other(
    first: list[list[tuple[str, int, int]]], second: list[list[tuple[str, int, int]]], interruptions: list[bool]
) -> None:
    order: list[Sequence[Event]] = []

    class Noted(Interrupted):
        def save(self, profile: Profile, effects: Sequence[Effect]) -> None:
            deciding = list(latest)
            super().save(profile, effects)
            order.append(deciding)

    latest: list[Event] = []

    def noted(
        playbook: Playbook, profile: Profile, events: Sequence[Event], now: Instant, *, sending_at: Instant, **_: object
    ) -> Tally:
        latest[:] = events
        decision = decide(playbook, profile, events, now, sending_at=sending_at)
        return Tally(decision.profile, decision.effects)

    profiles = Noted(iter(interruptions))
    profiles.evaluator = an_evaluator(profiles, noted)
    profiles.other = deliveries_of("b", second)
    for batch in deliveries_of("a", first):
        profiles.evaluator.evaluate(batch)
    while profiles.other:
        profiles.evaluator.evaluate(profiles.other.pop(0))

    serial = FakeProfiles()
    for events in order:
        an_evaluator(serial, decide).evaluate([Delivery(event.id, "g", event) for event in events])
    assert profiles.stored == serial.stored
    assert profiles.effects == serial.effects
    assert sum(map(len, order)) == sum(map(len, first)) + sum(map(len, second))


def an_evaluator(profiles: FakeProfiles, decide_: object, erased: FakeErasedPeople | None = None) -> EventEvaluator:
    timeline = FakeTimeline()
    return EventEvaluator(
        decide=decide_,  # type: ignore[arg-type]
        is_known=is_known,
        profiles=profiles,
        timeline=timeline,
        people=a_people_joiner(profiles, timeline),
        parter=a_people_parter(profiles, timeline, a_playbook(), profiles),
        counts=a_count_keeper(a_playbook(), timeline),
        versions=a_version_keeper(a_playbook()),
        erased=erased or FakeErasedPeople(),
        clock=FakeClock(),
        max_receives=5,
    )


def test_what_happened_before_somebody_was_erased_makes_nobody_of_it(world: World) -> None:
    world.erased.mark("u1", NOON)

    report = world.evaluate(*as_deliveries(an_event(id="m1", at=NOON - 1), an_event(id="m2", at=NOON)))

    assert set(report.outcomes.values()) == {Outcome.ERASED}
    assert not world.profiles.stored
    assert not world.timeline.events


def test_who_comes_back_after_being_erased_is_a_new_person(world: World) -> None:
    world.erased.mark("u1", NOON)

    world.evaluate(*as_deliveries(an_event(id="m1", at=NOON), an_event(id="m2", at=NOON + 1)))

    assert world.heard("u1") == ["m2"]
    assert list(world.timeline.events["u1"]) == ["m2"]


@pytest.mark.parametrize("trust", Trust)
def test_what_we_say_ourselves_of_somebody_who_was_erased_makes_nobody(world: World, trust: Trust) -> None:
    world.erased.mark("u1", NOON)

    world.evaluate(*as_deliveries(an_event(at=NOON + 1, trust=trust)))

    assert bool(world.heard("u1")) == (trust is not Trust.SYSTEM)


def test_only_of_somebody_new_it_is_asked_whether_they_were_erased(world: World) -> None:
    world.evaluate(*as_deliveries(an_event(id="m1")))
    world.erased.mark("u1", NOON + 9)

    world.evaluate(*as_deliveries(an_event(id="m2")))

    assert world.heard("u1") == ["m1", "m2"]


def test_who_comes_back_knows_from_when_on_things_are_theirs(world: World) -> None:
    world.erased.mark("u1", NOON)

    world.evaluate(*as_deliveries(an_event(id="m1", at=NOON), an_event(id="m2", at=NOON + 1, received_at=NOON + 5)))
    world.evaluate(*as_deliveries(an_event(id="m3", at=NOON + 9)))
    world.evaluate(*as_deliveries(an_event(id="n1", profile_id="u2", at=NOON)))

    assert world.profiles.stored["u1"].predecessor == Predecessor(erased_at=NOON, until=NOON + 5)
    assert world.profiles.stored["u2"].predecessor is None


@pytest.mark.parametrize("trust", Trust)
def test_what_happened_to_the_erased_is_not_who_came_backs(world: World, trust: Trust) -> None:
    """A phone that was without a network, a provider's report of a message."""
    world.erased.mark("u1", NOON)
    world.evaluate(*as_deliveries(an_event(id="m1", at=NOON + 9)))

    report = world.evaluate(*as_deliveries(an_event(id="m2", at=NOON, received_at=NOON + 10, trust=trust)))
    world.evaluate(*as_deliveries(an_event(id="m3", at=NOON + 1, received_at=NOON + 10, trust=trust)))

    assert set(report.outcomes.values()) == {Outcome.ERASED}
    assert world.heard("u1") == ["m1", "m3"]
    assert list(world.timeline.events["u1"]) == ["m1", "m3"]


def test_a_visitor_who_was_erased_and_never_came_again_is_joined_as_somebody_new() -> None:
    """What was ordered for the visitor finds the tombstone, and must not go to whoever else used the browser."""
    profiles, erased = FakeProfiles(), FakeErasedPeople()
    erased.mark("anon:a1", NOON)
    joined = an_event("User Identified", type=EventType.IDENTIFY, anonymous_id="a1", at=NOON + 5, trust=Trust.PUBLIC)

    an_evaluator(profiles, decide, erased).evaluate(as_deliveries(joined))

    assert profiles.stored["anon:a1"].merged_into == "u1"
    assert profiles.stored["anon:a1"].predecessor == Predecessor(erased_at=NOON, until=NOON + 5)
    assert profiles.stored["u1"].predecessor is None


def as_deliveries(*events: Event) -> list[Delivery]:
    return [Delivery(event.id, event.profile_id, event) for event in events]
