"""Conditions of messages that the journey's own next steps change before they are looked at again.

A message's ``if`` is asked once more when it is handed over; the steps after it are done by then, up to the next wait.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from infra.playbook.places import PathTo, event_names, mappings, steps
from infra.playbook.reach import next_positions
from shared.domain.journeys.program import Await, Emit, Journey, Send, SetTraits, Step, Wait, WaitDate, WaitUntil

_TAKES_TIME: Final = (Wait, WaitDate, WaitUntil, Await)


def overtaken(journey: Journey, plain: Mapping[str, Any]) -> Iterator[tuple[PathTo, str]]:
    """The conditions of messages that a step at the same instant may turn."""
    for position, path, item in steps(plain.get("steps")):
        placed = journey.program.get(position)
        if placed is None or not isinstance(placed.step, Send) or not isinstance(item.get("if"), Mapping):
            continue
        asked = _asked(item["if"])
        changes = sorted({name for step in _at_once(journey, placed.follows) for name in _changes(step) & asked})
        if changes:
            yield (
                (*path, "if"),
                (
                    f"is asked again when the message is handed over, after the steps that follow it at once have "
                    f"changed {changes[0]}: put an `if` step around both instead"
                ),
            )


def _at_once(journey: Journey, position: str) -> Iterator[Step]:
    """The steps that a run takes from there before it waits."""
    seen: set[str] = set()
    ahead = [position]
    while ahead:
        position = ahead.pop()
        placed = journey.program.get(position)
        if placed is not None and position not in seen and not isinstance(placed.step, _TAKES_TIME):
            seen.add(position)
            yield placed.step
            ahead.extend(next_positions(placed))


def _changes(step: Step) -> set[str]:
    match step:
        case SetTraits(traits):
            return {f"traits.{name}" for name in traits}
        case Emit(event):
            return {f'"{event}"'}
        case _:
            return set()


def _asked(condition: Mapping[str, Any]) -> set[str]:
    """The traits and the events that a condition looks at."""
    paths = [key for _, plain in mappings(condition) for key in plain]
    paths += [plain["path"] for _, plain in mappings(condition) if isinstance(plain.get("path"), str)]
    traits = {".".join(path.split(".")[:2]) for path in paths if path.startswith("traits.")}
    return traits | {f'"{name}"' for _, name in event_names(condition)}
