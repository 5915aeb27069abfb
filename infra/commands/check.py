"""``carillon check``: everything that is wrong with a playbook, before anybody is written to."""

import sys
from pathlib import Path
from typing import Annotated

import typer

PlaybookOption = Annotated[
    Path, typer.Option("--playbook", help="The playbook's folder.", show_default=True, metavar="DIR")
]


def check(playbook: PlaybookOption = Path("templates")) -> None:
    """Validate the whole playbook; exit 1 with every fault found, a line each."""
    from infra.playbook_build import check_messages
    from infra.playbook_source import check_playbook

    plain, faults = check_playbook(playbook, check_messages=check_messages)
    for fault in faults:
        print(fault)
    if faults:
        print(f"{len(faults)} fault{'s' if len(faults) > 1 else ''} in {playbook}", file=sys.stderr)
        raise typer.Exit(1)
    print(f"{playbook} is in order: {len(plain['journeys'])} journeys, {len(plain['messages'])} messages")
