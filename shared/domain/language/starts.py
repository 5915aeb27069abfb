"""How journeys start each other: what each must remember for those it starts, who is never entered, and circles.

Checked once all journeys are read; what a run remembers of its entry event must do for every journey down the line.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias

from shared.domain.journeys.program import END, Await, Branch, Journey, Split, StartJourney, Wait
from shared.domain.language.reading import Finding

Graph: TypeAlias = Mapping[str, frozenset[str]]
"""Journey → journeys."""


def remember_for_others(journeys: Mapping[str, Journey]) -> dict[str, Journey]:
    """The journeys, each remembering of its entry event what those that it starts, and they start, read of it."""
    started = {name: frozenset(_started(journey)) for name, journey in journeys.items()}
    if not any(started.values()):
        return dict(journeys)
    return {
        name: replace(
            journey,
            entry_fields=journey.entry_fields.union(
                *(_needs(journeys[other]) for other in _reached(started, started[name]) if other in journeys)
            ),
        )
        for name, journey in journeys.items()
    }


def find_faults(journeys: Mapping[str, Journey], entered: frozenset[str]) -> Iterator[tuple[str, Finding]]:
    """What is wrong between journeys, each with the journey whose file says it; ``entered``: not only by a start."""
    started = {name: frozenset(_started(journey)) for name, journey in journeys.items()}
    for name in sorted(journeys.keys() - _reached(started, entered)):
        yield name, Finding((), 'nobody ever enters: give "enter", or start it from a journey that people enter')
    for name, journey in sorted(journeys.items()):
        for position, placed in journey.program.items():
            if isinstance(placed.step, StartJourney) and placed.step.journey == name and placed.follows != END:
                yield name, _at(position, "its own run is in the way: a journey starts itself only as its last step")
    yield from _circles(journeys)


def _circles(journeys: Mapping[str, Journey]) -> Iterator[tuple[str, Finding]]:
    at_once = {name: _started_at_once(journey) for name, journey in journeys.items()}
    graph = {name: frozenset(found) for name, found in at_once.items()}
    told: set[str] = set()
    for name in sorted(journeys):
        circle = None if name in told else _way_back(graph, name)
        if circle is not None:
            told.update(circle)
            way = " → ".join((*circle, name))
            message = f'goes round without waiting: {way}; a "wait" for a duration, or an "await", must lie between'
            yield name, _at(at_once[name][circle[1] if len(circle) > 1 else name], message)


def _at(position: str, message: str) -> Finding:
    """At the outermost step that holds the position."""
    return Finding(("steps", position.partition(".")[0]), message)


def _started(journey: Journey) -> Iterator[str]:
    return (placed.step.journey for placed in journey.program.values() if isinstance(placed.step, StartJourney))


def _started_at_once(journey: Journey) -> Mapping[str, str]:
    """What a run may start at the very instant at which it begins, and the position of that step.

    A wait for a time of day or a date may be over at once; one for a duration never is, nor is an ``await``.
    """
    found: dict[str, str] = {}
    seen: set[str] = set()
    ahead = [journey.start]
    while ahead:
        position = ahead.pop()
        placed = journey.program.get(position)
        if placed is None or position in seen:
            continue
        seen.add(position)
        match placed.step:
            case Wait() | Await():
                continue
            case Branch(cases, otherwise):
                ahead += [otherwise, *(then for _, then in cases)]
                continue
            case Split(_, arms):
                ahead += [arm for weight, arm in arms if weight]
                continue
            case StartJourney(other):
                found.setdefault(other, position)
        ahead.append(placed.follows)
    return found


def _needs(journey: Journey) -> frozenset[tuple[str, str]]:
    key = journey.key
    own = frozenset() if key is None or not key.parts else frozenset({(key.root, key.parts[0])})
    return journey.entry_fields | own


def _reached(graph: Graph, begin: frozenset[str]) -> frozenset[str]:
    """Where the graph leads from there, the beginning included."""
    found = set(begin)
    ahead = list(begin)
    while ahead:
        new = graph.get(ahead.pop(), frozenset()) - found
        found |= new
        ahead += new
    return frozenset(found)


def _way_back(graph: Graph, name: str) -> list[str] | None:
    """The shortest way from the journey back to itself, without its end."""
    came_from: dict[str, str] = {}
    ahead = deque([name])
    while ahead:
        at = ahead.popleft()
        for after in sorted(graph.get(at, ())):
            if after == name:
                way = [at]
                while way[-1] != name:
                    way.append(came_from[way[-1]])
                return way[::-1]
            if after not in came_from:
                came_from[after] = at
                ahead.append(after)
    return None
