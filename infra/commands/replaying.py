"""What ``carillon simulate`` and ``carillon explain`` have in common: their options, the playbook, the recording."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from infra.replay.event_files import InvalidLine
    from infra.replay.recording import Recording
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
    str | None,
    typer.Option("--until", help="Run the clock on to this instant, such as 2026-11-17T00:00:00Z.", metavar="INSTANT"),
]
ConsentOption = Annotated[
    str, typer.Option("--consent", help="assumed: everyone consents; explicit: the policy's own defaults.")
]


@contextmanager
def open_recording(path: Path, tell_invalid: "Callable[[InvalidLine], None]" = lambda _: None) -> "Iterator[Recording]":
    from infra.replay.recording import Recording

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


def load_rules(directory: Path, consent: str) -> "Playbook":
    from infra.playbook.source import check_playbook
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


def read_end(text: str | None) -> "Instant | None":
    from shared.domain.timing import parse_instant

    if text is None:
        return None
    try:
        return parse_instant(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--until") from None
