"""``carillon export``: all that is held of a person, as one JSON document, from a deployed Carillon."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from infra.commands.person import NOBODY, Identifier
from infra.commands.up import DEFAULT_PORT, CloudPort, StageOption


def export(
    identifier: Identifier,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="A new file, which only you may read; otherwise standard output."),
    ] = None,
    stage: StageOption = "local",
    port: CloudPort = DEFAULT_PORT,
) -> None:
    """Write all that is held of a person as one JSON document, for them to have."""
    from infra.errors import CommandError
    from infra.operations.cloud import connect
    from infra.operations.staff import StaffApi

    if output is not None and output.exists():
        raise CommandError(f"{output} is there already", "name a new file")
    api = StaffApi(connect(stage, port))
    found = api.find(identifier)
    if found is None:
        print("Nobody is known by that.", file=sys.stderr)
        raise typer.Exit(NOBODY)
    with api.export(found, identifier) as pieces:
        if output is None:
            for piece in pieces:
                sys.stdout.buffer.write(piece)
            sys.stdout.buffer.write(b"\n")
            return
        _write(output, pieces)
    print(f"Wrote {output} ({output.stat().st_size:,} bytes). Delete it once the person has it.", file=sys.stderr)


def _write(output: Path, pieces: Iterable[bytes]) -> None:
    """All of it, or no file."""
    from infra.errors import CommandError

    try:
        descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.writelines(pieces)
        except BaseException:
            output.unlink()
            raise
    except OSError as error:
        raise CommandError(f"{output} cannot be written ({error.strerror})", "name another file") from None
