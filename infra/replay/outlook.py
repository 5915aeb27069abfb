"""What a person waits for, and what comes next if nothing happens."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from infra.replay.person_clock import PersonClock, ahead
from shared.domain.journeys.program import (
    END,
    Await,
    Branch,
    Emit,
    Exit,
    Journey,
    Send,
    SetTraits,
    Split,
    StartJourney,
    Step,
    Wait,
    WaitDate,
    WaitUntil,
)
from shared.domain.locales.local_time import WEEKDAYS
from shared.domain.playbook import Playbook
from shared.domain.profiles import Profile, Run
from shared.domain.timing import Instant, format_duration


def outlook(playbook: Playbook, person: Profile, clock: PersonClock, now: Instant) -> Iterator[str]:
    """A sentence for each live run, the next to go on first."""
    live = sorted((run.wait_until or now, run.journey, run.id) for run in person.runs.values() if run.is_live)
    for _, _, id_ in live:
        yield _standing(playbook, person.runs[id_], clock, now)
    pending = sorted((one.due_at, one.message, one) for one in person.fallbacks.values() if one.due_at is not None)
    for due_at, message, fallback in pending:
        when = f"{clock.brief(due_at, now)} ({ahead(max(0, due_at - now))})"
        yield f"{message} was sent by {fallback.tried[-1]}. Next: on {when}, if nobody answers it, another channel"
    if pending and (not live or pending[0][0] < live[0][0]):
        return
    if person.wake_at is not None and (not live or person.wake_at < live[0][0]):
        when = f"{clock.brief(person.wake_at, now)} ({ahead(person.wake_at - now)})"
        yield f"by time alone, a condition of a segment or a journey turns on {when}"


def _standing(playbook: Playbook, run: Run, clock: PersonClock, now: Instant) -> str:
    journey = playbook.journeys.get(run.journey)
    placed = journey.program.get(run.position) if journey else None
    name = run.journey if run.key is None else f"{run.journey} for {run.key}"
    if journey is None or placed is None or run.wait_until is None:
        return f"{name} stands at step {run.position}, which the playbook no longer has"
    when = f"{clock.brief(run.wait_until, now)} ({ahead(max(0, run.wait_until - now))})"
    if isinstance(placed.step, Send):
        return f"{name} holds {placed.step.message}. Next: on {when} it may go"
    if isinstance(placed.step, Await):
        events = " or ".join(sorted(placed.step.events))
        then, otherwise = (where(journey, position) for position in (placed.step.then, placed.step.otherwise))
        return f"{name} waits for {events}: then {then}. Next: on {when}, if it has not happened, {otherwise}"
    standing = f"{name} waits at step {run.position} ({step_words(placed.step)})"
    return f"{standing}. Next: on {when} {where(journey, placed.follows)}"


def where(journey: Journey, position: str) -> str:
    """``it continues at step 1 (send welcome by email)``."""
    placed = journey.program.get(position)
    if position == END or placed is None:
        return "it ends"
    return f"it continues at {place(journey, position)}"


def place(journey: Journey | None, position: str) -> str:
    """``step 1 (send welcome by email)``."""
    placed = journey.program.get(position) if journey else None
    if placed is not None:
        return f"step {position} ({step_words(placed.step)})"
    return f"step {position}" if position else "the end"


def step_words(step: Step) -> str:
    """The step, as short as it is written in the journey's file."""
    return _WORDS[type(step)](step)


def _wait_until(step: WaitUntil) -> str:
    days = "" if len(step.weekdays) == len(WEEKDAYS) else ", ".join(WEEKDAYS[day] for day in sorted(step.weekdays))
    return f"wait until {step.at:%H:%M}" + (f" on {days}" if days else "")


def _wait_date(step: WaitDate) -> str:
    return f"wait for {step.path}" + (f", {format_duration(step.offset)}" if step.offset else "")


def _send(step: Send) -> str:
    return f"send {step.message} by {' or '.join(channel.value for channel in step.channels)}"


_WORDS: Final[Mapping[type, Callable[[Any], str]]] = {
    Wait: lambda step: f"wait {format_duration(step.duration)}",
    WaitUntil: _wait_until,
    WaitDate: _wait_date,
    Await: lambda step: f"await {' or '.join(sorted(step.events))}",
    Send: _send,
    Branch: lambda step: "if" if len(step.cases) == 1 else "choose",
    Split: lambda _: "split",
    SetTraits: lambda step: f"set {', '.join(sorted(step.traits))}",
    Emit: lambda step: f"emit {step.event}",
    StartJourney: lambda step: f"start {step.journey}",
    Exit: lambda step: f"exit {step.reason}",
}
