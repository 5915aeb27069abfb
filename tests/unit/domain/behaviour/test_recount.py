"""Counting again from the timeline gives what counting from the beginning would have given."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.behaviour.aggregates import Aggregate, Total, add, observe
from shared.domain.behaviour.counting import NOTHING_COUNTED, Counting, lacking, needed, renewed, stamped
from shared.domain.behaviour.recount import Recount, filled, is_folded
from shared.domain.decide import decide
from shared.domain.events import Event, EventType
from shared.domain.own_events import DECIDED
from shared.domain.playbook import Playbook
from shared.domain.profiles import MAX_RECENT_EVENTS, Profile
from shared.domain.timing import DAY, HOUR, MINUTE, Instant
from tests.builders import NOON, a_profile, an_event
from tests.unit.domain.behaviour.test_counting import a_playbook_that_asks

ALL_OF_IT = a_playbook_that_asks(
    {"did": {"event": "Order Completed", "at_least": 3}},
    {"did": {"event": "Order Completed", "at_least": 0, "where": {"properties.revenue": {"above": 5}}}},
    {"did": {"event": ["Order Completed", "Cart Viewed"], "within": "4 hours", "at_least": 2}},
    {"sum": {"event": "Order Completed", "of": "properties.revenue", "above": 100}},
    {"sum": {"event": "Order Completed", "of": "properties.revenue", "within": "3 hours", "above": 100}},
)
SOME_OF_IT = a_playbook_that_asks({"did": {"event": "Order Completed"}}, {"did": {"event": "Signed Up"}})
ALWAYS: Instant = 0
"""A timeline that reaches back for ever."""


@dataclass
class Life:
    """One person's, on deployments that follow each other: events are filed, then folded, as in ``evaluate_events``."""

    counting: Counting = NOTHING_COUNTED
    playbook: Playbook = SOME_OF_IT
    person: Profile = field(default_factory=lambda: Profile(id="u1"))
    filed: list[Event] = field(default_factory=list)

    def deploy(self, playbook: Playbook, at: Instant) -> None:
        self.playbook, self.counting = playbook, renewed(self.counting, playbook, at)

    def file(self, event: Event) -> None:
        self.filed.append(event)

    def fold(self, event: Event) -> None:
        before = self.person
        self.person = stamped(self.counting, before, decide(self.playbook, before, [event], event.received_at).profile)

    def backfill(self, at: Instant, reach: Instant = ALWAYS) -> None:
        known = needed(self.playbook)
        wanted = [known[id_] for id_ in lacking(self.counting, self.person)]
        recount = Recount(wanted, max(at, self.person.decided_at))
        for event in reversed(self.filed):
            if event.received_at >= reach and is_folded(event, self.person):
                recount.add(event)
        ask = an_event("Backfill Asked", id="backfill:1", type=EventType.BACKFILL, at=at)
        whole = filled(self.person, recount, self.counting, reach)
        self.person = decide(self.playbook, whole, [ask], at).profile

    def known_at(self, now: Instant) -> tuple[dict[str, Any], dict[str, Any]]:
        """What is kept of the present playbook's needs that can still matter."""
        kept, amounts = {}, {}
        for id_, each in needed(self.playbook).items():
            since = ALWAYS if each.within is None else now - each.within
            kept[id_] = tuple(at for at in self.person.aggregates.get(id_, ()) if at > since)
            amounts[id_] = tuple(entry for entry in self.person.sums.get(id_, ()) if entry[0] > since)
        return kept, amounts


happenings = st.lists(
    st.tuples(
        st.sampled_from(["Order Completed", "Cart Viewed", "Page Viewed"]),
        st.integers(0, 120),  # minutes since the one before
        st.sampled_from([0, 0, 0, 60, 90, 3_000]),  # minutes late
        st.integers(-3, 12),  # revenue
    ),
    max_size=14,
)


def events_of(plain: Sequence[tuple[str, int, int, int]]) -> Iterator[Event]:
    now = NOON
    for number, (name, after, late, revenue) in enumerate(plain):
        now += after * MINUTE
        at = now - late * MINUTE
        yield an_event(name, id=f"m{number}", at=at, received_at=now, properties={"revenue": revenue / 4})


