"""``carillon bench``: what the code costs, as ratios to baselines measured in the same minutes on the same machine.

The benchmarks stand with the tests (``tests/benchmarks``): this command, like all, runs from a checkout.
"""

import json
import platform
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from tests.benchmarks.measure import Table

SUBJECTS: Final = (
    "decide",
    "rules",
    "playbook",
    "fold",
    "ingest",
    "render",
    "dispatch",
    "simulate",
    "imports",
    "capacity",
)
"""Modules of ``tests.benchmarks``."""


def bench(
    subjects: Annotated[
        list[str] | None, typer.Argument(help=f"What to measure: {', '.join(SUBJECTS)}; all unless given.")
    ] = None,
    rounds: Annotated[int, typer.Option(help="How often each is measured; the least counts.", min=1)] = 15,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of tables.")] = False,
) -> None:
    """Measure what the code costs, and print it as ratios."""
    from importlib import import_module

    from rich.console import Console

    chosen = subjects or SUBJECTS
    for subject in chosen:
        if subject not in SUBJECTS:
            raise typer.BadParameter(f"{subject!r} is none of {', '.join(SUBJECTS)}")
    tables: list[Table] = []
    console = Console()
    with Console(stderr=True).status("") as status:
        for subject in chosen:
            status.update(f"measuring {subject}")
            found: list[Table] = import_module(f"tests.benchmarks.{subject}").run(rounds)
            tables += found
            if not json_:
                for table in found:
                    _show(table, console)
    if json_:
        print(json.dumps({"python": platform.python_version(), "rounds": rounds, "tables": [*map(_plain, tables)]}))


def _show(table: "Table", console: "Console") -> None:
    from rich.table import Table as Grid

    grid = Grid(title=table.title, title_justify="left", box=None, pad_edge=False)
    grid.add_column("", min_width=44)
    grid.add_column(table.unit, justify="right", min_width=10)
    grid.add_column("ratio", justify="right", min_width=8)
    for figure in table.figures:
        grid.add_row(figure.name, f"{figure.value:,.2f}", f"{table.ratio(figure):,.2f} ×")
    console.print(grid, "")


def _plain(table: "Table") -> dict[str, object]:
    return {
        "title": table.title,
        "unit": table.unit,
        "figures": [
            {"name": figure.name, "value": figure.value, "ratio": table.ratio(figure)} for figure in table.figures
        ],
    }
