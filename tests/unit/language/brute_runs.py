"""Tells what becomes of a life under one plain journey, by the letter of the contract: runs, without the product.

Plain: one journey, entered by an event, ended by events or a condition, of waits, sends, branches and exits. Every
instant at which anything could turn is looked at, one by one; nothing knows beforehand when something will be due.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.unit.language.brute_force import Happening, Life, milliseconds

Row = tuple[Any, ...]
DAY = 86_400_000


@dataclass
class Run:
    """One way through the journey: what is still to do, and since when the clock of the next wait counts."""

    key: Any
    entered_at: int
    clock: int
    to_do: list[Mapping[str, Any]]
    due: int | None = None
    ended_at: int | None = None


@dataclass
class Teller:
    """Walks through a life; ``rows`` is what happened, as (kind, instant, …)."""

    life: Life
    journey: Mapping[str, Any]
    rows: list[Row] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    arrived: list[Happening] = field(default_factory=list)
    known: int = 0
    counted: dict[str, int] = field(default_factory=dict)

    def tell(self, edges: Iterable[int], until: int) -> Sequence[Row]:
        """All that happens until then; at one instant time goes before events."""
        fixed = sorted(edge for edge in edges if edge <= until)
        while True:
            dues = [run.due for run in self._live() if run.due is not None and run.due <= until]
            ahead = [*fixed[:1], *dues]
            if not ahead:
                return self.rows
            now = min(ahead)
            if fixed[:1] == [now]:
                fixed.pop(0)
            self._let_time_pass(now)
            while self.known < len(self.life.happenings) and self.life.happenings[self.known].arrives == now:
                self._happens(self.life.happenings[self.known], now)

    def _let_time_pass(self, now: int) -> None:
        self._exit_by_condition(now)
        for run in self._live():
            if run.due is not None and run.due <= now:
                run.clock, run.due = run.due, None
                self._go_on(run, now)

    def _happens(self, one: Happening, now: int) -> None:
        self.known += 1
        if one.id in self.counted and now - self.counted[one.id] <= DAY:
            return
        self.counted[one.id] = now
        exits = self.journey.get("exit", {}).get("on", [])
        if one.name in exits:
            for run in self._live():
                if run.key == self._key_of(one) and one.at >= run.entered_at:
                    self._end(run, one.at, now, "exit_event")
        if one.name == self.journey["enter"]["on"]:
            self._enter(one, now)
        if one.name in exits:
            self.arrived.append(one)
        self._exit_by_condition(now)

    def _enter(self, one: Happening, now: int) -> None:
        reason = self._obstacle(one, now)
        if reason is not None:
            self.rows.append(("entry_skipped", now, reason))
            return
        run = Run(self._key_of(one), one.at, one.at, list(self.journey["steps"]))
        self.runs.append(run)
        self.rows.append(("journey_entered", now, run.key))
        self._exit_by_condition(now)
        if run.ended_at is None:
            self._go_on(run, now)

    def _obstacle(self, one: Happening, now: int) -> str | None:
        key = self._key_of(one)
        if now - one.at > DAY:
            return "late"
        if "key" in self.journey and key is None:
            return "no_key"
        if any(self._key_of(exit_) == key and exit_.at >= one.at for exit_ in self.arrived):
            return "exit_event"
        of_key = [run for run in self.runs if run.key == key]
        if any(run.ended_at is None for run in of_key):
            return "running"
        reenter = self.journey.get("reenter", "always")
        if of_key and reenter == "never":
            return "reenter"
        if isinstance(reenter, Mapping) and any(
            one.at < (run.ended_at or 0) + milliseconds(reenter["after"]) for run in of_key
        ):
            return "reenter"
        return None

    def _go_on(self, run: Run, now: int) -> None:
        while run.to_do:
            step = run.to_do.pop(0)
            if "wait" in step:
                due = run.clock + milliseconds(step["wait"])
                if due > now:
                    run.due = due
                    return
                run.clock = due
            elif "send" in step:
                self.rows.append(("send", now, step["send"]))
                run.clock = now
            elif "if" in step:
                holds = self.life.holds(step["if"], now, known=self.known)
                run.to_do = [*(step["then"] if holds else step.get("else", [])), *run.to_do]
            else:
                self._end(run, now, now, step["exit"])
                return
        self._end(run, now, now, "completed")

    def _exit_by_condition(self, now: int) -> None:
        asked = self.journey.get("exit", {}).get("if")
        if asked is not None and self.life.holds(asked, now, known=self.known):
            for run in self._live():
                self._end(run, now, now, "exit_condition")

    def _end(self, run: Run, at: int, now: int, reason: str) -> None:
        run.ended_at = at
        self.rows.append(("journey_exited", now, reason))

    def _live(self) -> list[Run]:
        return [run for run in self.runs if run.ended_at is None]

    def _key_of(self, one: Happening) -> Any:
        """Numbers are keys by value; what is no plain value is none."""
        if "key" not in self.journey:
            return None
        value = one.properties.get(self.journey["key"].removeprefix("properties."))
        return None if value is None or isinstance(value, list | dict) else (type(value) is bool, value)