@given(happenings, st.integers(0, 14), st.lists(st.tuples(st.integers(0, 14), st.booleans()), max_size=3))
def test_deployed_later_and_filled_is_as_counted_from_the_beginning(
    plain: list[tuple[str, int, int, int]], deployed_after: int, fillings: list[tuple[int, bool]]
) -> None:
    """Wherever the fillings lie among the events, once or twice, before or after the next event's page is written."""
    events = list(events_of(plain))
    from_the_beginning, later = Life(playbook=ALL_OF_IT), Life()
    from_the_beginning.deploy(ALL_OF_IT, NOON)
    later.deploy(SOME_OF_IT, NOON)
    end = events[-1].received_at if events else NOON
    for number, event in enumerate(events):
        from_the_beginning.fold(event)
        if number == deployed_after:
            later.deploy(ALL_OF_IT, event.received_at)
        asked = [is_filed for after, is_filed in fillings if after == number and later.playbook is ALL_OF_IT]
        for is_filed in asked:
            if is_filed:
                later.file(event)
            later.backfill(event.received_at)
        later.file(event) if True not in asked else None
        later.fold(event)
    later.deploy(ALL_OF_IT, end)
    later.backfill(end)
    later.backfill(end)

    assert later.known_at(end) == from_the_beginning.known_at(end)
    assert not list(lacking(later.counting, later.person))


@given(happenings, st.integers(0, 1_000))
def test_reading_stops_only_where_nothing_earlier_can_matter(
    plain: list[tuple[str, int, int, int]], minutes_later: int
) -> None:
    events = sorted(events_of(plain), key=lambda event: event.received_at)
    now = (events[-1].received_at if events else NOON) + minutes_later * MINUTE
    everything = Recount(needed(ALL_OF_IT).values(), now)
    for event in events:
        everything.add(event)
    for each in needed(ALL_OF_IT).values():
        enough = Recount([each], now)
        for event in reversed(events):
            if not enough.asks_for(event.received_at):
                break
            enough.add(event)
        assert enough.aggregates.get(each.id, ()) == everything.aggregates.get(each.id, ())
        assert enough.sums.get(each.id, ()) == everything.sums.get(each.id, ())


def test_a_window_is_read_no_further_back_than_it_reaches() -> None:
    [window] = needed(a_playbook_that_asks({"did": {"event": "Cart Viewed", "within": "4 hours"}})).values()

    assert Recount([window], NOON).asks_for(NOON - 4 * HOUR + 1)
    assert not Recount([window], NOON).asks_for(NOON - 4 * HOUR)


def test_the_latest_are_read_until_there_are_enough() -> None:
    [twice] = needed(a_playbook_that_asks({"did": {"event": "Cart Viewed", "at_least": 2}})).values()
    recount = Recount([twice], NOON)
    for number, at in enumerate((NOON, NOON - DAY)):
        assert recount.asks_for(NOON - DAY - 1)
        recount.add(an_event("Cart Viewed", id=f"m{number}", at=at))

    assert not recount.asks_for(NOON - DAY)
    assert recount.asks_for(NOON - DAY + 1), "an event that came late may lie between"


# the edge of the timeline

[ORDERS] = needed(a_playbook_that_asks({"did": {"event": "Order Completed", "at_least": 5}})).values()
[SPENT] = needed(
    a_playbook_that_asks({"sum": {"event": "Order Completed", "of": "properties.revenue", "above": 1}})
).values()
[LATELY_SPENT] = needed(
    a_playbook_that_asks(
        {"sum": {"event": "Order Completed", "of": "properties.revenue", "above": 1, "within": "90 days"}}
    )
).values()
REACH = NOON - 30 * DAY


def orders(*days_ago: int) -> list[Event]:
    return [
        an_event("Order Completed", id=f"o{ago}", at=NOON - ago * DAY, properties={"revenue": ago}) for ago in days_ago
    ]


def recounted(each: Aggregate | Total, events: Sequence[Event]) -> Recount:
    recount = Recount([each], NOON)
    for event in events:
        recount.add(event)
    return recount


def counted_since(each: Aggregate | Total, days_ago: int) -> Counting:
    [condition] = [
        playbook
        for playbook in (
            a_playbook_that_asks({"did": {"event": "Order Completed", "at_least": 5}}),
            a_playbook_that_asks({"sum": {"event": "Order Completed", "of": "properties.revenue", "above": 1}}),
            a_playbook_that_asks(
                {"sum": {"event": "Order Completed", "of": "properties.revenue", "above": 1, "within": "90 days"}}
            ),
        )
        if each.id in needed(playbook)
    ]
    return renewed(NOTHING_COUNTED, condition, NOON - days_ago * DAY)


