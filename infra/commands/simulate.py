"""``carillon simulate``: what the playbook does with recorded events, without AWS."""

import json
import sys
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.commands.check import PlaybookOption
from infra.commands.replaying import (
    SOME_LINES_INVALID,
    ConsentOption,
    EventsOption,
    UntilOption,
    load_rules,
    open_recording,
    read_end,
)

if TYPE_CHECKING:
    from infra.replay.event_files import InvalidLine


def simulate(
    events: EventsOption,
    playbook: PlaybookOption = Path("templates"),
    until: UntilOption = None,
    profile: Annotated[
        str | None,
        typer.Option(
            "--profile", help="Print only this person: a profile's id, anonymous id, email or phone.", metavar="ID"
        ),
    ] = None,
    consent: ConsentOption = "assumed",
) -> None:
    """Replay events on a virtual clock; print what happens, one JSON object a line, in time order."""
    from shared.services.simulate import Simulation, row

    rules, end = load_rules(playbook, consent), read_end(until)
    with open_recording(events, lambda line: _print(_invalid_row(line))) as recording:
        people = None if profile is None else recording.whom(profile).people
        simulation = Simulation(rules)
        recording.next_wake_at = lambda: simulation.next_wake_at
        arrivals = recording.events()
        for person, occurrence in simulation.run(arrivals, end):
            plain = row(person, occurrence)
            if plain is not None and (people is None or person in people):
                recording.pass_invalid(until=occurrence.at)
                _print(plain)
        deque(arrivals, maxlen=0)  # lines after --until are read, too: the exit code speaks for the whole file
        recording.pass_invalid()
        raise typer.Exit(SOME_LINES_INVALID if recording.has_invalid else 0)


def _invalid_row(read: "InvalidLine") -> dict[str, Any]:
    from shared.domain.timing import format_instant

    errors = [{"path": fault.path, "message": fault.message} for fault in read.faults]
    at = None if read.arrived_at is None else format_instant(read.arrived_at)
    return {"type": "invalid_event", "at": at, "profile": None, "line": read.line, "errors": errors}


def _print(plain: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(plain, ensure_ascii=False, separators=(",", ":")) + "\n")
