"""``carillon``: the command line. Each command is a module of ``infra.commands``.

Exit codes: 0 done; 1 it failed, told in one sentence; 2 wrong usage; 128 + n interrupted by signal n.
"""

import os
import sys

import typer

from infra.commands import COMMANDS, PANELS
from infra.errors import CommandError
from infra.local.processes import StopSignal, stop_signals
from shared.errors import CarillonError

app = typer.Typer(
    name="carillon",
    help="The right message to the right person, on the right channel, at the right moment.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

for panel, commands in PANELS.items():
    for name in commands:
        command = COMMANDS[name]
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name, rich_help_panel=panel)
        else:
            app.command(name, rich_help_panel=panel)(command)


def main() -> None:
    """Run the command line; failures that a person can mend are told without a traceback."""
    try:
        with stop_signals():
            app()
    except (CommandError, CarillonError) as error:
        print(f"carillon: {error}", file=sys.stderr)
        sys.exit(1)
    except StopSignal as stop:
        print("carillon: stopped before the end", file=sys.stderr)
        sys.exit(128 + stop.number)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


if __name__ == "__main__":
    main()
