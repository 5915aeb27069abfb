"""Rules: the index beside the rule engines that a Python shop would pick instead, on one workload, with equal answers.

The engines are a dependency group of their own: ``uv run --group peers carillon bench rules``; without it, only ours.
"""

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any, Final

from shared.domain.conditions.operators import OPERATORS
from shared.domain.conditions.paths import ANY_ELEMENT
from shared.domain.conditions.rule_index import RuleIndex
from shared.domain.conditions.trees import AllOf, Compare, Condition, Scope, holds
from tests.benchmarks.measure import Table, microseconds
from tests.benchmarks.rule_peers import PEERS, Answering, by_name
from tests.benchmarks.rule_workload import EVENTS, Happening, PlainRule, answers, dead_rules, some_events, some_rules

COUNTS: Final = (10, 100, 1_000, 10_000)
DEAD: Final = (0, 10, 1_000, 10_000)
OURS: Final = "Carillon"


def run(rounds: int) -> list[Table]:
    with_peers = find_spec("zen") is not None
    return [_beside_others(count, rounds, with_peers) for count in COUNTS] + [_dead(rounds)]


def _beside_others(count: int, rounds: int, with_peers: bool) -> Table:
    rules, events = some_rules(count), some_events()
    makers: dict[str, Callable[[Sequence[PlainRule]], Answering]] = {
        OURS: ours,
        "closures in turn": closures_in_turn,
        "every condition in turn": in_turn,
    }
    if with_peers:
        makers |= {name: make for name, (make, most) in PEERS.items() if count <= most}
    contenders: dict[str, Callable[[], Any]] = {}
    found = [answers(rules, event) for event in events]
    for name, make in makers.items():
        answering = make(rules)
        if [sorted(answering(event)) for event in events] != found:
            raise AssertionError(f"{name} answers otherwise")
        contenders[name] = _asking(answering, events)
    holding = sum(map(len, found)) / EVENTS
    title = f"Rules, an event among {count:,} of them ({holding:.1f} hold)"
    return Table(title, "µs", microseconds(contenders, rounds, per=EVENTS))


def _dead(rounds: int) -> Table:
    live, events = some_rules(1_000), some_events()
    contenders: dict[str, Callable[[], Any]] = {
        f"1,000 rules and {count:,} that never hold": _asking(ours([*live, *dead_rules(count, len(live))]), events)
        for count in DEAD
    }
    return Table(
        "Rules, with dead ones on the same events and fields", "µs", microseconds(contenders, rounds, per=EVENTS)
    )


def ours(rules: Sequence[PlainRule]) -> Answering:
    named = by_name(rules)
    index = RuleIndex(lambda name: named.get(name, ()), PlainRule.condition)
    return lambda event: [rule.number for rule in index.matching(event.scope)]


def in_turn(rules: Sequence[PlainRule]) -> Answering:
    """Behind a dictionary of event names too."""
    conditions = {name: [(rule.number, rule.condition()) for rule in some] for name, some in by_name(rules).items()}

    def answer(event: Happening) -> list[int]:
        return [number for number, condition in conditions.get(event.event, ()) if holds(condition, event.scope)]

    return answer


def closures_in_turn(rules: Sequence[PlainRule]) -> Answering:
    """The same, each condition made into functions once: what generated code is measured against."""
    tests = {name: [(rule.number, closure(rule.condition())) for rule in some] for name, some in by_name(rules).items()}

    def answer(event: Happening) -> list[int]:
        return [number for number, test in tests.get(event.event, ()) if test(event.scope)]

    return answer


def closure(condition: Condition) -> Callable[[Scope], bool]:
    match condition:
        case AllOf(conditions):
            parts = tuple(map(closure, conditions))
            return lambda scope: all(part(scope) for part in parts)
        case Compare(path, operator, other) if operator in OPERATORS and ANY_ELEMENT not in path.parts:
            test, value = OPERATORS[operator], path.value
            return lambda scope: test(value(scope), other)
        case _:
            return lambda scope: holds(condition, scope)


def _asking(answering: Answering, events: Sequence[Happening]) -> Callable[[], None]:
    def ask() -> None:
        for event in events:
            answering(event)

    return ask
