"""What is counted is agreed once, and a person is filled up from their timeline when they are asked for it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.behaviour.counting import Counting, needed
from shared.domain.decide import decide
from shared.domain.draft import is_known
from shared.domain.events import Event, EventType, Trust
from shared.domain.messages import Effect
from shared.domain.playbook import Playbook, read_playbook
from shared.domain.profiles import Profile
from shared.domain.timing import DAY, HOUR, MINUTE, Instant
from shared.errors import ConflictError, PermanentError, RetryableError
from shared.services.evaluate_events import Delivery, EventEvaluator, Outcome, Report
from shared.services.part_people import ABSORBED
from tests.builders import NOON, an_event
from tests.fakes.clock import FakeClock
from tests.fakes.people import FakeProfiles, FakeTimeline
from tests.fakes.playbook import FakeCountings
from tests.fakes.rights import FakeErasedPeople
from tests.playbooks import a_count_keeper, a_people_joiner, a_people_parter, a_version_keeper
from tests.unit.domain.behaviour.test_counting import LATELY, ONCE, THRICE, a_playbook_that_asks

OLD = a_playbook_that_asks(ONCE)
NEW = a_playbook_that_asks(THRICE, LATELY, {"did": {"event": "Journey Entered"}})


class CountedTimeline(FakeTimeline):
    """``read``: how many pages were asked for."""

    read = 0

    def pages(self, profile_id: str, *, until: Instant | None = None) -> Iterator[tuple[Instant, Sequence[Event]]]:
        for page in super().pages(profile_id, until=until):
            self.read += 1
            yield page


class FailingProfiles(FakeProfiles):
    """``failures`` are raised by the next saves; ``None`` lets one through."""

    def __init__(self) -> None:
        super().__init__()
        self.failures: list[Exception | None] = []

    def save(self, profile: Profile, effects: Sequence[Effect]) -> None:
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure
        super().save(profile, effects)


@dataclass
class Shop:
    """Deployments on one table."""

    profiles: FailingProfiles = field(default_factory=FailingProfiles)
    timeline: CountedTimeline = field(default_factory=CountedTimeline)
    countings: FakeCountings = field(default_factory=FakeCountings)

    def deploy(self, playbook: Playbook) -> EventEvaluator:
        return EventEvaluator(
            decide=decide,
            is_known=is_known,
            profiles=self.profiles,
            timeline=self.timeline,
            people=a_people_joiner(self.profiles, self.timeline),
            parter=a_people_parter(self.profiles, self.timeline, playbook, self.profiles),
            counts=a_count_keeper(
                playbook, self.timeline, self.countings, a_people_joiner(self.profiles, self.timeline)
            ),
            versions=a_version_keeper(playbook),
            erased=FakeErasedPeople(),
            clock=FakeClock(NOON),
            max_receives=5,
        )

    def known(self, playbook: Playbook, now: Instant) -> dict[str, Any]:
        """What the person's profile has for this playbook that can still matter."""
        person = self.profiles.load("u1")
        return {
            id_: tuple(at for at in person.aggregates.get(id_, ()) if each.within is None or at > now - each.within)
            for id_, each in needed(playbook).items()
        }


@pytest.fixture
def shop() -> Shop:
    return Shop()


def happened(name: str, number: int, at: Instant) -> Event:
    return an_event(name, id=f"m{number}", at=at)


def ask(at: Instant, profile_id: str = "u1") -> Event:
    return an_event(
        "Backfill Asked", id="backfill:1", type=EventType.BACKFILL, at=at, profile_id=profile_id, trust=Trust.SYSTEM
    )


def told(evaluator: EventEvaluator, *events: Event) -> Report:
    return evaluator.evaluate([Delivery(f"d{n}", "g", event) for n, event in enumerate(events)])


def test_what_is_counted_is_read_once_and_written_once(shop: Shop) -> None:
    keeper = a_count_keeper(OLD, shop.timeline, shop.countings)
    first = keeper.agreed()
    shop.countings.agreed = Counting(generation=9)

    assert keeper.agreed() is first
    assert first.generation == 1


def test_a_batch_of_nothing_agrees_on_what_is_counted(shop: Shop) -> None:
    told(shop.deploy(OLD))

    assert shop.countings.agreed.begun.keys() == needed(OLD).keys()


