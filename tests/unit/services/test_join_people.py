"""Who is joined with whom is looked at no oftener than it must be, and what comes for a tombstone goes on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from shared.domain.decide import decide
from shared.domain.draft import is_known
from shared.domain.events import Event, EventType, Trust
from shared.domain.identity.identifiers import Identifier, provisional_profile_id
from shared.domain.identity.merges import Merge, Undoing
from shared.domain.messages import Effect
from shared.domain.profiles import Profile
from shared.domain.timing import MINUTE
from shared.errors import PermanentError
from shared.services.evaluate_events import Delivery, EventEvaluator, Outcome
from shared.services.find_survivor import MAX_CHAIN, survivor_of
from shared.services.join_people import MAX_OTHERS
from tests.builders import NOON, an_event
from tests.fakes.clock import FakeClock
from tests.fakes.people import FakeAliases, FakeConsentHistory, FakeProfiles, FakeTimeline
from tests.fakes.queues import FakeEventQueue
from tests.fakes.rights import FakeErasedPeople
from tests.playbooks import a_count_keeper, a_people_joiner, a_people_parter, a_playbook, a_version_keeper

EMAIL = Identifier("email", "ana@example.com")


class WatchedProfiles(FakeProfiles):
    """``loaded``: who was read; ``interruptions`` happen before a write of several, one each."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.interruptions: list[Callable[[], object]] = []

    def save_all(
        self,
        written: Sequence[tuple[Profile, Sequence[Effect]]],
        merges: Sequence[Merge] = (),
        *,
        undoing: Undoing | None = None,
    ) -> None:
        if self.interruptions:
            self.interruptions.pop(0)()
        super().save_all(written, merges, undoing=undoing)

    def load(self, profile_id: str) -> Profile:
        self.loaded.append(profile_id)
        return super().load(profile_id)


@dataclass
class Shop:
    """The use case with the real ``decide``, among fakes."""

    profiles: WatchedProfiles = field(default_factory=WatchedProfiles)
    timeline: FakeTimeline = field(default_factory=FakeTimeline)
    aliases: FakeAliases = field(default_factory=FakeAliases)
    queue: FakeEventQueue = field(default_factory=FakeEventQueue)
    history: FakeConsentHistory = field(default_factory=FakeConsentHistory)

    def fold(self, *events: Event) -> Outcome:
        """One batch of one person; what became of all of it."""
        evaluator = EventEvaluator(
            decide=decide,
            is_known=is_known,
            profiles=self.profiles,
            timeline=self.timeline,
            counts=a_count_keeper(a_playbook(), self.timeline),
            versions=a_version_keeper(a_playbook()),
            people=a_people_joiner(self.profiles, self.timeline, aliases=self.aliases, queue=self.queue),
            parter=a_people_parter(self.profiles, self.timeline, a_playbook(), self.profiles, history=self.history),
            erased=FakeErasedPeople(),
            clock=FakeClock(),
            max_receives=5,
        )
        report = evaluator.evaluate([Delivery(event.id, event.profile_id, event) for event in events])
        assert not report.errors, report.errors
        (outcome,) = set(report.outcomes.values())
        return outcome

    def bury(self, profile_id: str, into: str) -> None:
        self.profiles.stored[profile_id] = Profile(id=profile_id, version=1, merged_into=into, decided_at=NOON)


@pytest.fixture
def shop() -> Shop:
    return Shop()


def visits(id_: str = "m1", **changes: Any) -> Event:
    return an_event(id=id_, profile_id="anon:a1", user_id=None, anonymous_id="a1", trust=Trust.PUBLIC, **changes)


def signs_up(id_: str = "i1", **changes: Any) -> Event:
    return an_event(id=id_, type=EventType.IDENTIFY, name="User Identified", anonymous_id="a1", **changes)


# --- tombstones ------------------------------------------------------------------------------------------------------


def test_what_comes_for_a_tombstone_goes_on_to_the_survivor_as_the_same_events(shop: Shop) -> None:
    shop.bury("anon:a1", "u1")
    events = [visits("m1"), visits("m2", at=NOON + MINUTE)]

    assert shop.fold(*events) is Outcome.SENT_ON

    assert shop.queue.events == [replace(event, profile_id="u1") for event in events]
    assert shop.profiles.stored["anon:a1"].version == 1
    assert not shop.timeline.kept


def test_a_chain_of_tombstones_is_followed_to_its_end(shop: Shop) -> None:
    shop.bury("anon:a1", "u1")
    shop.bury("u1", "u2")

    shop.fold(visits())

    assert [event.profile_id for event in shop.queue.events] == ["u2"]


def test_tombstones_that_lead_in_a_circle_are_an_error() -> None:
    profiles = FakeProfiles()
    tombs = [Profile(id=f"u{n}", merged_into=f"u{(n + 1) % 3}") for n in range(3)]
    profiles.stored = {one.id: one for one in tombs}

    with pytest.raises(PermanentError, match="too long"):
        survivor_of(profiles, tombs[0])
    assert MAX_CHAIN > 3


@pytest.mark.parametrize("type_", [EventType.TIMER, EventType.BACKFILL])
def test_nothing_is_asked_of_a_tombstone(shop: Shop, type_: EventType) -> None:
    shop.bury("anon:a1", "u1")

    assert shop.fold(an_event(type=type_, profile_id="anon:a1", trust=Trust.SYSTEM)) is Outcome.UNCHANGED
    assert not shop.queue.events


# --- nobody is made of an address that is somebody's ----------------------------------------------------------------


