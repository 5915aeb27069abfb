"""What a person sees while the morning is played: phases, a bar, each message as it arrives, the table at the end."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from infra.demo.play import Cast
from infra.demo.script import Scene
from infra.demo.verdict import Key, Verdict
from infra.demo.watch import Message

CHANNELS: Final = {"email": ("mail", "bright_yellow"), "sms": ("text", "green"), "push": ("push", "bright_blue")}

WHY: Final = {
    "welcome": "signed up",
    "cart_reminder": "left a cart an hour ago",
    "cart_last_call": "left a cart a day ago",
    "browse_reminder": "looked twice, four hours ago",
    "checkout_reminder": "left the checkout an hour ago",
    "order_confirmation": "placed an order",
    "order_shipped": "the parcel has left",
    "order_out_for_delivery": "the parcel is in the van",
    "order_delivered": "the parcel is there",
}


WIDTH_OF_LOGS: Final = 160


class Screen:
    """A context manager: the bar is shown inside it."""

    def __init__(self, expected: int) -> None:
        self._console = Console(highlight=False)
        if not self._console.is_terminal:
            self._console = Console(highlight=False, width=WIDTH_OF_LOGS)
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=28),
            MofNCompleteColumn(),
            TextColumn("messages"),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
        )
        self._task = self._progress.add_task("", total=expected)
        self._is_terminal = self._console.is_terminal

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def phase(self, words: str) -> None:
        self._progress.update(self._task, description=words)
        if not self._is_terminal:
            self._console.print(f"- {words}")

    def ready(self, outbox_url: str, seconds: float) -> None:
        self._console.print(
            f"The local cloud is ready after {seconds:.0f} s; watch the outbox at [link]{outbox_url}[/].\n"
        )

    def arrival(self, message: Message, cast: Cast | None) -> None:
        channel, colour = CHANNELS.get(message["channel"], (message["channel"], "white"))
        name = cast.role.person.name if cast else "nobody known"
        words = Text.assemble(
            (f"{datetime.fromisoformat(message['at']):%a %H:%M}  ", "dim"),
            (f"{channel}  ", colour),
            (f"{name:<21.21}", "bold"),
            (f"{message['to']:<38.38} ", "dim"),
            f"{message['subject'] or message['text']:<44.44}  ",
            (WHY.get(message["message"] or "", str(message["message"])), "italic"),
            overflow="ellipsis",
            no_wrap=True,
        )
        self._console.print(words)
        self._progress.advance(self._task)

    def verdict(self, scenes: Sequence[Scene], verdict: Verdict, *, seconds: float) -> None:
        table = Table(title="A storefront's morning", title_justify="left", show_footer=True)
        table.add_column("Scene", footer="In all", overflow="fold")
        table.add_column("People", justify="right", footer=str(sum(len(scene.roles) for scene in scenes)))
        table.add_column("Expected", justify="right", footer=str(verdict.expected.total()))
        table.add_column("Arrived", justify="right", footer=str(verdict.arrived.total()))
        table.add_column("", footer=_mark(verdict))
        for scene in scenes:
            part = verdict.of(role.person.id for role in scene.roles)
            people, expected, arrived = len(scene.roles), part.expected.total(), part.arrived.total()
            table.add_row(scene.title, str(people), str(expected), str(arrived), _mark(part))
        self._console.print(table)
        for what, keys in (("missing", verdict.missing), ("not expected", verdict.extra)):
            for key, count in sorted(keys.items()):
                self._console.print(f"[red]{what}[/]: {_words(key, count)}")
        conclusion = "Exactly what should have arrived did" if verdict.is_right else "[red]Something differs[/]"
        self._console.print(f"{conclusion}, after {seconds:.0f} s.")


def _mark(verdict: Verdict) -> str:
    return "[green]✓[/]" if verdict.is_right else "[red]✗[/]"


def _words(key: Key, count: int) -> str:
    person, message, channel = key
    return f"{message} by {channel} to {person}" + (f", {count} times" if count > 1 else "")
