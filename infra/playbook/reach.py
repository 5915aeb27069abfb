"""Which of a journey's steps nobody ever reaches: certainly, by its shape, or because of what a condition asks."""

from collections.abc import Iterator, Mapping
from typing import Any

from infra.playbook.certainty import certain
from infra.playbook.places import PathTo, blocks, steps
from shared.domain.conditions.trees import ALWAYS, Condition
from shared.domain.journeys.program import Await, Branch, Exit, Journey, Placed, Split


def unreached(journey: Journey, plain: Mapping[str, Any]) -> Iterator[tuple[PathTo, str]]:
    """The first step of each stretch to which no way leads, and why; what follows an ``exit`` is told when read."""
    reached = _reached(journey)
    for prefix, path, block in _blocks(plain.get("steps")):
        for index in range(1, len(block)):
            before = f"{prefix}{index - 1}"
            if before in reached and f"{prefix}{index}" not in reached:
                if f"{prefix}{index}" in journey.program and not isinstance(journey.program[before].step, Exit):
                    yield (*path, str(index)), "is never reached: every way through the step before it ends the run"
                break


def doubtful(journey: Journey, plain: Mapping[str, Any]) -> Iterator[tuple[PathTo, str]]:
    """Conditions and weights that keep everybody from steps, or let everybody through."""
    for path, condition, said in _doors(journey):
        if condition != ALWAYS and certain(condition) is False:
            yield path, said
    for position, path, item in steps(plain.get("steps")):
        placed = journey.program.get(position)
        if placed is not None and isinstance(placed.step, Branch):
            yield from _certain_cases(placed.step, path, item)
        elif placed is not None and isinstance(placed.step, Split):
            for (weight, _), name in zip(placed.step.arms, item["split"], strict=True):
                if not weight:
                    yield (*path, "split", name, "weight"), "is 0: nobody takes this arm"


def _doors(journey: Journey) -> Iterator[tuple[PathTo, Condition, str]]:
    yield ("enter", "where"), journey.enter_where, "can never hold: nobody enters"
    yield ("enter", "if"), journey.enter_if, "can never hold: nobody enters"
    if journey.exit_if is not None:
        yield ("exit", "if"), journey.exit_if, "can never hold: it ends no run"


def _certain_cases(step: Branch, path: PathTo, item: Mapping[str, Any]) -> Iterator[tuple[PathTo, str]]:
    if "if" in item:
        (condition, _), *_ = step.cases
        verdict = certain(condition)
        if verdict is False:
            yield (*path, "if"), "can never hold: its steps are never reached"
        elif verdict is True:
            yield (*path, "if"), "always holds: " + ("`else` is never reached" if "else" in item else "it asks nothing")
        return
    places = [index for index, case in enumerate(item["choose"]) if "otherwise" not in case]
    for (condition, _), index in zip(step.cases, places, strict=True):
        verdict = certain(condition)
        place = (*path, "choose", str(index), "when")
        if verdict is False:
            yield place, "can never hold: its steps are never reached"
        elif verdict is True:
            is_last = index + 1 == len(item["choose"])
            yield place, "always holds: " + ("write `otherwise`" if is_last else "the cases after it are never reached")
            return


def _reached(journey: Journey) -> frozenset[str]:
    """Every position that a run can come to, whatever the conditions say."""
    found: set[str] = set()
    ahead = [journey.start]
    while ahead:
        position = ahead.pop()
        if position not in found and position in journey.program:
            found.add(position)
            ahead.extend(next_positions(journey.program[position]))
    return frozenset(found)


def next_positions(placed: Placed) -> tuple[str, ...]:
    """Where a run may go on after the step."""
    match placed.step:
        case Exit():
            return ()
        case Branch(cases, otherwise):
            return (*(position for _, position in cases), otherwise)
        case Split(arms=arms):
            return tuple(position for _, position in arms)
        case Await(then=then, otherwise=otherwise):
            return (then, otherwise)
        case _:
            return (placed.follows,)


def _blocks(value: Any, path: PathTo = ("steps",), prefix: str = "") -> Iterator[tuple[str, PathTo, list[Any]]]:
    """Every list of steps: what the positions of its steps begin with, its path."""
    if isinstance(value, list):
        yield prefix, path, value
        for index, item in enumerate(value):
            if isinstance(item, Mapping):
                for below, infix, block in blocks(item):
                    yield from _blocks(block, (*path, str(index), *below), f"{prefix}{index}.{infix}.")