def test_instants_older_than_the_timeline_are_kept_beside_those_found_on_it() -> None:
    assert isinstance(ORDERS, Aggregate)
    held: tuple[Instant, ...] = ()
    for event in orders(50, 40, 10):
        held = observe(held, event.at, ORDERS, NOON)
    person = a_profile(aggregates={ORDERS.id: held})

    found = filled(person, recounted(ORDERS, orders(20, 10, 1)), counted_since(ORDERS, 5), REACH)

    assert found.aggregates[ORDERS.id] == tuple(NOON - ago * DAY for ago in (1, 10, 20, 40, 50))


def test_two_of_one_instant_are_two() -> None:
    twice = [replace(event, id=f"{event.id}{n}") for n in range(2) for event in orders(3)]
    person = a_profile(aggregates={ORDERS.id: (NOON - 3 * DAY,)})

    found = filled(person, recounted(ORDERS, twice), counted_since(ORDERS, 5), REACH)

    assert found.aggregates[ORDERS.id] == (NOON - 3 * DAY, NOON - 3 * DAY)


def test_amounts_older_than_the_timeline_are_kept_beside_those_found_on_it() -> None:
    assert isinstance(LATELY_SPENT, Total)
    held: tuple[tuple[Instant, Decimal], ...] = ()
    for event in orders(80, 40, 10):
        held = add(held, event.at, Decimal(event.properties["revenue"]), LATELY_SPENT, NOON)
    person = a_profile(sums={LATELY_SPENT.id: held})

    found = filled(person, recounted(LATELY_SPENT, orders(20, 10, 1)), counted_since(LATELY_SPENT, 85), REACH)

    assert found.sums[LATELY_SPENT.id] == tuple((NOON - ago * DAY, Decimal(ago)) for ago in (1, 10, 20, 40, 80))


def test_an_amount_at_the_edge_that_both_know_of_counts_once() -> None:
    """An event that came late lies on the timeline, though it happened before it begins."""
    held = ((NOON - 40 * DAY, Decimal(40)),)
    person = a_profile(sums={LATELY_SPENT.id: held})

    found = filled(person, recounted(LATELY_SPENT, orders(40)), counted_since(LATELY_SPENT, 85), REACH)

    assert found.sums[LATELY_SPENT.id] == held


@pytest.mark.parametrize(("since", "total"), [(5, 31), (60, 500)], ids=["begun within reach", "begun before"])
def test_of_a_running_total_the_one_that_began_earlier_is_kept(since: int, total: int) -> None:
    person = a_profile(sums={SPENT.id: ((NOON, Decimal(500)),)})

    found = filled(person, recounted(SPENT, orders(20, 10, 1)), counted_since(SPENT, since), REACH)

    assert [amount for _, amount in found.sums[SPENT.id]] == [total]


def test_what_nobody_needs_any_more_is_left_out() -> None:
    person = a_profile(aggregates={"gone": (NOON,)}, sums={"gone too": ((NOON, Decimal(1)),)})

    found = filled(person, recounted(ORDERS, []), counted_since(ORDERS, 5), REACH)

    assert (found.aggregates, found.sums) == ({}, {})


# what is on the timeline and not in the profile


def test_an_event_whose_page_is_written_but_which_is_not_folded_is_left_for_its_own_turn() -> None:
    person = decide(ALL_OF_IT, Profile(id="u1"), [an_event(id="m1", at=NOON)], NOON).profile

    assert is_folded(an_event(id="m1", at=NOON), person)
    assert not is_folded(an_event(id="m2", at=NOON), person)
    assert not is_folded(an_event(id="m3", at=NOON + 1), person)
    assert is_folded(an_event(id="m4", at=NOON - DAY - 1), person), "forgotten since"
    assert is_folded(an_event("Journey Entered", id="x", at=NOON, source=DECIDED), person)
    assert not is_folded(an_event("Journey Entered", id="y", at=NOON + 1, source=DECIDED), person)


def test_of_more_events_than_a_profile_remembers_the_earlier_were_folded() -> None:
    person = Profile(id="u1")
    events = [an_event(id=f"m{n}", at=NOON + n) for n in range(MAX_RECENT_EVENTS + 10)]
    person = decide(ALL_OF_IT, person, events, events[-1].at).profile

    assert all(is_folded(event, person) for event in events)
    assert not is_folded(an_event(id="other", at=events[-1].at), person)
