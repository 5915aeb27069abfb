"""Run MiniStack with what a shop's own cloud has and it lacks: our clock, and SES as a source of events.

Executed in MiniStack's own environment (``uvx``), so it imports the standard library and MiniStack only. Everything
changed here is named in ``_change``, and a MiniStack without one of those names is refused rather than run wrongly.
"""

import argparse
import importlib
import inspect
import sys
import time
from types import ModuleType
from typing import Any


class FastClock:
    """The ``time`` module, with a ``time()`` that runs ``speed`` times faster since ``epoch`` (milliseconds)."""

    def __init__(self, speed: float, epoch: int) -> None:
        self._speed = speed
        self._epoch = epoch / 1_000

    def time(self) -> float:
        return self._epoch + (time.time() - self._epoch) * self._speed

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--speed", type=float, required=True)
    parser.add_argument("--epoch", type=int, required=True)
    arguments = parser.parse_args()
    sys.argv[1:] = []
    _change_scheduler(arguments.speed, arguments.epoch)
    _allow_events_of_ses()
    _answer_sooner()
    importlib.import_module("ministack.app").main()


def _change_scheduler(speed: float, epoch: int) -> None:
    """Schedules come due by the system's clock, and are looked at often enough for one that runs fast."""
    scheduler = importlib.import_module("ministack.services.scheduler")
    if "time.time()" not in inspect.getsource(_known(scheduler, "_tick_schedules")):
        _refuse(scheduler, "_tick_schedules with time.time()")
    _change(scheduler, "time", time if speed == 1 else FastClock(speed, epoch))
    _change(scheduler, "_SCHEDULE_TICK_INTERVAL", 1.0 if speed == 1 else 0.1)


def _allow_events_of_ses() -> None:
    """The recording gateway stands for SES, whose events come from ``aws.ses``, a source closed to customers."""
    eventbridge = importlib.import_module("ministack.services.eventbridge")
    put_events = _known(eventbridge, "_put_events")
    if "allow_aws_source" not in inspect.signature(put_events).parameters:
        _refuse(eventbridge, "_put_events(allow_aws_source)")
    _change(eventbridge, "_put_events", lambda entries: put_events(entries, allow_aws_source=True))


def _answer_sooner() -> None:
    """Few workers, woken at once: a laptop has few cores, and every worker is a Python that must start first."""
    functions = importlib.import_module("ministack.services.lambda_svc")
    _change(functions, "_ESM_SQS_DEFAULT_CONCURRENCY", 1)
    _change(functions, "_ESM_IDLE_WAKE_GAP_SECONDS", 0.01)


def _change(module: ModuleType, name: str, value: Any) -> None:
    _known(module, name)
    setattr(module, name, value)


def _known(module: ModuleType, name: str) -> Any:
    if not hasattr(module, name):
        _refuse(module, name)
    return getattr(module, name)


def _refuse(module: ModuleType, name: str) -> None:
    sys.exit(f"this MiniStack has no {module.__name__}.{name}: the launcher must be adapted to it")


if __name__ == "__main__":
    main()
