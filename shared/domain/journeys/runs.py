"""One person's runs: how each goes from step to step, and what ends it (``entries``: how it begins)."""

from collections.abc import Collection, Iterable

from shared.domain.conditions.needs import Kind
from shared.domain.conditions.trees import holds, judge
from shared.domain.draft import Draft
from shared.domain.events import Event, SystemEvent
from shared.domain.journeys import fallbacks, steps
from shared.domain.journeys.beginnings import start
from shared.domain.journeys.program import (
    END,
    Await,
    Exit,
    Journey,
    Placed,
    Send,
    SetTraits,
    StartJourney,
    Wait,
    WaitDate,
    Waiting,
    WaitUntil,
)
from shared.domain.journeys.run_keys import NO_KEY, key_of, live_run
from shared.domain.journeys.sending import drop
from shared.domain.ledger import DropReason
from shared.domain.profiles import COMPLETED, EXIT_CONDITION, EXIT_EVENT, EXITS, JOURNEY_CHANGED, Run
from shared.domain.records import changed
from shared.domain.timing import Instant


def exit_by_event(draft: Draft, event: Event, among: Collection[str] | None = None) -> None:
    """End the live runs that this event ends: same key, and not older than the run's entry event.

    Here and below, ``among`` names the runs that hear of the event, where it is not all of them.
    """
    for journey in draft.playbook.exited_by(event.name):
        key = key_of(journey, draft, event)
        run = live_run(draft, journey, key, among)
        if run is None or event.at < run.entered_at or draft.playbook.journey_of(run) is not journey:
            continue
        end(draft, run, event.at, EXIT_EVENT)


def remember_exits(draft: Draft, event: Event) -> None:
    """An exit event that overtook its entry event will prevent it (playbook, Journeys)."""
    for journey in draft.playbook.exits.get(event.name, ()):
        key = key_of(journey, draft, event)
        if key is not NO_KEY:
            draft.exits[journey.name, key] = max(event.at, draft.exits.get((journey.name, key), event.at))


def exit_by_condition(draft: Draft) -> None:
    """End the live runs whose exit condition holds now; the end of one may be what another waits for."""
    has_ended = True
    while has_ended:
        has_ended = False
        for run in list(draft.live_runs()):
            journey = draft.playbook.journey_of(run)
            if journey is not None and exit_if_met(draft, journey, run):
                has_ended = True


def exit_if_met(draft: Draft, journey: Journey, run: Run) -> bool:
    """End the run if its journey's exit condition holds now; whether it did."""
    if journey.exit_if is None:
        return False
    scope = draft.scope(entry=run.entry)
    if draft.explaining:
        draft.weigh(run.journey, "it ends if", journey.exit_if, scope)
    if not holds(journey.exit_if, scope):
        return False
    end(draft, run, draft.clock, EXIT_CONDITION)
    return True


def reach_goals(draft: Draft, event: Event, among: Collection[str] | None = None) -> None:
    """Count the event as the goal of the runs whose it is, ended or not: same key, in time, once a run."""
    for journey in draft.playbook.aimed_at(event.name):
        key = key_of(journey, draft, event)
        for run in list(draft.runs.values()):
            if run.journey != journey.name or run.key != key or not run.may_reach_goal(draft.clock):
                continue
            if among is not None and run.id not in among:
                continue
            if run.entered_at <= event.at <= (run.goal_until or 0) and draft.playbook.journey_of(run) is journey:
                draft.runs[run.id] = changed(run, goal_until=None)
                _tell_goal(draft, run, event)


def _tell_goal(draft: Draft, run: Run, event: Event) -> None:
    """With the message that it is put down to: the journey's latest before it, within the policy's window."""
    touch = draft.playbook.policy.attributed(run.journey, draft.touches, event.at)
    credited = {"message": touch and touch.message, "channel": touch and touch.channel.value}
    draft.tell("goal_reached", journey=run.journey, run=run.id, **credited)
    properties = {"journey": run.journey, "run": run.id, "variant": run.variant}
    draft.announce(SystemEvent.GOAL_REACHED, run.id, properties | credited)


def end_waiting(draft: Draft, event: Event, among: Collection[str] | None = None) -> None:
    """Let the runs go on that wait for this event: it happened after they came to the step, and before its timeout."""
    if not draft.playbook.is_awaited(event.name):
        return
    for run in list(draft.live_runs()):
        journey = draft.playbook.journey_of(run)
        placed = journey.program.get(run.position) if journey else None
        if journey is None or placed is None or not isinstance(placed.step, Await) or run.wait_until is None:
            continue
        step = placed.step
        is_in_time = run.wait_until - step.duration < event.at < run.wait_until
        if event.name not in step.events or not is_in_time or (among is not None and run.id not in among):
            continue
        scope = draft.scope(event, run.entry)
        if draft.explaining:
            draft.weigh(journey.name, f"it awaits {event.name} where", step.where, scope)
        if holds(step.where, scope):
            _explain_awaited(draft, journey, step, [event.name], step.then)
            go_on(draft, journey, run, step.then, event.at)


