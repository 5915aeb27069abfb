"""One person's runs: who enters, what ends a run, and how it goes from step to step."""

import hashlib
import json
from dataclasses import replace
from typing import Any, Final

from shared.domain.conditions import holds, judge
from shared.domain.consent import Channel, Purpose, applicable
from shared.domain.draft import Draft
from shared.domain.events import Event, SystemEvent
from shared.domain.journeys import END, Branch, Exit, Journey, Send, Wait
from shared.domain.messages import DropReason, Message
from shared.domain.operators import is_number
from shared.domain.profiles import (
    COMPLETED,
    EXIT_CONDITION,
    EXIT_EVENT,
    JOURNEY_CHANGED,
    MAX_LIVE_RUNS,
    Profile,
    Run,
    Touch,
)
from shared.domain.timing import Instant, format_instant
from shared.domain.wording import describe

MAX_KEY: Final = 200

_NO_KEY: Final = object()


def exit_by_event(draft: Draft, event: Event) -> None:
    """End the live runs that this event ends: same key, and not older than the run's entry event."""
    for journey in draft.playbook.exits.get(event.name, ()):
        key = _key_of(journey, draft, event)
        run = _live_run(draft, journey, key)
        if run is None or event.at < run.entered_at:
            continue
        _end(draft, run, event.at, EXIT_EVENT)


def remember_exits(draft: Draft, event: Event) -> None:
    """An exit event that overtook its entry event will prevent it (playbook, Journeys)."""
    for journey in draft.playbook.exits.get(event.name, ()):
        key = _key_of(journey, draft, event)
        if key is not _NO_KEY:
            draft.exits[journey.name, key] = max(event.at, draft.exits.get((journey.name, key), event.at))


def enter_by_event(draft: Draft, event: Event) -> None:
    """Start the runs that this event starts."""
    for journey in draft.playbook.enters.get(event.name, ()):
        scope = draft.scope(event)
        if draft.explaining:
            draft.note(f"{journey.name}: {event.name} may start it: where {describe(journey.enter_where, scope)}")
        if not holds(journey.enter_where, scope):
            continue
        key = _key_of(journey, draft, event)
        reason = _reason_to_skip(draft, journey, key, event)
        if reason is None:
            _enter(draft, journey, key, event)
        else:
            draft.tell("entry_skipped", journey=journey.name, reason=reason)


def exit_by_condition(draft: Draft) -> None:
    """End the live runs whose exit condition holds now."""
    for run in list(draft.live_runs()):
        journey = draft.playbook.journeys.get(run.journey)
        if journey is not None and journey.exit_if is not None:
            scope = draft.scope(entry=run.entry)
            if holds(journey.exit_if, scope):
                if draft.explaining:
                    draft.note(f"{run.journey}: it ends, since {describe(journey.exit_if, scope)}")
                _end(draft, run, draft.clock, EXIT_CONDITION)


def continue_due(draft: Draft) -> None:
    """Let every run whose wait is over go on, the higher priority first, then by journey and run."""
    due = [run for run in draft.live_runs() if run.wait_until is not None and run.wait_until <= draft.clock]
    for run in sorted(due, key=lambda run: (-_priority(draft, run), run.wait_until or 0, run.journey, run.id)):
        journey = draft.playbook.journeys.get(run.journey)
        placed = journey.program.get(run.position) if journey else None
        if run.id in draft.runs and draft.runs[run.id].is_live:
            if journey is None or placed is None or run.wait_until is None:
                _end(draft, run, draft.clock, JOURNEY_CHANGED)
            else:
                _advance(draft, journey, run, placed.follows, run.wait_until)


def next_due(draft: Draft) -> Instant | None:
    """The next instant at which time alone changes a run."""
    due: list[Instant] = []
    for run in draft.live_runs():
        if run.wait_until is not None:
            due.append(run.wait_until)
        journey = draft.playbook.journeys.get(run.journey)
        if journey is not None and journey.exit_if is not None:
            flips_at = judge(journey.exit_if, draft.scope(entry=run.entry)).flips_at
            if flips_at is not None:
                due.append(flips_at)
    return min(due, default=None)


def _priority(draft: Draft, run: Run) -> int:
    journey = draft.playbook.journeys.get(run.journey)
    return journey.priority if journey else 0


def _key_of(journey: Journey, draft: Draft, event: Event) -> Any:
    """The run's key as JSON text, ``None`` for a journey without one, ``_NO_KEY`` where the event has none."""
    if journey.key is None:
        return None
    value = journey.key.value(draft.scope(event))
    if is_number(value):
        text = json.dumps(int(value) if value == int(value) else value)
    elif isinstance(value, str | bool) and value != "":
        text = json.dumps(value, ensure_ascii=False)
    else:
        return _NO_KEY
    return text if len(text) <= MAX_KEY else "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _live_run(draft: Draft, journey: Journey, key: Any) -> Run | None:
    return next((run for run in draft.live_runs() if run.journey == journey.name and run.key == key), None)


def _reason_to_skip(draft: Draft, journey: Journey, key: Any, event: Event) -> str | None:
    if event.is_late:
        return "late"
    if key is _NO_KEY:
        return "no_key"
    if draft.exits.get((journey.name, key), event.at - 1) >= event.at:
        return EXIT_EVENT
    if _live_run(draft, journey, key) is not None:
        return "running"
    ended = [run.ended_at for run in draft.runs.values() if run.journey == journey.name and run.key == key]
    latest = max((at for at in ended if at is not None), default=None)
    if latest is not None and (journey.reenter_after is None or event.at < latest + journey.reenter_after):
        return "reenter"
    scope = draft.scope(event)
    if not holds(journey.enter_if, scope):
        if draft.explaining:
            draft.note(f"{journey.name}: not entered, since {describe(journey.enter_if, scope)}")
        return "condition"
    if sum(1 for _ in draft.live_runs()) >= MAX_LIVE_RUNS:
        return "too_many_runs"
    return None


