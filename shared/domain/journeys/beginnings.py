"""How a run begins, or why it does not: the rules of keys, re-entry and conditions, and what it remembers."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from shared.domain import membership
from shared.domain.conditions.needs import Kind
from shared.domain.conditions.trees import holds
from shared.domain.draft import MAX_CASCADE, Draft
from shared.domain.events import Event, EventType, SystemEvent, Trust
from shared.domain.journeys import steps
from shared.domain.journeys.program import Journey
from shared.domain.journeys.run_keys import NO_KEY, key_of, live_run
from shared.domain.profiles import EXIT_EVENT, HOLDOUT, MAX_ENTRIES_SIZE, MAX_LIVE_RUNS, MERGED, Run
from shared.domain.timing import Duration, Instant, format_instant, parse_instant

_AS_JSON: Final = json.JSONEncoder(separators=(",", ":")).encode


def begin(draft: Draft, journey: Journey, event: Event, at: Instant) -> bool:
    """Start a run at ``at`` with the event as its entry event, or tell why not; its first steps are still to come."""
    key = key_of(journey, draft, event)
    reason = _reason_to_skip(draft, journey, key, event, at)
    if reason is None:
        entry = _entry_of(journey, event)
        reason = _reason_to_find_no_room(draft, entry)
        if reason is None:
            _enter(draft, journey, key, event, entry, at)
            return True
    draft.tell("entry_skipped", journey=journey.name, reason=reason)
    return False


def start(draft: Draft, run: Run, position: str, name: str, at: Instant) -> None:
    """Start another journey as the run's step at ``position``: what started the run is what starts the other.

    Journeys cannot start each other at one instant for ever: the check refuses circles without a wait, and here the
    starts of one instant are counted.
    """
    journey = draft.playbook.journeys.get(name)
    if journey is None:
        draft.tell("entry_skipped", journey=name, reason="no_journey")
        return
    draft.explain("starts", journey=run.journey, other=name)
    draft.starts += 1
    if draft.starts > MAX_CASCADE:
        draft.tell("entry_skipped", journey=name, reason="too_many_starts")
        return
    entry = Event(
        id=f"{run.id}\0{position}",
        type=EventType.TRACK,
        name=run.entry["event"],
        at=parse_instant(run.entry["timestamp"]),
        received_at=parse_instant(run.entry["timestamp"]),
        profile_id=draft.profile_id,
        properties=run.entry["properties"],
        context=run.entry["context"],
        trust=Trust.SYSTEM,
        source="decide",
    )
    begin(draft, journey, entry, at)


def _reason_to_skip(draft: Draft, journey: Journey, key: Any, event: Event, at: Instant) -> str | None:
    if event.is_late:
        return "late"
    if key is NO_KEY:
        return "no_key"
    if draft.exits.get((journey.name, key), at - 1) >= at:
        return EXIT_EVENT
    if live_run(draft, journey, key) is not None:
        return "running"
    ended = (run for run in draft.runs.values() if run.journey == journey.name and run.key == key)
    if any(is_in_the_way(run, at, journey.reenter_after) for run in ended):
        return "reenter"
    scope = draft.scope(event)
    if draft.explaining:
        draft.weigh(journey.name, "it may begin if", journey.enter_if, scope)
    if not holds(journey.enter_if, scope):
        return "condition"
    return None


def _reason_to_find_no_room(draft: Draft, entry: Mapping[str, Any]) -> str | None:
    live = list(draft.live_runs())
    if len(live) >= MAX_LIVE_RUNS:
        return "too_many_runs"
    if entry_size(entry) + sum(entry_size(run.entry) for run in live) > MAX_ENTRIES_SIZE:
        return "too_large"
    return None


def is_in_the_way(run: Run, at: Instant, after: Duration | None) -> bool:
    """Whether an ended run keeps another from beginning at ``at``, ``after`` its end (``None``: ever).

    Events that come out of order count as they would have in order: one that happened while the run was on its way
    starts none, though it be over by now; one that was overtaken by the run's own entry starts one, unless that, if
    it took as long, would have reached into this run.
    """
    if run.ended_reason == MERGED:
        return False  # as if it had never been
    if after is None or run.ended_at is None:
        return True
    in_order = max(run.ended_at - run.late_by, run.entered_at)
    if at < run.entered_at:
        return at + (in_order - run.entered_at) + after > run.entered_at
    return at < (run.ended_at + after if after else in_order)


def _enter(
    draft: Draft, journey: Journey, key: str | None, event: Event, entry: Mapping[str, Any], at: Instant
) -> None:
    _supersede(draft, journey, key, at)
    # With the timestamp, for an id that a client uses again after its 24 hours.
    identity = "\0".join((draft.profile_id, journey.name, key or "", event.known_as, str(at)))
    run = Run(
        id=hashlib.blake2b(identity.encode("utf-8", "surrogatepass"), digest_size=10).hexdigest(),
        journey=journey.name,
        key=key,
        version=journey.version,
        entered_at=at,
        entry=entry,
        position=journey.start,
        goal_until=at + journey.goal.within if journey.goal else None,
        variant=HOLDOUT if steps.is_held_out(draft, journey) else None,
    )
    draft.runs[run.id] = run
    draft.concern(Kind.JOURNEY, journey.name)
    draft.tell("journey_entered", journey=journey.name, run=run.id, key=key, variant=run.variant)
    draft.announce(SystemEvent.JOURNEY_ENTERED, run.id, {"journey": journey.name, "run": run.id})
    draft.begun.append(run.id)
    membership.settle(draft)


def _supersede(draft: Draft, journey: Journey, key: str | None, at: Instant) -> None:
    """Re-entry counts from the new run's end from now on, so an older one is forgotten.

    But one that was ended from outside is still what stops its messages that wait to be sent, and one may yet reach
    its goal.
    """
    for run in list(draft.runs.values()):
        is_older = run.journey == journey.name and run.key == key and run.entered_at <= at
        if is_older and not run.is_exited and run.goal_until is None:
            del draft.runs[run.id]


def _entry_of(journey: Journey, event: Event) -> dict[str, Any]:
    """What later steps and templates read of the entry event, and nothing else: the profile's size is a budget."""
    entry: dict[str, Any] = {"event": event.name, "timestamp": format_instant(event.at)}
    for root in ("properties", "context"):
        source = getattr(event, root)
        names = sorted(name for from_root, name in journey.entry_fields if from_root == root and name in source)
        entry[root] = {name: source[name] for name in names}
    return entry


def entry_size(entry: Mapping[str, Any]) -> int:
    """Characters of JSON."""
    return len(_AS_JSON(dict(entry)))
