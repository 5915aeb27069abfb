"""A progress bar on standard error, with rate and time left, for whoever watches."""

import sys
from collections.abc import Callable
from contextlib import ExitStack
from typing import TypeAlias

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

Watch: TypeAlias = Callable[[int, int], None]
"""Is told now and then how much is done, of how much."""


class Rate(ProgressColumn):
    """So many a second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f} {task.fields['unit']}/s" if task.speed else "")


def progress_bar(stack: ExitStack) -> Callable[[str, str], Watch]:
    """Begins a part of the work, by its title and unit; silent where nobody watches, or results scroll by."""
    if not sys.stderr.isatty() or sys.stdout.isatty():
        return lambda _title, _unit: lambda _done, _all: None
    columns = (TextColumn("{task.description}"), BarColumn(), Rate(), TimeRemainingColumn())
    bar = stack.enter_context(Progress(*columns, console=Console(stderr=True), transient=True))

    def begin(title: str, unit: str) -> Watch:
        for before in bar.task_ids:
            bar.remove_task(before)
        task = bar.add_task(title, total=None, unit=unit)
        return lambda done, all_: bar.update(task, completed=done, total=all_)

    return begin
