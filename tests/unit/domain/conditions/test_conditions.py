"""Conditions: behaviour within windows, exact to the millisecond, against an evaluator that keeps all of history."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.behaviour.aggregates import Aggregate, Aggregates, observe
from shared.domain.conditions import trees as conditions
from shared.domain.conditions.trees import Condition, Scope, judge
from shared.domain.conditions.trees import holds as holds_in
from shared.domain.events import Event
from shared.domain.timing import HOUR, Duration, Instant, format_instant
from tests.builders import NOON, an_event
from tests.conditions import holds, read


def remembered(aggregates: Aggregates, events: Sequence[Event], now: Instant) -> dict[str, tuple[Instant, ...]]:
    """What the profile keeps of these events, folded in their order."""
    kept: dict[str, tuple[Instant, ...]] = {}
    for event in events:
        for aggregate in aggregates.by_event().get(event.name, ()):
            if isinstance(aggregate, Aggregate) and holds_in(aggregate.where, Scope(now, event=event)):  # type: ignore[arg-type]
                kept[aggregate.id] = observe(kept.get(aggregate.id, ()), event.at, aggregate, event.received_at)
    return kept


def scope_after(plain: Any, events: Sequence[Event], now: Instant) -> tuple[Condition, Scope]:
    aggregates = Aggregates()
    condition = read(plain, aggregates)
    return condition, Scope(now, aggregates=remembered(aggregates, events, now))


def bought(*before_noon: Duration, **properties: Any) -> list[Event]:
    return [an_event("Bought", at=NOON - back, properties=properties) for back in before_noon]


@pytest.mark.parametrize(
    ("condition", "events", "verdict"),
    [
        ({"did": {"event": "Bought"}}, [], False),
        ({"did": {"event": "Bought"}}, bought(10_000 * HOUR), True),
        ({"did": {"event": "Sold"}}, bought(0), False),
        ({"did": {"event": ["Sold", "Bought"]}}, bought(0), True),
        ({"did_not": {"event": "Bought"}}, [], True),
        ({"did_not": {"event": "Bought"}}, bought(0), False),
        ({"did": {"event": "Bought", "within": "1 hour"}}, bought(0), True),
        ({"did": {"event": "Bought", "within": "1 hour"}}, bought(HOUR - 1), True),
        ({"did": {"event": "Bought", "within": "1 hour"}}, bought(HOUR), False),
        ({"did_not": {"event": "Bought", "within": "1 hour"}}, bought(HOUR - 1), False),
        ({"did_not": {"event": "Bought", "within": "1 hour"}}, bought(HOUR), True),
        ({"did": {"event": "Bought", "at_least": 2}}, bought(0), False),
        ({"did": {"event": "Bought", "at_least": 2}}, bought(0, 0), True),
        ({"did": {"event": "Bought", "at_least": 2, "within": "1 hour"}}, bought(HOUR, HOUR - 1), False),
        ({"did": {"event": "Bought", "at_least": 2, "at_most": 3}}, bought(1, 2, 3), True),
        ({"did": {"event": "Bought", "at_least": 2, "at_most": 3}}, bought(1, 2, 3, 4), False),
        ({"did": {"event": "Bought", "at_most": 2}}, [], False),
        ({"did": {"event": "Bought", "at_most": 2}}, bought(1, 2), True),
        ({"did": {"event": "Bought", "at_most": 2}}, bought(1, 2, 3), False),
        ({"did": {"event": "Bought", "at_least": 0, "at_most": 2}}, [], True),
        ({"did_not": {"event": "Bought", "at_least": 3}}, bought(1, 2), True),
        ({"did": {"event": "Bought", "where": {"properties.price": {"at_least": 20}}}}, bought(1, price=20), True),
        ({"did": {"event": "Bought", "where": {"properties.price": {"at_least": 20}}}}, bought(1, price=19), False),
        ({"did": {"event": "Bought", "where": {"properties.price": {"at_least": 20}}}}, bought(1, price="20"), False),
        ({"did": {"event": ["A", "Bought"], "where": {"event": "Bought"}}}, bought(1), True),
        ({"did": {"event": ["A", "Bought"], "where": {"event": "A"}}}, bought(1), False),
    ],
)
def test_what_a_person_did(condition: Any, events: list[Event], verdict: bool) -> None:
    tree, scope = scope_after(condition, events, NOON)
    assert judge(tree, scope).holds is verdict


@pytest.mark.parametrize(
    ("condition", "events", "flips_after"),
    [
        ({"did": {"event": "Bought", "within": "1 hour"}}, bought(0), HOUR),
        ({"did": {"event": "Bought", "within": "1 hour"}}, bought(HOUR - 1), 1),
        ({"did": {"event": "Bought", "within": "1 hour"}}, bought(0, 500, HOUR - 1), HOUR),
        ({"did": {"event": "Bought", "within": "1 hour", "at_least": 2}}, bought(0, 500, HOUR - 1), HOUR - 500),
        ({"did_not": {"event": "Bought", "within": "1 hour"}}, bought(0), HOUR),
        ({"did_not": {"event": "Bought", "within": "1 hour"}}, bought(HOUR), None),
        ({"did": {"event": "Bought"}}, bought(0), None),
        ({"did": {"event": "Bought", "within": "1 hour", "at_least": 0, "at_most": 1}}, bought(0, 500), HOUR - 500),
        ({"did": {"event": "Bought", "within": "1 hour", "at_least": 0, "at_most": 1}}, bought(0), None),
        ({"all": [{"did": {"event": "Bought", "within": "1 hour"}}, {"traits.absent": 1}]}, bought(0), None),
        (
            {"any": [{"did": {"event": "Bought", "within": f"{d} hours"}} for d in (1, 2)]},
            bought(0),
            2 * HOUR,
        ),
        ({"all": [{"did": {"event": "Bought", "within": f"{d} hours"}} for d in (1, 2)]}, bought(0), HOUR),
    ],
)
def test_a_verdict_knows_when_time_turns_it(condition: Any, events: list[Event], flips_after: Duration | None) -> None:
    tree, scope = scope_after(condition, events, NOON)
    verdict = judge(tree, scope)
    assert verdict.flips_at == (None if flips_after is None else NOON + flips_after)
    if verdict.flips_at is not None:
        assert judge(tree, scope.at(verdict.flips_at - 1)).holds is verdict.holds
        assert judge(tree, scope.at(verdict.flips_at)).holds is not verdict.holds


@pytest.mark.parametrize(
    ("condition", "verdict"),
    [
        ({"all": [{"traits.a": 1}, {"traits.b": 2}]}, True),
        ({"all": [{"traits.a": 1}, {"traits.b": 3}]}, False),
        ({"any": [{"traits.a": 9}, {"traits.b": 2}]}, True),
        ({"any": [{"traits.a": 9}, {"traits.b": 9}]}, False),
        ({"not": {"traits.a": 1}}, False),
        ({"not": {"traits.a": 9}}, True),
        ({"traits.a": 1, "traits.b": 2}, True),
        ({"traits.a": 1, "traits.b": 9}, False),
        ({"traits.a": 1, "not": {"traits.b": 9}}, True),
        ({"not": {"traits.a": 1, "traits.b": 9}}, True),
        ({"traits.a": {"above": 0, "below": 2}}, True),
        ({"traits.a": {"above": 0, "below": 1}}, False),
        ({"traits.a": [1, 2]}, True),
        ({"traits.a": [2, 3]}, False),
        ({"traits.a": [5, {"path": "traits.one"}]}, True),
        ({"traits.a": [5, {"path": "traits.b"}]}, False),
        ({"traits.a": [1, {"path": "traits.absent"}]}, True),
        ({"traits.a": [5, {"path": "traits.absent"}]}, False),
        ({"traits.absent": [{"path": "traits.absent"}]}, False),
        ({"traits.a": {"in": [{"path": "traits.b"}, {"path": "traits.one"}]}}, True),
        ({"traits.a": {"in": [{"path": "traits.text"}]}}, False),
        ({"traits.a": {"in": [{"path": "traits.ones"}]}}, False),
        ({"traits.a": {"in": {"path": "traits.ones"}}}, True),
        ({"traits.a": {"not_in": [{"path": "traits.b"}]}}, True),
        ({"traits.a": {"not_in": [{"path": "traits.one"}]}}, False),
        ({"traits.a": {"not_in": [{"path": "traits.absent"}]}}, True),
        ({"traits.absent": {"not_in": [{"path": "traits.a"}]}}, True),
        ({"all": [{"any": [{"not": {"traits.a": 9}}]}]}, True),
    ],
)
def test_conditions_combine(condition: Any, verdict: bool) -> None:
    traits = {"a": 1, "b": 2, "one": 1.0, "text": "1", "ones": [1]}
    assert holds(read(condition), traits=traits) is verdict


def test_every_kind_of_condition_is_looked_at() -> None:
    assert set(conditions._LOOKS) == set(get_args(Condition))


# --- against brute force ---------------------------------------------------------------------------------------------

SPAN = 8
"""Seconds in which everything happens, so that windows and events meet at every edge."""

Brute = Callable[[Sequence[Event], Instant, dict[str, Any]], bool]


@dataclass(frozen=True)
class Asked:
    """A condition as a marketer writes it, and its definition, over all of history."""

    plain: Any
    truth: Brute


def _did(names: list[str], price: int | None, within: int | None, at_least: int, at_most: int | None) -> Asked:
    asked: dict[str, Any] = {"event": names, "at_least": at_least}
    if price is not None:
        asked["where"] = {"properties.price": {"at_least": price}}
    if at_most is not None:
        asked["at_most"] = at_most

    def truth(history: Sequence[Event], now: Instant, traits: dict[str, Any]) -> bool:
        count = sum(
            event.name in names
            and (price is None or event.properties["price"] >= price)
            and (within is None or now - within * 1_000 < event.at)
            and event.at <= now
            for event in history
        )
        return at_least <= count and (at_most is None or count <= at_most)

    if within is not None:
        asked["within"] = f"{within} seconds"
    return Asked({"did": asked}, truth)


def _near(name: str, back: bool, duration: int) -> Asked:
    def truth(history: Sequence[Event], now: Instant, traits: dict[str, Any]) -> bool:
        at: Instant = NOON + traits[name] * 1_000
        return now - duration * 1_000 < at <= now if back else now < at <= now + duration * 1_000

    operator = "within_last" if back else "within_next"
    return Asked({f"traits.at_{name}": {operator: f"{duration} seconds"}}, truth)


def _not(part: Asked) -> Asked:
    return Asked({"not": part.plain}, lambda history, now, traits: not part.truth(history, now, traits))


def _all(parts: list[Asked]) -> Asked:
    return Asked(
        {"all": [part.plain for part in parts]},
        lambda history, now, traits: all(part.truth(history, now, traits) for part in parts),
    )


def _any(parts: list[Asked]) -> Asked:
    return Asked(
        {"any": [part.plain for part in parts]},
        lambda history, now, traits: any(part.truth(history, now, traits) for part in parts),
    )


NAMES = st.lists(st.sampled_from(["A", "B"]), min_size=1, max_size=2, unique=True)
COUNTS = st.tuples(st.integers(0, 3), st.none() | st.integers(0, 3)).map(
    lambda pair: (pair[0], None if pair[1] is None else pair[0] + pair[1])
)
DID = st.builds(
    lambda names, price, within, counts: _did(names, price, within, *counts),
    NAMES,
    st.none() | st.integers(1, 3),
    st.none() | st.integers(1, SPAN),
    COUNTS,
)
NEAR = st.builds(_near, st.sampled_from(["x", "y"]), st.booleans(), st.integers(1, SPAN))
ASKED = st.recursive(
    DID | NEAR,
    lambda inner: (
        inner.map(_not)
        | st.lists(inner, min_size=1, max_size=3).map(_all)
        | st.lists(inner, min_size=1, max_size=3).map(_any)
    ),
    max_leaves=4,
)
HISTORY = st.lists(
    st.builds(
        lambda name, price, at, near, delay: an_event(
            name,
            at=NOON + at * 1_000 + near,
            received_at=NOON + max(at * 1_000 + near, (at + delay) * 1_000),
            properties={"price": price},
        ),
        st.sampled_from(["A", "B", "C"]),
        st.integers(0, 4),
        st.integers(0, SPAN),
        st.sampled_from([0, 1, -1]),
        st.integers(0, 4),
    ),
    max_size=10,
)


@settings(max_examples=500)
@given(ASKED, HISTORY, st.integers(0, SPAN), st.integers(0, SPAN))
def test_what_is_kept_answers_like_the_whole_history_at_every_instant(
    asked: Asked, history: list[Event], x: int, y: int
) -> None:
    """In whatever order it arrived: the verdict, and the instant at which time turns it."""
    arrived = sorted(history, key=lambda event: event.received_at)
    now = max((event.received_at for event in history), default=NOON)
    traits = {"x": x, "y": y}
    instants = {f"at_{name}": format_instant(NOON + value * 1_000) for name, value in traits.items()}
    aggregates = Aggregates()
    tree = read(asked.plain, aggregates)
    scope = Scope(now, traits=instants, aggregates=remembered(aggregates, arrived, now))
    verdict = judge(tree, scope)
    assert verdict.holds is asked.truth(history, now, traits)
    edges = sorted(
        {now + step * 1_000 + near for step in range(2 * SPAN + 12) for near in (-2, -1, 0, 1)} - {now - 1, now - 2}
    )
    turned = next((at for at in edges if asked.truth(history, at, traits) is not verdict.holds), None)
    assert verdict.flips_at == turned
    for at in edges:  # and from there on it is as good: nothing that matters was forgotten
        assert judge(tree, scope.at(at)).holds is asked.truth(history, at, traits)


@settings(max_examples=500)
@given(HISTORY, st.integers(1, 4), st.integers(1, SPAN), st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(history: list[Event], keep: int, within: int, random: Any) -> None:
    aggregates = Aggregates()
    read({"did": {"event": ["A", "B", "C"], "at_least": keep, "within": f"{within} seconds"}}, aggregates)
    now = max((event.received_at for event in history), default=NOON)
    shuffled = [an_event(e.name, at=e.at, received_at=now) for e in history]
    random.shuffle(shuffled)
    in_order = sorted(shuffled, key=lambda event: event.at)
    assert remembered(aggregates, shuffled, now) == remembered(aggregates, in_order, now)


def test_equal_questions_share_what_is_kept_and_the_larger_need_wins() -> None:
    aggregates = Aggregates()
    for within, at_least in (("1 hour", 3), ("2 hours", 1)):
        read({"did": {"event": ["A", "B"], "within": within, "at_least": at_least}}, aggregates)
        read({"did": {"event": ["B", "A"], "within": within}}, aggregates)
    (kept,) = aggregates.by_id.values()
    assert (kept.keep, kept.within) == (3, 2 * HOUR)
    read({"did": {"event": ["B", "A"]}}, aggregates)
    assert [one.within for one in aggregates.by_id.values()] == [None]


def test_what_is_kept_is_no_more_than_is_asked() -> None:
    tree, scope = scope_after({"did": {"event": "Bought", "at_least": 2}}, bought(*range(100, 0, -1)), NOON)
    assert [len(kept) for kept in scope.aggregates.values()] == [2]
    assert judge(tree, scope).holds
