"""How runs begin: which journeys an event starts for a person, and why it starts the others not."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from shared.domain import steps
from shared.domain.conditions import holds
from shared.domain.draft import Draft
from shared.domain.events import Event, SystemEvent
from shared.domain.journeys import Journey
from shared.domain.profiles import EXIT_EVENT, HOLDOUT, MAX_ENTRIES_SIZE, MAX_LIVE_RUNS, Run
from shared.domain.runs import NO_KEY, exit_if_met, go_on, key_of, live_run
from shared.domain.timing import Duration, format_instant
from shared.domain.wording import describe

_AS_JSON: Final = json.JSONEncoder(separators=(",", ":")).encode


def enter_by_event(draft: Draft, event: Event) -> None:
    """Start the runs that this event starts."""
    for journey in draft.playbook.enters.get(event.name, ()):
        scope = draft.scope(event)
        if draft.explaining:
            draft.note(f"{journey.name}: {event.name} may start it: where {describe(journey.enter_where, scope)}")
        if not holds(journey.enter_where, scope):
            continue
        key = key_of(journey, draft, event)
        reason = _reason_to_skip(draft, journey, key, event)
        if reason is None:
            entry = _entry_of(journey, event)
            reason = _reason_to_find_no_room(draft, entry)
            if reason is None:
                _enter(draft, journey, key, event, entry)
                continue
        draft.tell("entry_skipped", journey=journey.name, reason=reason)


def _reason_to_skip(draft: Draft, journey: Journey, key: Any, event: Event) -> str | None:
    if event.is_late:
        return "late"
    if key is NO_KEY:
        return "no_key"
    if draft.exits.get((journey.name, key), event.at - 1) >= event.at:
        return EXIT_EVENT
    if live_run(draft, journey, key) is not None:
        return "running"
    ended = (run for run in draft.runs.values() if run.journey == journey.name and run.key == key)
    if any(_is_in_the_way(run, event, journey.reenter_after) for run in ended):
        return "reenter"
    scope = draft.scope(event)
    if draft.explaining:
        draft.note(f"{journey.name}: if {describe(journey.enter_if, scope)}")
    if not holds(journey.enter_if, scope):
        return "condition"
    return None


def _reason_to_find_no_room(draft: Draft, entry: Mapping[str, Any]) -> str | None:
    live = list(draft.live_runs())
    if len(live) >= MAX_LIVE_RUNS:
        return "too_many_runs"
    if _size(entry) + sum(_size(run.entry) for run in live) > MAX_ENTRIES_SIZE:
        return "too_large"
    return None


def _is_in_the_way(run: Run, event: Event, after: Duration | None) -> bool:
    """Whether an ended run keeps the event from starting another, ``after`` its end (``None``: ever).

    Events that come out of order count as they would have in order: one that happened while the run was on its way
    starts none, though it be over by now; one that was overtaken by the run's own entry starts one, unless that, if
    it took as long, would have reached into this run.
    """
    if after is None or run.ended_at is None:
        return True
    in_order = max(run.ended_at - run.late_by, run.entered_at)
    if event.at < run.entered_at:
        return event.at + (in_order - run.entered_at) + after > run.entered_at
    return event.at < (run.ended_at + after if after else in_order)


def _enter(draft: Draft, journey: Journey, key: str | None, event: Event, entry: Mapping[str, Any]) -> None:
    _supersede(draft, journey, key, event)
    # With the timestamp, for an id that a client uses again after its 24 hours.
    identity = "\0".join((draft.profile_id, journey.name, key or "", event.id, str(event.at)))
    run = Run(
        id=hashlib.blake2b(identity.encode("utf-8", "surrogatepass"), digest_size=10).hexdigest(),
        journey=journey.name,
        key=key,
        version=journey.version,
        entered_at=event.at,
        entry=entry,
        position=journey.start,
        goal_until=event.at + journey.goal.within if journey.goal else None,
        variant=HOLDOUT if steps.is_held_out(draft, journey) else None,
    )
    draft.runs[run.id] = run
    draft.tell("journey_entered", journey=journey.name, run=run.id, key=key, variant=run.variant)
    draft.announce(SystemEvent.JOURNEY_ENTERED, run.id, {"journey": journey.name, "run": run.id})
    if not exit_if_met(draft, journey, run):
        go_on(draft, journey, run, journey.start, event.at)


def _supersede(draft: Draft, journey: Journey, key: str | None, event: Event) -> None:
    """Re-entry counts from the new run's end from now on, so an older one is forgotten.

    But one that was ended from outside is still what stops its messages that wait to be sent, and one may yet reach
    its goal.
    """
    for run in list(draft.runs.values()):
        is_older = run.journey == journey.name and run.key == key and run.entered_at <= event.at
        if is_older and not run.is_exited and run.goal_until is None:
            del draft.runs[run.id]


def _entry_of(journey: Journey, event: Event) -> dict[str, Any]:
    """What later steps and templates read of the entry event, and nothing else: the profile's size is a budget."""
    entry: dict[str, Any] = {"event": event.name, "timestamp": format_instant(event.at)}
    for root in ("properties", "context"):
        source = getattr(event, root)
        entry[root] = {name: source[name] for name in sorted(source) if (root, name) in journey.entry_fields}
    return entry


def _size(entry: Mapping[str, Any]) -> int:
    return len(_AS_JSON(dict(entry)))