def test_another_deployment_that_agrees_first_is_seen(shop: Shop) -> None:
    class Overtaken(FakeCountings):
        def save(self, counting: Counting, *, over: Counting) -> None:
            if self.agreed.generation == 0:
                super().save(a_count_keeper(OLD, shop.timeline).agreed(), over=over)
            super().save(counting, over=over)

    assert a_count_keeper(NEW, shop.timeline, Overtaken()).agreed().generation == 2


def test_deployments_that_overtake_each_other_for_ever_are_an_error(shop: Shop) -> None:
    class Hopeless(FakeCountings):
        def save(self, *_: Any, **__: Any) -> None:
            raise ConflictError("again")

    with pytest.raises(RetryableError):
        a_count_keeper(NEW, shop.timeline, Hopeless()).agreed()


def test_who_comes_after_the_deployment_is_whole(shop: Shop) -> None:
    report = told(shop.deploy(NEW), happened("Order Completed", 1, NOON))

    assert not report.incomplete
    assert shop.profiles.load("u1").whole == 1


def test_who_came_before_it_is_incomplete_until_filled(shop: Shop) -> None:
    told(shop.deploy(OLD), happened("Order Completed", 1, NOON), happened("Order Completed", 2, NOON + HOUR))
    new = shop.deploy(NEW)

    assert told(new, happened("Page Viewed", 3, NOON + 2 * HOUR)).incomplete == {"u1"}
    assert not told(new, ask(NOON + 3 * HOUR)).incomplete
    assert not told(new, happened("Page Viewed", 4, NOON + 4 * HOUR)).incomplete
    [orders] = [at for at in shop.known(NEW, NOON + 4 * HOUR).values() if at]
    assert orders == (NOON + HOUR, NOON)


def test_asked_again_nothing_is_read_and_nothing_written(shop: Shop) -> None:
    told(shop.deploy(OLD), happened("Order Completed", 1, NOON))
    new = shop.deploy(NEW)
    told(new, ask(NOON + HOUR))
    stored, read = shop.profiles.load("u1"), shop.timeline.read

    report = told(new, ask(NOON + 2 * HOUR))

    assert set(report.outcomes.values()) == {Outcome.UNCHANGED}
    assert (shop.profiles.load("u1"), shop.timeline.read) == (stored, read)


def test_of_nobody_nothing_comes(shop: Shop) -> None:
    assert set(told(shop.deploy(NEW), ask(NOON)).outcomes.values()) == {Outcome.UNCHANGED}
    assert not shop.profiles.stored


def test_asking_leaves_no_trace_on_the_timeline(shop: Shop) -> None:
    told(shop.deploy(OLD), happened("Order Completed", 1, NOON))
    told(shop.deploy(NEW), ask(NOON + HOUR))

    assert shop.timeline.events["u1"].keys() == {"m1"}


def test_the_timeline_is_read_no_further_than_the_window_reaches(shop: Shop) -> None:
    old = shop.deploy(a_playbook_that_asks())
    for days in range(100):
        told(old, happened("Cart Viewed", days, NOON + days * DAY))

    told(shop.deploy(a_playbook_that_asks(LATELY)), ask(NOON + 100 * DAY))

    assert shop.timeline.read == 2, "the latest is enough, and the one before shows that nothing older can matter"


def test_what_is_newly_known_turns_segments_and_ends_runs_at_the_instant_of_asking(shop: Shop) -> None:
    """And leaves at the exact instant at which what was found ages out, though nothing happens."""
    lately = {"did": {"event": "Order Completed", "within": "7 days"}}
    journey = {
        "purpose": "transactional",
        "enter": {"on": "Signed Up"},
        "exit": {"if": {"segment": "buyers"}},
        "steps": [{"wait": "90 days"}],
    }
    plain = {"journeys": {"waiting": journey}, "messages": {}, "policy": {}}
    before, _ = read_playbook(plain | {"segments": {"buyers": {"title": "Buyers", "if": {"traits.x": 1}}}})
    after, faults = read_playbook(plain | {"segments": {"buyers": {"title": "Buyers", "if": lately}}})
    assert not faults
    told(shop.deploy(before), happened("Order Completed", 1, NOON), happened("Signed Up", 2, NOON + HOUR))

    told(shop.deploy(after), ask(NOON + DAY))

    person = shop.profiles.load("u1")
    [run] = person.runs.values()
    assert person.segments == {"buyers": NOON + DAY}
    assert (run.ended_at, run.ended_reason) == (NOON + DAY, "exit_condition")
    assert person.wake_at == NOON + 7 * DAY
    noticed = [event.name for event in shop.timeline.events["u1"].values() if event.received_at == NOON + DAY]
    assert noticed == ["Segment Entered", "Journey Exited"]


