"""Measures contenders side by side: interleaved, the least of the rounds, so that what is compared is the code.

Figures of one machine mean little elsewhere; their ratios to a baseline measured in the same minute mean much.
"""

import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

ROUND_TIME: Final = 0.02
"""Seconds of CPU that one contender takes in one round, at least."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of a table; ``value`` is in the table's unit."""

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class Table:
    """Figures of one kind; the first one is the baseline to which the others are ratios."""

    title: str
    unit: str
    figures: tuple[Figure, ...]

    def ratio(self, figure: Figure) -> float:
        return figure.value / self.figures[0].value


def microseconds(contenders: Mapping[str, Callable[[], Any]], rounds: int, *, per: int = 1) -> tuple[Figure, ...]:
    """CPU time of one call of each, divided by ``per`` (the events that one call handles)."""
    calls = {name: _calls_in_a_round(contender) for name, contender in contenders.items()}
    least = dict.fromkeys(contenders, float("inf"))
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for name, contender in contenders.items():
                least[name] = min(least[name], _time(contender, calls[name]) / calls[name])
    finally:
        gc.enable()
    return tuple(Figure(name, seconds * 1e6 / per) for name, seconds in least.items())


def _calls_in_a_round(contender: Callable[[], Any]) -> int:
    contender()  # what is only done once is not measured
    calls = 1
    while (took := _time(contender, calls)) < ROUND_TIME:
        calls *= max(2, min(100, int(ROUND_TIME / max(took, 1e-6))))
    return calls


def _time(contender: Callable[[], Any], calls: int) -> float:
    began = time.process_time()
    for _ in range(calls):
        contender()
    return time.process_time() - began