def pays_at_the_till(id_: str = "t1") -> Event:
    properties = {"email": EMAIL.value, "order_id": "o1"}
    return an_event(
        "Order Completed", id=id_, profile_id=provisional_profile_id(EMAIL), user_id=None, properties=properties
    )


def test_an_address_that_was_claimed_meanwhile_makes_nobody(shop: Shop) -> None:
    shop.aliases.claim(*EMAIL, "u1")

    assert shop.fold(pays_at_the_till()) is Outcome.SENT_ON

    assert [event.profile_id for event in shop.queue.events] == ["u1"]
    assert not shop.profiles.stored


def test_an_address_of_nobodys_makes_somebody_and_is_not_looked_up_again(shop: Shop) -> None:
    assert shop.fold(pays_at_the_till()) is Outcome.STORED

    shop.aliases.claim(*EMAIL, "u1")
    assert shop.fold(pays_at_the_till("t2")) is Outcome.STORED
    assert not shop.queue.events


# --- joining ---------------------------------------------------------------------------------------------------------


def test_a_sign_up_joins_the_visitor_in_one_write_that_can_be_undone(shop: Shop) -> None:
    shop.fold(visits(properties={"cart_id": "c1"}))
    visitor = shop.profiles.stored["anon:a1"]

    assert shop.fold(signs_up(at=NOON + MINUTE, traits={"firstName": "Ana"})) is Outcome.STORED

    person, tomb = shop.profiles.stored["u1"], shop.profiles.stored["anon:a1"]
    assert (person.version, tomb.version) == (1, 2)
    assert (tomb.merged_into, tomb.runs, tomb.wake_at) == ("u1", {}, None)
    assert [run.key for run in person.runs.values()] == ['"c1"']
    assert [(merge.survivor.version, merge.absorbed) for merge in shop.profiles.of("u1")] == [(0, visitor)]


def test_who_never_came_leaves_a_tombstone_too(shop: Shop) -> None:
    shop.fold(signs_up())
    shop.fold(visits())

    assert shop.profiles.stored["anon:a1"].merged_into == "u1"
    assert [event.profile_id for event in shop.queue.events] == ["u1"]


def test_the_joining_event_again_changes_nothing_and_reads_nothing_more(shop: Shop) -> None:
    shop.fold(signs_up())
    shop.profiles.loaded.clear()

    assert shop.fold(signs_up()) is Outcome.UNCHANGED
    shop.fold(signs_up("i2"))

    assert shop.profiles.loaded == ["u1", "u1"]
    assert len(shop.profiles.merges) == 1


def test_an_event_that_joins_nobody_reads_one_profile(shop: Shop) -> None:
    shop.fold(an_event(anonymous_id="a1"))

    assert shop.profiles.loaded == ["u1"]


def test_a_public_key_joins_no_address_and_a_secret_one_does_once(shop: Shop) -> None:
    shop.fold(pays_at_the_till())
    traits = {"email": EMAIL.value}
    shop.fold(signs_up(trust=Trust.PUBLIC, traits=traits))
    assert shop.profiles.stored[provisional_profile_id(EMAIL)].merged_into is None

    shop.fold(signs_up("i2", traits=traits))
    assert shop.profiles.stored[provisional_profile_id(EMAIL)].merged_into == "u1"

    shop.profiles.loaded.clear()
    shop.fold(signs_up("i3", traits=traits))
    assert shop.profiles.loaded == ["u1"]


def test_events_around_the_joining_one_keep_their_places(shop: Shop) -> None:
    shop.fold(visits(properties={"cart_id": "c1"}))
    bought = an_event("Order Completed", id="m3", at=NOON + 3 * MINUTE, properties={"order_id": "o1"})

    shop.fold(an_event("Product Viewed", id="m2", at=NOON + MINUTE), signs_up(at=NOON + 2 * MINUTE), bought)

    assert [*shop.timeline.events["u1"]][:3] == ["m2", "i1", "m3"]


def test_what_happened_to_the_visitor_ends_the_persons_run(shop: Shop) -> None:
    shop.fold(an_event(id="m1", properties={"cart_id": "c1"}))
    shop.fold(visits("m2", name="Order Completed", at=NOON + MINUTE, properties={"cart_id": "c1", "order_id": "o1"}))

    shop.fold(signs_up(at=NOON + 2 * MINUTE))

    ended = {run.key: run.ended_reason for run in shop.profiles.stored["u1"].runs.values() if not run.is_live}
    assert ended['"c1"'] == "exit_event"


def test_a_writer_of_either_in_between_has_it_decided_anew(shop: Shop) -> None:
    shop.fold(visits(properties={"cart_id": "c1"}))
    shop.profiles.interruptions = [
        lambda: shop.fold(visits("m2", properties={"cart_id": "c2"})),
        lambda: shop.fold(an_event("Product Viewed", id="m3")),
    ]

    shop.fold(signs_up(at=NOON + MINUTE))

    person = shop.profiles.stored["u1"]
    assert {run.key for run in person.runs.values()} == {'"c1"', '"c2"'}
    assert shop.profiles.stored["anon:a1"].merged_into == "u1"


def test_too_many_at_once_are_joined_one_event_at_a_time(shop: Shop) -> None:
    events = [
        an_event(id=f"i{n}", type=EventType.IDENTIFY, name="User Identified", anonymous_id=f"a{n}")
        for n in range(MAX_OTHERS + 1)
    ]

    assert shop.fold(*events) is Outcome.STORED

    assert len(shop.profiles.merges) == MAX_OTHERS + 1
    assert shop.profiles.stored["u1"].version == MAX_OTHERS + 1