def test_what_is_newly_known_ends_a_run_at_once(shop: Shop) -> None:
    def ends_if(condition: dict[str, Any]) -> Playbook:
        journey = {
            "purpose": "transactional",
            "enter": {"on": "Signed Up"},
            "exit": {"if": condition},
            "steps": [{"wait": "90 days"}],
        }
        return read_playbook({"journeys": {"waiting": journey}, "messages": {}, "policy": {}})[0]

    told(shop.deploy(ends_if({"traits.x": 1})), happened("Order Completed", 1, NOON), happened("Signed Up", 2, NOON))

    told(shop.deploy(ends_if(ONCE)), ask(NOON + DAY))

    [run] = shop.profiles.load("u1").runs.values()
    assert run.ended_at == NOON + DAY


def test_what_the_system_noticed_is_found_on_the_timeline(shop: Shop) -> None:
    told(shop.deploy(OLD), an_event("Order Completed", id="m1"), an_event("Probe", id="m2", at=NOON + HOUR))
    told(shop.deploy(OLD), an_event(type=EventType.IDENTIFY, name="User Identified", traits={"x": 1}, id="m3"))
    told(shop.deploy(OLD), an_event("Probe", id="m4", at=NOON + 2 * HOUR))

    told(shop.deploy(NEW), ask(NOON + 3 * HOUR))

    assert (NOON + 2 * HOUR,) in shop.known(NEW, NOON + 3 * HOUR).values()


def test_a_conflict_over_what_was_noticed_leaves_only_what_is_so(shop: Shop) -> None:
    """Another attempt writes its page over that of the first."""
    evaluator = shop.deploy(a_playbook_that_asks())
    told(evaluator, an_event(type=EventType.IDENTIFY, name="User Identified", traits={"x": 1}, id="m1"))

    class Beaten(FailingProfiles):
        def save(self, profile: Profile, effects: Sequence[Effect]) -> None:
            if "m9" not in shop.timeline.events["u1"]:
                shop.profiles.stored = dict(self.stored)
                leaves = an_event(
                    type=EventType.IDENTIFY, name="User Identified", traits={"x": 2}, id="m9", at=NOON + HOUR
                )
                told(shop.deploy(a_playbook_that_asks()), leaves)
                self.stored = shop.profiles.stored
            super().save(profile, effects)

    first = shop.profiles
    beaten = Beaten()
    beaten.stored = dict(first.stored)
    shop.profiles = beaten
    slow = shop.deploy(a_playbook_that_asks())
    shop.profiles = first

    told(slow, an_event("Probe", id="m2", at=NOON + HOUR))

    assert shop.timeline.events["u1"].keys() == {"m1", "m2", "m9"}


def test_of_duplicates_in_one_batch_the_one_that_counts_is_filed(shop: Shop) -> None:
    told(shop.deploy(NEW), happened("Order Completed", 1, NOON), happened("Order Completed", 1, NOON + HOUR))

    assert shop.timeline.events["u1"]["m1"].at == NOON


def test_whom_an_older_deployment_counts_meanwhile_is_no_longer_whole(shop: Shop) -> None:
    old = shop.deploy(OLD)
    told(old, happened("Order Completed", 1, NOON))
    new = shop.deploy(NEW)
    told(new, ask(NOON + HOUR))
    told(old, happened("Cart Viewed", 2, NOON + 2 * HOUR))

    assert told(new, happened("Page Viewed", 3, NOON + 3 * HOUR)).incomplete == {"u1"}
    told(new, ask(NOON + 4 * HOUR))
    assert (NOON + 2 * HOUR,) in shop.known(NEW, NOON + 4 * HOUR).values()


happenings = st.lists(
    st.tuples(st.sampled_from(["Order Completed", "Cart Viewed", "Page Viewed"]), st.integers(0, 90)), max_size=10
)
accidents = st.lists(st.sampled_from(["", "", "", "lost", "crash", "conflict"]), max_size=12)


