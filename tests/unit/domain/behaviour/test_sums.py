"""Sums over behaviour: exact decimals in exact windows, whatever the order in which things arrive."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.behaviour.aggregates import MAX_AMOUNTS, Aggregates, Amounts, add
from shared.domain.conditions.trees import Condition, Scope, judge
from shared.domain.conditions.trees import holds as holds_in
from shared.domain.events import Event
from shared.domain.timing import DAY, HOUR, SECOND, Duration, Instant
from tests.builders import NOON, an_event
from tests.conditions import read
from tests.stories import Story, a_journey, a_playbook


def summed(aggregates: Aggregates, events: Sequence[Event], now: Instant | None = None) -> dict[str, Amounts]:
    """What the profile keeps of these events, which come in this order (``now``: all at once)."""
    kept: dict[str, Amounts] = {}
    for event in events:
        for total in aggregates.totals.values():
            scope = Scope(event.received_at, event=event)
            if event.name in total.events and holds_in(total.where, scope):  # type: ignore[arg-type]
                arrived = event.received_at if now is None else now
                amount = total.amount(scope)
                if amount:
                    kept[total.id] = add(kept.get(total.id, ()), event.at, amount, total, arrived)
    return kept


def scope_after(plain: Any, events: Sequence[Event], **changes: Any) -> tuple[Condition, Scope]:
    aggregates = Aggregates()
    condition = read(plain, aggregates)
    return condition, Scope(NOON, sums=summed(aggregates, events, NOON), **changes)


def bought(**prices: Any) -> list[Event]:
    """``h2=5``: for 5, two hours ago."""
    return [an_event("Bought", at=NOON - int(ago[1:]) * HOUR, properties={"price": p}) for ago, p in prices.items()]


def asks(of: str = "properties.price", **more: Any) -> Any:
    return {"sum": {"event": "Bought", "of": of} | more}


@pytest.mark.parametrize(
    ("condition", "events", "verdict"),
    [
        (asks(at_least=10), bought(h1=10), True),
        (asks(at_least=10), bought(h1=4, h2=6), True),
        (asks(at_least=10), bought(h1=4, h2=5.99), False),
        (asks(above=10), bought(h1=10), False),
        (asks(above=10), bought(h1=10.01), True),
        (asks(at_most=10), bought(h1=10), True),
        (asks(at_most=10), bought(h1=10.01), False),
        (asks(below=10), bought(h1=10), False),
        (asks(below=10), bought(h1=9.99), True),
        (asks(at_least=0.3), bought(h1=0.1, h2=0.2), True),
        (asks(above=0.3), bought(h1=0.1, h2=0.2), False),
        (asks(at_most=0.3), bought(h1=0.1, h2=0.1, h3=0.1), True),
        (asks(at_least=1), bought(**{f"h{n}": 0.1 for n in range(10)}), True),
        (asks(at_least=1e16, at_most=1e16), bought(h1=1e16, h2=1, h3=-1), True),
        (asks(above=10**37), bought(h1=10**37, h2=1e-130), True),
        (asks(at_least=5, below=10), bought(h1=5), True),
        (asks(at_least=5, below=10), bought(h1=10), False),
        (asks(above=0, at_least=5, below=10, at_most=9), bought(h1=9.5), False),
        (asks(at_least=0), [], True),
        (asks(below=1), [], True),
        (asks(above=0), [], False),
        (asks(at_least=3), bought(h1=5, h2=-2), True),
        (asks(above=3), bought(h1=5, h2=-2), False),
        (asks(at_least=5), bought(h1="5"), False),
        (asks(at_least=1), bought(h1=True), False),
        (asks(at_least=5), bought(h1=[5]), False),
        (asks(at_least=5), bought(h1=None), False),
        (asks(at_least=5), bought(h1="many", h2=5), True),
        (asks("properties.absent", at_least=1), bought(h1=5), False),
        (asks("context.price", at_least=1), bought(h1=5), False),
        (asks("properties.price.*", at_least=6), bought(h1=[1, 2, 3]), True),
        (asks("properties.price.*", above=6), bought(h1=[1, 2, 3, "4", None, True]), False),
        (asks("properties.price.*.each", at_least=0.3), bought(h1=[{"each": 0.1}, {"each": 0.2}, {}]), True),
        (asks(at_least=6, within="1 hour"), bought(h1=6), False),
        (asks(at_least=6, within="1 hour"), bought(h0=6), True),
        (asks(at_least=6, within="2 hours"), bought(h1=4, h2=4), False),
        (asks(at_least=6, within="3 hours"), bought(h1=4, h2=4), True),
        (asks(at_least=9, where={"properties.price": {"below": 5}}), bought(h1=9, h2=4), False),
        (asks(at_least=4, where={"properties.price": {"below": 5}}), bought(h1=9, h2=4), True),
        (asks(at_least={"path": "traits.limit"}), bought(h1=9), True),
        (asks(above={"path": "traits.limit"}), bought(h1=9), False),
        (asks(at_least={"path": "traits.absent"}), bought(h1=9), False),
        (asks(at_least={"path": "traits.text"}), bought(h1=9), False),
        ({"not": asks(at_least={"path": "traits.absent"})}, bought(h1=9), True),
        ({"sum": {"event": ["Sold", "Bought"], "of": "properties.price", "above": 8}}, bought(h1=9), True),
        ({"sum": {"event": "Sold", "of": "properties.price", "above": 0}}, bought(h1=9), False),
    ],
)
def test_what_things_come_to(condition: Any, events: list[Event], verdict: bool) -> None:
    tree, scope = scope_after(condition, events, traits={"limit": 9.0, "text": "9"})
    assert judge(tree, scope).holds is verdict


@pytest.mark.parametrize(
    ("condition", "events", "flips_after"),
    [
        (asks(at_least=5, within="3 hours"), bought(h0=5), 3 * HOUR),
        (asks(at_least=5, within="3 hours"), bought(h2=5), HOUR),
        (asks(at_least=5, within="3 hours"), bought(h0=3, h1=3, h2=3), 2 * HOUR),
        (asks(at_least=5, within="3 hours"), bought(h0=5, h1=3, h2=3), 3 * HOUR),
        (asks(below=5, within="3 hours"), bought(h1=5, h2=1), 2 * HOUR),
        (asks(below=5, within="3 hours"), bought(h1=4), None),
        (asks(at_least=5), bought(h1=5), None),
        (asks(at_least=5, within="3 hours"), bought(h1=4, h2=-4), None),
        (asks(at_least=4, within="3 hours"), bought(h1=4, h2=-4), HOUR),
        (asks(at_least=2, at_most=3, within="3 hours"), bought(h0=2, h1=1, h2=4), HOUR),
        (asks(at_least=0.3, within="3 hours"), bought(h0=0.1, h1=0.2, h2=0.1), 2 * HOUR),
    ],
)
def test_a_sum_knows_when_time_turns_it(condition: Any, events: list[Event], flips_after: Duration | None) -> None:
    tree, scope = scope_after(condition, events)
    verdict = judge(tree, scope)
    assert verdict.flips_at == (None if flips_after is None else NOON + flips_after)
    if verdict.flips_at is not None:
        assert judge(tree, scope.at(verdict.flips_at - 1)).holds is verdict.holds
        assert judge(tree, scope.at(verdict.flips_at)).holds is not verdict.holds


# --- against brute force ---------------------------------------------------------------------------------------------

SPAN = 8
PRICES = st.sampled_from([0.1, 0.2, 0.3, 1, 2, -0.1, -1, 1e20, -1e20, "1", True, None])
HISTORY = st.lists(
    st.builds(
        lambda name, price, at, near, delay: an_event(
            name,
            at=NOON + at * SECOND + near,
            received_at=NOON + max(at * SECOND + near, (at + delay) * SECOND),
            properties={"price": price},
        ),
        st.sampled_from(["A", "B", "C"]),
        PRICES,
        st.integers(0, SPAN),
        st.sampled_from([0, 1, -1]),
        st.integers(0, 4),
    ),
    max_size=12,
)
TESTS = st.dictionaries(
    st.sampled_from(["at_least", "above", "at_most", "below"]),
    st.sampled_from([0, 0.1, 0.3, 0.4, 1, 1.3, 2, 1e20]),
    min_size=1,
    max_size=2,
)
COMPARISONS: Any = {
    "at_least": lambda total, limit: total >= limit,
    "above": lambda total, limit: total > limit,
    "at_most": lambda total, limit: total <= limit,
    "below": lambda total, limit: total < limit,
}


def exactly(number: Any) -> Fraction:
    return Fraction(0) if isinstance(number, str | bool | None) else Fraction(str(number))


def truth(tests: dict[str, Any], names: list[str], within: int | None, history: Sequence[Event], now: Instant) -> bool:
    total = sum(
        (
            exactly(event.properties["price"])
            for event in history
            if event.name in names and (within is None or now - within * SECOND < event.at) and event.at <= now
        ),
        Fraction(0),
    )
    return all(COMPARISONS[name](total, exactly(limit)) for name, limit in tests.items())


@settings(max_examples=500)
@given(
    st.lists(st.sampled_from(["A", "B"]), min_size=1, max_size=2, unique=True),
    st.none() | st.integers(1, SPAN),
    TESTS,
    HISTORY,
    st.none() | st.integers(1, SPAN),
)
def test_what_is_kept_sums_up_like_the_whole_history_at_every_instant(
    names: list[str], within: int | None, tests: dict[str, Any], history: list[Event], other: int | None
) -> None:
    """In whatever order it arrived, and whoever else asks: the verdict, and the instant at which time turns it."""
    window = {} if within is None else {"within": f"{within} seconds"}
    aggregates = Aggregates()
    tree = read({"sum": {"event": names, "of": "properties.price"} | window | tests}, aggregates)
    if other is not None:
        read({"sum": {"event": names, "of": "properties.price", "within": f"{other} seconds", "above": 0}}, aggregates)
    arrived = sorted(history, key=lambda event: event.received_at)
    now = max((event.received_at for event in history), default=NOON)
    scope = Scope(now, sums=summed(aggregates, arrived))
    verdict = judge(tree, scope)
    ageing = {event.at + (within or 0) * SECOND for event in history}
    moments = ageing | {now + step * SECOND for step in range(2 * SPAN + 12)}
    edges = sorted({at + near for at in moments for near in (-1, 0, 1) if at + near >= now})
    assert verdict.holds is truth(tests, names, within, history, now)
    turned = (at for at in edges if truth(tests, names, within, history, at) is not verdict.holds)
    assert verdict.flips_at == next(turned, None)
    for at in edges:
        assert judge(tree, scope.at(at)).holds is truth(tests, names, within, history, at)


@settings(max_examples=300)
@given(HISTORY, st.none() | st.integers(1, SPAN), st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(history: list[Event], within: int | None, random: Any) -> None:
    window = {} if within is None else {"within": f"{within} seconds"}
    aggregates = Aggregates()
    read({"sum": {"event": ["A", "B"], "of": "properties.price", "above": 1} | window}, aggregates)
    now = max((event.received_at for event in history), default=NOON)
    shuffled = random.sample(history, len(history))
    assert summed(aggregates, shuffled, now) == summed(aggregates, history, now)


# --- bounds ----------------------------------------------------------------------------------------------------------


def many(count: int, price: Any = 0.1) -> list[Event]:
    """One a second, the last at noon."""
    return [an_event("Bought", at=NOON - n * SECOND, properties={"price": price}) for n in reversed(range(count))]


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("count", [MAX_AMOUNTS, MAX_AMOUNTS + 1])
def test_every_one_of_256_amounts_ages_out_at_its_own_instant(count: int, backwards: bool) -> None:
    """So does the one after; it is what yet older ones would be merged with."""
    events = many(count)
    for left in range(1, count + 1):
        condition = asks(at_least=float(f"{left / 10:.1f}"), within="1 day")
        tree, scope = scope_after(condition, events[::-1] if backwards else events)
        assert judge(tree, scope) == (True, NOON + DAY - (left - 1) * SECOND)


@pytest.mark.parametrize("backwards", [False, True])
def test_older_amounts_than_256_are_merged_at_the_newest_of_them(backwards: bool) -> None:
    events = many(1_000, 1)
    aggregates = Aggregates()
    read(asks(above=0, within="1 day"), aggregates)
    (kept,) = summed(aggregates, events[::-1] if backwards else events, NOON).values()
    merged = (NOON - MAX_AMOUNTS * SECOND, Decimal(1_000 - MAX_AMOUNTS))
    assert kept == (*((NOON - n * SECOND, Decimal(1)) for n in range(MAX_AMOUNTS)), merged)


def test_a_window_of_256_is_exact_whatever_came_before() -> None:
    events = many(1_000, 1)
    tree, scope = scope_after(asks(at_least=256, at_most=256, within=f"{MAX_AMOUNTS} seconds"), events)
    assert judge(tree, scope) == (True, NOON + SECOND)
    shared = Aggregates()
    narrow = read(asks(at_least=256, at_most=256, within=f"{MAX_AMOUNTS} seconds"), shared)
    read(asks(above=0, within="30 days"), shared)
    assert judge(narrow, Scope(NOON, sums=summed(shared, events, NOON))).holds


def test_of_all_time_one_running_total_is_kept() -> None:
    tree, scope = scope_after(asks(at_least=100), many(1_000))
    assert judge(tree, scope).holds
    assert list(scope.sums.values()) == [((NOON, Decimal(100)),)]


def test_what_lies_ahead_counts_from_its_own_instant_on() -> None:
    ahead = an_event("Bought", at=NOON + HOUR, received_at=NOON, properties={"price": 5})
    for within, turns in (({}, [HOUR]), ({"within": "1 day"}, [HOUR, HOUR + DAY])):
        tree, scope = scope_after(asks(at_least=5, **within), [ahead, *many(20, 0.1)])
        for turn in turns:
            flips_at = judge(tree, scope).flips_at
            assert flips_at == NOON + turn
            scope = scope.at(flips_at)
        assert judge(tree, scope).flips_at is None


def test_however_much_lies_ahead_what_is_kept_is_bounded() -> None:
    ahead = [an_event("Bought", at=NOON + n * SECOND, received_at=NOON, properties={"price": 1}) for n in range(600)]
    for within in ({}, {"within": "1 day"}):
        _, scope = scope_after(asks(above=0, **within), ahead)
        (kept,) = scope.sums.values()
        assert len(kept) == MAX_AMOUNTS + 1
        assert sum(amount for _, amount in kept) == 600


def test_equal_questions_share_what_is_kept_and_the_longest_window_wins() -> None:
    aggregates = Aggregates()
    for within in ("1 hour", "2 hours", "1 hour"):
        read(asks(above=1, within=within), aggregates)
        read(asks(below=7, within=within), aggregates)
    assert [total.within for total in aggregates.totals.values()] == [2 * HOUR]
    read(asks(above=1), aggregates)
    assert {total.within for total in aggregates.totals.values()} == {2 * HOUR, None}
    read(asks("properties.tax", above=1), aggregates)
    read(asks(above=1, where={"properties.price": {"above": 1}}), aggregates)
    assert len(aggregates.totals) == 4


# --- in a journey ----------------------------------------------------------------------------------------------------


def test_a_run_ends_at_the_very_instant_at_which_a_sum_falls_short() -> None:
    spent = {"sum": {"event": "Bought", "of": "properties.price", "within": "2 hours", "at_least": 0.3}}
    story = Story(a_playbook(j=a_journey(exit={"if": {"not": spent}}, steps=[{"wait": "1 day"}])))
    story.happens("Bought", NOON, price=0.1)
    story.happens("Bought", NOON + 1, price=0.2)
    story.happens("Bought", NOON + 2, price="100")
    story.happens("Start", NOON + HOUR)
    assert story.profile.wake_at == NOON + 2 * HOUR
    story.time_comes(NOON + 2 * HOUR - 1)
    assert story.exits() == []
    story.time_comes(NOON + 2 * HOUR)
    assert story.exits() == [("exit_condition", 2 * HOUR)]


def test_a_late_event_counts_in_a_sum() -> None:
    spent = {"sum": {"event": "Bought", "of": "properties.price", "within": "9 days", "at_least": 5}}
    story = Story(a_playbook(j=a_journey(enter={"on": "Start", "if": spent})))
    story.happens("Bought", NOON - 8 * DAY, arrives=NOON, price=5)
    story.happens("Start", NOON + DAY - 1)
    assert story.skipped() == []
    late = Story(a_playbook(j=a_journey(enter={"on": "Start", "if": spent})))
    late.happens("Bought", NOON - 8 * DAY, arrives=NOON, price=5)
    late.happens("Start", NOON + DAY)
    assert late.skipped() == ["condition"]
