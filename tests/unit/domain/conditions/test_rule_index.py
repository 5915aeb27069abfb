"""The index of rules: it answers like testing every rule, and touches only what the event concerns."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.domain.conditions import rule_index, rule_places
from shared.domain.conditions.code import COMPARISONS
from shared.domain.conditions.operators import Operator
from shared.domain.conditions.paths import Path
from shared.domain.conditions.rule_index import HANDFUL, RuleIndex
from shared.domain.conditions.trees import ALWAYS, AllOf, Compare, Condition, InJourney, Scope, holds
from tests.builders import NOON, an_event
from tests.conditions import read
from tests.rules import CONDITION, LITERAL, SCOPE

NAMES = ["a", "b"]


class Rule(NamedTuple):
    events: list[str]
    where: Condition
    number: int = 0


RULES = st.lists(st.builds(Rule, st.lists(st.sampled_from(NAMES), max_size=3), CONDITION), max_size=2 * HANDFUL)
PATHS = st.builds(
    Path, st.sampled_from(["properties", "traits"]), st.sampled_from([("x",), ("y",), ("x", "*"), ("x", "y")])
)
SELECTIVE = (
    st.builds(Compare, PATHS, st.sampled_from([Operator.IS, *COMPARISONS]), LITERAL)
    | st.builds(Compare, PATHS, st.just(Operator.IN), st.lists(LITERAL, max_size=3).map(tuple))
)  # fmt: skip
MANY = st.lists(
    st.builds(Rule, st.just(["a"]), st.lists(SELECTIVE, max_size=3).map(tuple).map(AllOf)),
    max_size=16,
)


def index_of(rules: Sequence[Rule]) -> RuleIndex[Rule]:
    return RuleIndex(lambda name: [rule for rule in rules if name in rule.events], lambda rule: rule.where)


def one_by_one(rules: Sequence[Rule], scope: Scope) -> list[Rule]:
    event = scope.event
    return [rule for rule in rules if event and event.name in rule.events and holds(rule.where, scope)]


@settings(max_examples=200, deadline=None)
@given(RULES, st.lists(SCOPE, min_size=1, max_size=3))
def test_the_index_finds_what_testing_every_rule_finds(rules: list[Rule], scopes: list[Scope]) -> None:
    index = index_of(rules)
    for scope in scopes:
        assert index.matching(scope) == one_by_one(rules, scope)


@pytest.mark.parametrize("few_places", [0, rule_index.FEW_PLACES])
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(MANY, st.lists(SCOPE, min_size=1, max_size=3))
def test_many_selective_rules_are_found_by_their_values_and_thresholds(
    few_places: int, monkeypatch: pytest.MonkeyPatch, rules: list[Rule], scopes: list[Scope]
) -> None:
    """With every number so small that a few rules are as many."""
    for module, name, number in ((rule_index, "HANDFUL", 1), (rule_index, "FEW_PLACES", few_places)):
        monkeypatch.setattr(module, name, number)
    monkeypatch.setattr(rule_places, "PORTION", 2)
    index = index_of(rules)
    for scope in scopes:
        assert index.matching(scope) == one_by_one(rules, scope)


@pytest.mark.parametrize("operator", ["above", "at_least", "below", "at_most"])
@pytest.mark.parametrize("value", [-1, 0, 4, 4.5, 5, 5.0, 6, 10**400, float("inf"), float("nan"), True, "5", None, [5]])
def test_a_value_passes_the_thresholds_that_it_meets(operator: str, value: Any) -> None:
    rules = [Rule(["a"], read({"properties.x": {operator: limit / 10}}), limit) for limit in range(-20, 80)]
    scope = Scope(NOON, event=an_event("a", properties={"x": value}))
    assert index_of(rules).matching(scope) == one_by_one(rules, scope)


@pytest.mark.parametrize(
    "where",
    [
        lambda n: {"properties.sku": f"sku-{n}"},
        lambda n: {"properties.sku": [f"sku-{n}", f"other-{n}"]},
        lambda n: {"properties.products.*.sku": f"sku-{n}"},
        lambda n: {f"properties.field_{n}": True},
        lambda n: {"any": [{"properties.sku": f"sku-{n}"}, {"properties.brand": f"brand-{n}"}]},
        lambda n: {"traits.country": "PT", "properties.price": {"at_least": 1_000 + n}},
        lambda n: {"traits.country": "PT", "properties.price": {"below": -n}, "traits.city": "Porto"},
        lambda n: {"traits.country": "PT", "properties.price": {"above": 10}, "properties.sku": f"sku-{n}"},
    ],
)
@pytest.mark.parametrize("count", [100, 10_000])
def test_rules_that_an_event_does_not_concern_are_not_touched(where: Any, count: int) -> None:
    """However many they are: a condition that tells when it is asked is asked of the rules that the event concerns."""
    asked: list[str] = []

    class Asking:
        def is_in_journey(self, journey: str) -> bool:
            asked.append(journey)
            return True

    rules = [Rule(["a"], AllOf((read(where(n)), InJourney(str(n)))), n) for n in range(1, count)]
    rules += [Rule(["b"], AllOf((InJourney(f"b{n}"),)), n) for n in range(count)]
    event = an_event("a", properties={"sku": "sku-7", "price": 50, "products": [{"sku": "sku-7"}], "field_7": True})
    scope = Scope(NOON, event=event, traits={"country": "PT"}, person=Asking())  # type: ignore[arg-type]
    expected = [rules[6]] if any(key in str(where(7)) for key in ("sku", "field")) else []
    assert index_of(rules).matching(scope) == expected
    assert len(asked) <= 1


def test_rules_that_always_hold_are_found_in_their_order() -> None:
    rules = [Rule(["a"], where, n) for n, where in enumerate([ALWAYS, read({"event": "a"}), ALWAYS])]
    index = index_of(rules)
    assert index.matching(Scope(NOON, event=an_event("a"))) == rules
    assert index.matching(Scope(NOON, event=an_event("b"))) == []
    assert index.matching(Scope(NOON)) == []


def test_a_rule_on_two_events_that_names_one_twice_is_found_once() -> None:
    condition: Condition = read({"any": [{"properties.x": 1}, {"properties.y": 1}]})
    rules = [Rule(["a", "a", "b"], condition, n) for n in range(HANDFUL + 1)]
    scope = Scope(NOON, event=an_event("a", properties={"x": 1, "y": 1.0}))
    assert index_of(rules).matching(scope) == rules
