"""What a person sees of a back-fill: a bar with rate and time left on a terminal, plain lines on a pipe."""

import time
from typing import Final, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from infra.backfill.position import Position

LINE_EVERY: Final = 10.0
"""Seconds between two lines on a pipe."""

WIDTH_OF_LOGS: Final = 160


class Screen:
    """A context manager: the bar is shown inside it. ``items``: how many the table holds, about."""

    def __init__(self, items: int) -> None:
        console = Console(highlight=False)
        self._console = console if console.is_terminal else Console(highlight=False, width=WIDTH_OF_LOGS)
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=28),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
        )
        self._task = self._progress.add_task("", total=None)
        self._items = items
        self._began = time.monotonic()
        self._first: Position | None = None
        self._told = float("-inf")

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def say(self, words: str) -> None:
        self._console.print(words)

    def asked(self, position: Position) -> None:
        """How far asking has come: estimated by how much of the table was read."""
        self._first = self._first or position
        took = time.monotonic() - self._began
        new = position.asked - self._first.asked
        rate = new / took if took > 0 and new else 0.0
        share = 1.0 if position.is_done else min(position.scanned / self._items, 0.99) if self._items else 0.0
        total = round(position.asked / share) if share else None
        words = f"asked {position.asked:,}" + (f" of about {total:,} people" if total else " people")
        if rate:
            words += f", {rate:,.0f} a second"
            if total:
                words += f", {_duration((total - position.asked) / rate)} left"
        self._show(words, position.asked, total, is_last=position.is_done)

    def left(self, count: int, of: int) -> None:
        """How many are still to be filled up."""
        self._show(f"{count:,} people are still to be filled up", max(of - count, 0), of, is_last=count == 0)

    def _show(self, words: str, done: int, total: int | None, *, is_last: bool) -> None:
        self._progress.update(self._task, description=words, completed=done, total=total)
        now = time.monotonic()
        if not self._console.is_terminal and (is_last or now - self._told >= LINE_EVERY):
            self._told = now
            self._console.print(words)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"
