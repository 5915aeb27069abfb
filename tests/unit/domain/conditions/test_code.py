"""Conditions as code: whatever they ask of whatever there is, the verdict of ``holds``."""

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.conditions.code import compile_tests
from shared.domain.conditions.operators import Operator
from shared.domain.conditions.paths import Path
from shared.domain.conditions.trees import ALWAYS, AllOf, Compare, Condition, Not, Scope, holds
from shared.domain.events import NOTHING
from tests.builders import NOON, an_event
from tests.rules import CONDITION, SCOPE


def found_by_code(conditions: list[Condition], scope: Scope) -> list[int]:
    found: list[int] = []
    properties = scope.event.properties if scope.event else NOTHING
    compile_tests(list(enumerate(conditions)))(found, scope, properties, scope.traits)
    return found


PRICE = Path("properties", ("price",))


@settings(max_examples=300, deadline=None)
@given(CONDITION, st.lists(SCOPE, min_size=1, max_size=4))
def test_code_answers_like_holds(condition: Condition, scopes: list[Scope]) -> None:
    for scope in scopes:
        assert found_by_code([condition], scope) == [0] * holds(condition, scope)


@settings(max_examples=100, deadline=None)
@given(st.lists(CONDITION, max_size=6), SCOPE)
def test_several_tests_find_each_condition_that_holds(conditions: list[Condition], scope: Scope) -> None:
    assert sorted(found_by_code(conditions, scope)) == [
        number for number, condition in enumerate(conditions) if holds(condition, scope)
    ]


def test_text_that_looks_like_code_is_only_text() -> None:
    trick = "'); raise SystemExit('"
    condition = AllOf((Compare(Path("properties", (trick,)), Operator.IS, trick), ALWAYS))
    assert found_by_code([condition], Scope(NOON, event=an_event(properties={trick: trick}))) == [0]


def test_a_condition_may_be_nested_deeper_than_python_compiles() -> None:
    condition: Condition = Compare(PRICE, Operator.ABOVE, 20)
    for _ in range(150):
        condition = AllOf((condition, Not(Not(condition)))) if condition is ALWAYS else Not(condition)
    for price in (20, 21):
        scope = Scope(NOON, event=an_event(properties={"price": price}))
        assert found_by_code([condition], scope) == [0] * (price == 21)
        assert holds(condition, scope) is (price == 21)