@given(happenings, st.integers(0, 10), st.sets(st.integers(0, 10), max_size=3), accidents, st.integers(1, 4))
def test_whatever_goes_wrong_filled_later_is_as_counted_from_the_beginning(
    plain: list[tuple[str, int]], deployed_after: int, asked_after: set[int], going_wrong: list[str], size: int
) -> None:
    """Batches in other cuts, crashes between page and profile, conflicts, asked once or three times, and again."""
    events, now = [], NOON
    for number, (name, minutes) in enumerate(plain):
        now += minutes * MINUTE
        events.append(happened(name, number, now))
    counted = Shop()
    told(counted.deploy(NEW), *events)

    shop, queue = Shop(), list[Event]()
    for number, event in enumerate(events):
        queue.append(event)
        queue.extend([ask(event.at)] if number in asked_after else [])
    left, accident, folded = queue, iter(going_wrong), 0
    while left:
        batch = left[:size]
        evaluator = shop.deploy(OLD if folded < deployed_after else NEW)
        match next(accident, ""):
            case "lost":  # it was carried out, and comes again in another cut
                told(evaluator, *left[: size + 1])
            case "crash":
                shop.profiles.failures = [None, PermanentError("gone")] if size > 2 else [PermanentError("gone")]
                told(evaluator, *batch)
                shop.profiles.failures = []
            case "conflict":
                shop.profiles.failures = [ConflictError("another was first")]
        assert Outcome.FAILED not in told(evaluator, *batch).outcomes.values()
        left, folded = left[size:], folded + size
    told(shop.deploy(NEW), ask(now))

    assert shop.known(NEW, now) == counted.known(NEW, now)


def visited(name: str, number: int, at: Instant, visitor: str = "a1") -> Event:
    """Something that a visitor did."""
    return an_event(name, id=f"v{number}", profile_id=f"anon:{visitor}", user_id=None, anonymous_id=visitor, at=at)


def identified(at: Instant) -> Event:
    return an_event("User Identified", id="joined", type=EventType.IDENTIFY, anonymous_id="a1", at=at)


def aliased(previous: str, at: Instant) -> Event:
    return an_event(
        "User Aliased", id=f"{previous}\0", type=EventType.ALIAS, at=at, properties={"previousId": previous}
    )


def parted(at: Instant) -> Event:
    return an_event(
        "Split Asked", id="split:1", type=EventType.SPLIT, at=at, trust=Trust.SYSTEM, properties={ABSORBED: "anon:a1"}
    )


def both_lives() -> list[Event]:
    """A visitor's, and a known person's who became somebody else, beside that somebody's own."""
    as_visitor = [visited("Order Completed", 0, NOON)]
    as_another = [an_event("Order Completed", id="o1", profile_id="u0", user_id="u0", at=NOON + 5 * MINUTE)]
    return [*as_visitor, *as_another, happened("Order Completed", 1, NOON + 9 * MINUTE)]


@pytest.mark.parametrize("days", [0, 3], ids=["at once", "days later"])
def test_what_was_done_before_people_were_one_is_counted_once_too(shop: Shop, days: int) -> None:
    """By a chain of joins: the visitor became one person, who became another."""
    first = replace(identified(NOON + HOUR), profile_id="u0", user_id="u0")
    story = [*both_lives(), first, aliased("u0", NOON + 2 * HOUR)]
    counted = Shop()
    for each, playbook in ((shop, OLD), (counted, NEW)):
        for event in story:
            told(each.deploy(playbook), event)
    now = NOON + 3 * HOUR + days * DAY
    assert shop.known(NEW, now) != counted.known(NEW, now)

    told(shop.deploy(NEW), ask(now))

    assert shop.known(NEW, now) == counted.known(NEW, now)


def test_once_they_are_parted_each_counts_their_own(shop: Shop) -> None:
    """What the visitor did while the two were one is on the other's timeline."""
    lives = [
        visited("Order Completed", 0, NOON),
        happened("Order Completed", 7, NOON + 5 * MINUTE),
        identified(NOON + HOUR),
        *(replace(visited("Order Completed", n, NOON + n * HOUR), profile_id="u1") for n in (2, 3)),
        parted(NOON + 4 * HOUR),
        happened("Page Viewed", 8, NOON + 2 * DAY),
    ]
    counted, now = Shop(), NOON + 3 * DAY
    for each, playbook in ((shop, OLD), (counted, NEW)):
        for event in lives:
            told(each.deploy(playbook), event)

    for id_ in ("u1", "anon:a1"):
        told(shop.deploy(NEW), ask(now, id_))

        assert shop.profiles.load(id_).merged_into is None
        found, meant = (dict(each.profiles.load(id_).aggregates) for each in (shop, counted))
        assert {key: found[key] for key in needed(NEW) if key in found} == {
            key: meant[key] for key in needed(NEW) if key in meant
        }
        assert len(max(meant.values(), key=len)) == {"u1": 1, "anon:a1": 3}[id_]
