"""``carillon simulate`` and ``carillon explain``: what the playbook does with recorded events, without AWS."""

import json
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from infra.commands.check import PlaybookOption

if TYPE_CHECKING:
    from infra.event_files import InvalidLine
    from shared.domain.events import Event
    from shared.domain.playbook import Playbook
    from shared.domain.timing import Instant

SOME_LINES_INVALID: Final = 1
PLAYBOOK_FAULTY: Final = 2

EventsOption = Annotated[
    Path, typer.Option("--events", help="Events, one JSON object a line.", exists=True, dir_okay=False, metavar="FILE")
]
UntilOption = Annotated[
    str | None, typer.Option("--until", help="Run the clock on to this instant.", metavar="INSTANT")
]
ConsentOption = Annotated[
    str, typer.Option("--consent", help="assumed: everyone consents; explicit: the policy's own defaults.")
]


def simulate(
    events: EventsOption,
    playbook: PlaybookOption = Path("templates"),
    until: UntilOption = None,
    profile: Annotated[str | None, typer.Option("--profile", help="Print only this person.", metavar="ID")] = None,
    consent: ConsentOption = "assumed",
) -> None:
    """Replay events on a virtual clock; print what happens, one JSON object a line, in time order."""
    from shared.services.simulate import Simulation, row

    recording = _Recording(events)
    rules = _load(playbook, consent)
    arrivals = recording.arrivals()
    for person, occurrence in Simulation(rules).run(arrivals, _instant(until)):
        plain = row(person, occurrence)
        if plain is not None and profile in {None, person}:
            recording.print_invalid(until=occurrence.at)
            _print(plain)
    deque(arrivals, maxlen=0)  # lines after --until are read, too: the exit code speaks for the whole file
    recording.print_invalid()
    raise typer.Exit(recording.exit_code)


def explain(
    events: EventsOption,
    profile: Annotated[str, typer.Option("--profile", help="Whom to explain.", metavar="ID")],
    playbook: PlaybookOption = Path("templates"),
    until: UntilOption = None,
    consent: ConsentOption = "assumed",
) -> None:
    """Tell, for one person, every journey considered, every condition with its value, and why each message went."""
    from infra.explanation import sentence
    from shared.domain.timing import format_instant
    from shared.services.simulate import Simulation

    recording = _Recording(events)
    rules = _load(playbook, consent)
    seen = False
    arrivals = recording.arrivals()
    for person, occurrence in Simulation(rules, explain=profile).run(arrivals, _instant(until)):
        if person == profile:
            seen = True
            print(f"{format_instant(occurrence.at)}  {sentence(occurrence)}")
    deque(arrivals, maxlen=0)
    if not seen:
        print(f"Nothing happened to {profile} in {events}.", file=sys.stderr)
    if recording.exit_code:
        print(f"Some lines of {events} are no events: carillon simulate names them.", file=sys.stderr)
    raise typer.Exit(recording.exit_code)


@dataclass(slots=True)
class _Recording:
    """A file of events, and those of its lines that are none: kept back until it is their turn to be printed."""

    path: Path
    exit_code: int = 0
    _waiting: "deque[InvalidLine]" = field(default_factory=deque)

    def arrivals(self) -> "Iterator[Event]":
        """The valid events in the order of their arrival."""
        from infra.event_files import EventFile, InvalidLine

        file = EventFile(self.path)
        for read in _with_progress(file, len(file)):
            if isinstance(read, InvalidLine):
                self.exit_code = SOME_LINES_INVALID
                self._waiting.append(read)
            else:
                yield read

    def print_invalid(self, until: "Instant | None" = None) -> None:
        """The lines that came until then, or all that are left."""
        while self._waiting and (until is None or self._waiting[0].taken_at <= until):
            _print(_invalid_row(self._waiting.popleft()))


def _invalid_row(read: "InvalidLine") -> dict[str, Any]:
    from shared.domain.timing import format_instant

    errors = [{"path": fault.path, "message": fault.message} for fault in read.faults]
    at = None if read.arrived_at is None else format_instant(read.arrived_at)
    return {"type": "invalid_event", "at": at, "profile": None, "line": read.line, "errors": errors}


def _with_progress(items: "Iterable[Event | InvalidLine]", total: int) -> "Iterator[Event | InvalidLine]":
    if not sys.stderr.isatty() or sys.stdout.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(items, description="simulating", total=total, console=Console(stderr=True), transient=True)


def _load(directory: Path, consent: str) -> "Playbook":
    from infra.playbook_source import check_playbook
    from shared.domain.playbook import read_playbook
    from shared.services.simulate import assuming_consent

    if consent not in {"assumed", "explicit"}:
        raise typer.BadParameter("expected assumed or explicit", param_hint="--consent")
    plain, faults = check_playbook(directory)
    if faults:
        for fault in faults:
            print(fault, file=sys.stderr)
        raise typer.Exit(PLAYBOOK_FAULTY)
    rules, _ = read_playbook(plain)
    return rules if consent == "explicit" else assuming_consent(rules)


def _instant(text: str | None) -> "Instant | None":
    from shared.domain.timing import parse_instant

    if text is None:
        return None
    try:
        return parse_instant(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--until") from None


def _print(plain: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(plain, ensure_ascii=False, separators=(",", ":")) + "\n")