def _explain_awaited(draft: Draft, journey: Journey, step: Await, came: Iterable[str], leads_to: str) -> None:
    named = {"events": sorted(step.events), "came": [*came], "within": step.duration, "leads_to": leads_to}
    draft.explain("awaited", journey=journey.name, **named)


def due(draft: Draft) -> list[Run]:
    """The runs whose wait is over."""
    return [run for run in draft.live_runs() if run.wait_until is not None and run.wait_until <= draft.clock]


def continue_run(draft: Draft, run: Run) -> None:
    """Let a run go on whose wait is over, unless what went on before it has ended it."""
    journey = draft.playbook.journey_of(run)
    placed = journey.program.get(run.position) if journey else None
    if run.id not in draft.runs or not draft.runs[run.id].is_live:
        return
    if placed is not None and isinstance(placed.step, Send) and is_in_line(draft, run):
        return  # it has its turn among all messages that are due
    is_waiting = placed is not None and isinstance(placed.step, Waiting)
    if journey is None or placed is None or not is_waiting or run.wait_until is None:
        end(draft, run, draft.clock, JOURNEY_CHANGED)
    else:
        go_on(draft, journey, run, _after_waiting(draft, journey, placed), run.wait_until)


def is_in_line(draft: Draft, run: Run) -> bool:
    """Whether the run stands at its message, and not at what was a wait before the journey changed."""
    return run.held_since is not None or run.id in draft.in_line


def _after_waiting(draft: Draft, journey: Journey, placed: Placed) -> str:
    """Where a run goes on whose time is over."""
    if not isinstance(placed.step, Await):
        return placed.follows
    _explain_awaited(draft, journey, placed.step, (), placed.step.otherwise)
    return placed.step.otherwise


def next_due(draft: Draft) -> Instant | None:
    """The next instant at which time alone changes a run."""
    due: list[Instant] = []
    for run in draft.live_runs():
        if run.wait_until is not None:
            due.append(run.wait_until)
        journey = draft.playbook.journey_of(run)
        if journey is not None and journey.exit_if is not None:
            flips_at = judge(journey.exit_if, draft.scope(entry=run.entry)).flips_at
            if flips_at is not None:
                due.append(flips_at)
    return min(due, default=None)


def priority(draft: Draft, run: Run) -> int:
    journey = draft.playbook.journey_of(run)
    return journey.priority if journey else 0


def go_on(draft: Draft, journey: Journey, run: Run, position: str, reached_at: Instant) -> None:
    """Take the run from ``position``, reached at ``reached_at``, to its next wait or its end."""
    draft.changed = True
    while position != END:
        placed = journey.program.get(position)
        if placed is None:
            end(draft, run, draft.clock, JOURNEY_CHANGED)
            return
        match placed.step:
            case Wait() | WaitUntil() | WaitDate() | Await():
                reached_at = steps.over_at(draft, run, placed.step, reached_at)
                if reached_at > draft.clock:
                    draft.runs[run.id] = changed(run, position=position, wait_until=reached_at)
                    draft.explain("waits", journey=run.journey, run=run.id, step=position, until=reached_at)
                    return
                position = _after_waiting(draft, journey, placed)
            case Send():
                # It stands in line: of all that is due at this instant, what counts most is decided first.
                draft.in_line.add(run.id)
                draft.runs[run.id] = changed(
                    run,
                    position=position,
                    wait_until=draft.clock,
                    late_by=run.late_by + max(0, draft.clock - reached_at),
                )
                return
            case Exit(reason):
                end(draft, run, reached_at, reason)
                return
            case StartJourney(journey.name):
                # Its own: it begins again, so this run must be over, or it would be in the way.
                end(draft, run, reached_at, COMPLETED)
                start(draft, run, position, journey.name, reached_at)
                return
            case StartJourney(name):
                start(draft, run, position, name, reached_at)
                position = placed.follows
            case _:
                position = steps.take(draft, journey, run, position, placed)
                if isinstance(placed.step, SetTraits) and exit_if_met(draft, journey, run):
                    return
    end(draft, run, reached_at, COMPLETED)


def end(draft: Draft, run: Run, at: Instant, reason: str) -> None:
    """End the run as of ``at``: nothing of it is held or waited for any more."""
    draft.changed = True
    if run.held_since is not None:
        _drop_held(draft, run)
    if draft.fallbacks and reason in EXITS:
        fallbacks.call_off_run(draft, run.id)
    draft.concern(Kind.JOURNEY, run.journey)
    draft.runs[run.id] = changed(
        run, wait_until=None, held_since=None, held={}, ended_at=at, ended_reason=reason, entry={}
    )
    draft.tell("journey_exited", journey=run.journey, run=run.id, reason=reason)
    name = SystemEvent.JOURNEY_COMPLETED if reason == COMPLETED else SystemEvent.JOURNEY_EXITED
    draft.announce(name, run.id, {"journey": run.journey, "run": run.id, "reason": reason})


def _drop_held(draft: Draft, run: Run) -> None:
    """What policy held when its run ended is not sent any more."""
    journey = draft.playbook.journey_of(run)
    placed = journey.program.get(run.position) if journey else None
    message = placed.step.message if placed and isinstance(placed.step, Send) else None
    for channel in run.held or (None,):
        drop(draft, run, message, channel, DropReason.RUN_ENDED)