def _enter(draft: Draft, journey: Journey, key: str | None, event: Event) -> None:
    for run in [run for run in draft.runs.values() if run.journey == journey.name and run.key == key]:
        # An ended one. Re-entry counts from this run's end from now on; but one that was ended from outside is still
        # what stops its messages that wait to be sent.
        if not run.is_exited:
            del draft.runs[run.id]
    identity = "\0".join((draft.profile_id, journey.name, key or "", event.id))
    run = Run(
        id=hashlib.blake2b(identity.encode("utf-8", "surrogatepass"), digest_size=10).hexdigest(),
        journey=journey.name,
        key=key,
        version=journey.version,
        entered_at=event.at,
        entry=_entry_of(journey, event),
        position=journey.start,
    )
    draft.runs[run.id] = run
    draft.tell("journey_entered", journey=journey.name, run=run.id, key=key, variant=None)
    draft.announce(SystemEvent.JOURNEY_ENTERED, run.id, journey=journey.name, run=run.id)
    _advance(draft, journey, run, journey.start, event.at)


def _entry_of(journey: Journey, event: Event) -> dict[str, Any]:
    """What later steps and templates read of the entry event, and nothing else: the profile's size is a budget."""
    entry: dict[str, Any] = {"event": event.name, "timestamp": format_instant(event.at)}
    for root in ("properties", "context"):
        source = getattr(event, root)
        entry[root] = {name: source[name] for name in sorted(source) if (root, name) in journey.entry_fields}
    return entry


def _advance(draft: Draft, journey: Journey, run: Run, position: str, reached_at: Instant) -> None:
    """Take the run from ``position``, reached at ``reached_at``, to its next wait or its end."""
    draft.changed = True
    while position != END:
        placed = journey.program.get(position)
        if placed is None:
            _end(draft, run, draft.clock, JOURNEY_CHANGED)
            return
        match placed.step:
            case Wait(duration):
                reached_at += duration
                if reached_at > draft.clock:
                    draft.runs[run.id] = replace(run, position=position, wait_until=reached_at)
                    return
                position = placed.follows
            case Send():
                reached_at = max(reached_at, draft.clock)
                _send(draft, journey, run, position, placed.step)
                position = placed.follows
            case Branch(condition, then, otherwise):
                scope = draft.scope(entry=run.entry)
                position = then if holds(condition, scope) else otherwise
                if draft.explaining:
                    draft.note(f"{journey.name}: step {position or 'end'} is next, since {describe(condition, scope)}")
            case Exit(reason):
                _end(draft, run, reached_at, reason)
                return
    _end(draft, run, reached_at, COMPLETED)


def _end(draft: Draft, run: Run, at: Instant, reason: str) -> None:
    draft.changed = True
    draft.runs[run.id] = replace(run, wait_until=None, ended_at=at, ended_reason=reason, entry={})
    draft.tell("journey_exited", journey=run.journey, run=run.id, reason=reason)
    name = SystemEvent.JOURNEY_COMPLETED if reason == COMPLETED else SystemEvent.JOURNEY_EXITED
    draft.announce(name, run.id, journey=run.journey, run=run.id, reason=reason)


# --- sending ---------------------------------------------------------------------------------------------------------


def _send(draft: Draft, journey: Journey, run: Run, position: str, step: Send) -> None:
    """Order the message on the channels that may be used, or say why it is dropped."""
    person = draft.person()
    verdicts = {channel: _reason_to_drop(draft, person, journey, channel) for channel in step.channels}
    if draft.explaining:
        for channel, reason in verdicts.items():
            draft.note(f"{journey.name}: {step.message} by {channel}: {reason or 'allowed'}")
    channels = tuple(channel for channel, reason in verdicts.items() if reason is None)
    common = {"journey": journey.name, "run": run.id, "message": step.message}
    if not channels:
        reasons = [reason for reason in _MOST_TELLING if reason in verdicts.values()]
        draft.tell("dropped", **common, channel=None, reason=reasons[0].value)
        return
    draft.tell("send", **common, step=position, channel=channels[0].value)
    draft.touch(Touch(channels[0], journey.purpose.value, draft.clock, step.message))
    draft.order(
        Message(
            id=hashlib.blake2b(f"{run.id}\0{position}".encode(), digest_size=16).hexdigest(),
            profile_id=draft.profile_id,
            journey=journey.name,
            run_id=run.id,
            step=position,
            name=step.message,
            purpose=journey.purpose,
            topic=journey.topic,
            channels=channels,
            decided_at=draft.clock,
            entry=run.entry,
        )
    )


_MOST_TELLING: Final = (DropReason.NO_CONSENT, DropReason.SUPPRESSED, DropReason.NO_ADDRESS)
"""Of the reasons why each channel cannot be used, the one that says most about the person's will."""


def _reason_to_drop(draft: Draft, person: Profile, journey: Journey, channel: Channel) -> DropReason | None:
    if not person.addresses(channel):
        return DropReason.SUPPRESSED if person.known_addresses(channel) else DropReason.NO_ADDRESS
    if journey.purpose is Purpose.MARKETING and not may_write(draft, channel, journey.topic):
        return DropReason.NO_CONSENT
    return None


def may_write(draft: Draft, channel: Channel, topic: str | None) -> bool:
    """The person's latest statement, or the topic's default."""
    statement = applicable(draft.consent, channel.value, topic or "")
    if statement is not None:
        return statement.subscribed
    known = draft.playbook.topics.get(topic or "")
    return known is not None and known.default
