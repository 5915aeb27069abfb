"""Where things stand in a playbook's plain values: names of events, sums, steps, each with its path."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

PathTo: TypeAlias = tuple[str, ...]

_LISTENING: Final = frozenset({"enter", "exit", "goal", "await"})
_COUNTING: Final = frozenset({"did", "did_not", "sum"})


def event_names(value: Any, path: PathTo = ()) -> Iterator[tuple[PathTo, str]]:
    """Every event name, wherever it stands: what is listened for, asked about, added up, emitted."""
    for place, below in mappings(value, path):
        yield from named_in(below, place)


def named_in(plain: Mapping[str, Any], place: PathTo) -> Iterator[tuple[PathTo, str]]:
    """The events that a mapping at that place itself names."""
    within = place[-1] if place else ""
    if within in _LISTENING:
        yield from _texts(plain.get("on"), (*place, "on"))
    elif within in _COUNTING or within == "emit":
        yield from _texts(plain.get("event"), (*place, "event"))


def sums(value: Any, path: PathTo = ()) -> Iterator[tuple[PathTo, Mapping[str, Any]]]:
    """Every ``sum``."""
    return ((place, below) for place, below in mappings(value, path) if place and place[-1] == "sum")


def mappings(value: Any, path: PathTo = ()) -> Iterator[tuple[PathTo, Mapping[str, Any]]]:
    """Every mapping, from the outermost inwards."""
    if isinstance(value, Mapping):
        yield path, value
        for key, below in value.items():
            yield from mappings(below, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from mappings(item, (*path, str(index)))


def steps(value: Any, path: PathTo = ("steps",), prefix: str = "") -> Iterator[tuple[str, PathTo, Mapping[str, Any]]]:
    """Every step of a journey with its position in the program, and its path in the file."""
    for index, item in enumerate(value if isinstance(value, list) else ()):
        if isinstance(item, Mapping):
            position, place = f"{prefix}{index}", (*path, str(index))
            yield position, place, item
            for below, infix, block in blocks(item):
                yield from steps(block, (*place, *below), f"{position}.{infix}.")


def blocks(step: Mapping[str, Any]) -> Iterator[tuple[PathTo, str, Any]]:
    """The lists of steps within a step: path below it, what a position has for it, the list."""
    for key in ("then", "else"):
        if key in step:
            yield (key,), key, step[key]
    cases = step.get("choose")
    for index, case in enumerate(cases if isinstance(cases, list) else ()):
        if isinstance(case, Mapping):
            if "otherwise" in case:
                yield ("choose", str(index), "otherwise"), "otherwise", case["otherwise"]
            elif "steps" in case:
                yield ("choose", str(index), "steps"), str(index), case["steps"]
    arms = step.get("split")
    for name, arm in arms.items() if isinstance(arms, Mapping) else ():
        if isinstance(arm, Mapping) and "steps" in arm:
            yield ("split", name, "steps"), name, arm["steps"]


def _texts(value: Any, path: PathTo) -> Iterator[tuple[PathTo, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for index, item in enumerate(value):
            if isinstance(item, str):
                yield (*path, str(index)), item
