"""``carillon simulate`` and ``carillon explain``: what the playbook does with recorded events, without AWS."""

import json
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from infra.commands.check import PlaybookOption

if TYPE_CHECKING:
    from infra.event_files import InvalidLine
    from infra.recording import Recording
    from shared.domain.playbook import Playbook
    from shared.domain.timing import Instant

SOME_LINES_INVALID: Final = 1
PLAYBOOK_FAULTY: Final = 2


def _existing(path: Path) -> Path:
    if str(path) != "-" and not path.exists():
        raise typer.BadParameter(f"{path} does not exist", param_hint="--events")
    if path.is_dir():
        raise typer.BadParameter(f"{path} is a folder", param_hint="--events")
    return path


EventsOption = Annotated[
    Path,
    typer.Option(
        "--events",
        help="Events, one JSON object a line; - reads standard input.",
        callback=_existing,
        metavar="FILE",
    ),
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

    rules, end = _load(playbook, consent), _instant(until)
    with _recording(events, lambda line: _print(_invalid_row(line))) as recording:
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

    rules, end = _load(playbook, consent), _instant(until)
    with _recording(events) as recording:
        people = recording.whom(profile).people
        arrivals = recording.events()
        for person, occurrence in Simulation(rules, explain=people).run(arrivals, end):
            if person in people:
                print(f"{format_instant(occurrence.at)}  {sentence(occurrence)}")
        deque(arrivals, maxlen=0)
        if recording.has_invalid:
            print(f"Some lines of {recording.name} are no events: carillon simulate names them.", file=sys.stderr)
        raise typer.Exit(SOME_LINES_INVALID if recording.has_invalid else 0)


@contextmanager
def _recording(path: Path, tell_invalid: "Callable[[InvalidLine], None]" = lambda _: None) -> "Iterator[Recording]":
    from infra.recording import Recording

    try:
        with Recording(path, tell_invalid) as recording:
            if not len(recording):
                print(f"{recording.name} holds no events.", file=sys.stderr)
            yield recording
    except BrokenPipeError:
        raise
    except OSError as error:
        print(f"carillon: {path} cannot be read: {error.strerror}", file=sys.stderr)
        raise typer.Exit(1) from None


def _invalid_row(read: "InvalidLine") -> dict[str, Any]:
    from shared.domain.timing import format_instant

    errors = [{"path": fault.path, "message": fault.message} for fault in read.faults]
    at = None if read.arrived_at is None else format_instant(read.arrived_at)
    return {"type": "invalid_event", "at": at, "profile": None, "line": read.line, "errors": errors}


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
