"""Messages stand in line: of all that are due at one instant, what counts most is decided first."""

from collections.abc import Callable, Iterator
from functools import partial
from operator import itemgetter
from typing import Final, TypeAlias

from shared.domain.conditions.trees import holds
from shared.domain.draft import Draft
from shared.domain.journeys import fallbacks
from shared.domain.journeys.program import Journey, Placed, Send
from shared.domain.journeys.runs import go_on, is_in_line
from shared.domain.journeys.sending import send
from shared.domain.ledger import DropReason
from shared.domain.profiles import Fallback, Run
from shared.domain.records import changed
from shared.domain.timing import Instant

SILENCE: Final = "silence"
FAILURE: Final = "failure"
"""It never arrived, which its provider told only later."""

Turn: TypeAlias = tuple[tuple[int, Instant, str, str], Callable[[], None]]
"""By priority, since when it was due, journey; and what is to be done."""


def send_next(draft: Draft) -> bool:
    """Decide the most important of the messages that are due; False: none is."""
    turns = [*_of_runs(draft), *_of_fallbacks(draft)]
    if not turns:
        return False
    draft.changed = True
    _, take_turn = min(turns, key=itemgetter(0))
    take_turn()
    return True


def _of_runs(draft: Draft) -> Iterator[Turn]:
    for run in draft.live_runs():
        if run.wait_until is None or run.wait_until > draft.clock or not is_in_line(draft, run):
            continue
        journey = draft.playbook.journey_of(run)
        placed = journey.program.get(run.position) if journey else None
        if journey is not None and placed is not None and isinstance(placed.step, Send):
            order = (-journey.priority, run.held_since or draft.clock, journey.name, run.id)
            yield order, partial(_send, draft, run, journey, placed, placed.step)


def _send(draft: Draft, run: Run, journey: Journey, placed: Placed, step: Send) -> None:
    draft.in_line.discard(run.id)
    held = send(draft, journey, run, run.position, step)
    if held:
        since = draft.clock if run.held_since is None else run.held_since
        draft.runs[run.id] = changed(run, wait_until=min(held.values()), held_since=since, held=held)
    else:
        gone = run if run.held_since is None else changed(run, held_since=None, held={})
        go_on(draft, journey, gone, placed.follows, draft.clock)


def _of_fallbacks(draft: Draft) -> Iterator[Turn]:
    for id_, one in draft.fallbacks.items():
        if one.due_at is not None and one.due_at <= draft.clock:
            journey = draft.playbook.journey_of(one)
            priority = 0 if journey is None else journey.priority
            order = (-priority, one.held_since or one.due_at, one.journey, id_)
            yield order, partial(_fall_back, draft, id_, one, journey)


def _fall_back(draft: Draft, id_: str, fallback: Fallback, journey: Journey | None) -> None:
    """Send on a channel on which the message did not go yet what was not answered, or did not arrive."""
    step = fallbacks.step_of(draft, fallback)
    if journey is None or step is None:
        fallbacks.call_off(draft, id_, DropReason.NO_CONTENT, "the playbook no longer has the step")
        return
    left = fallbacks.untried(step, fallback)
    if not left:  # the message lost its content there since
        fallbacks.call_off(draft, id_, DropReason.NO_CONTENT, fallbacks.NONE_LEFT)
        return
    scope = draft.scope(entry=fallback.entry)
    if journey.exit_if is not None and holds(journey.exit_if, scope):
        fallbacks.call_off(draft, id_, DropReason.RUN_ENDED, "what ends the journey holds")
        return
    del draft.fallbacks[id_]
    if fallback.held_since is None:
        draft.tell(
            "fell_back",
            journey=fallback.journey,
            run=fallback.run_id,
            message=fallback.message,
            channel=fallback.tried[-1].value,
            reason=FAILURE if fallback.is_failed else SILENCE,
        )
    rest = changed(step, channels=left)
    held = send(draft, journey, _run_of(fallback), fallback.position, rest, instead=(id_, fallback))
    if held:
        since = draft.clock if fallback.held_since is None else fallback.held_since
        draft.fallbacks[id_] = changed(fallback, due_at=min(held.values()), held_since=since, held=held)


def _run_of(fallback: Fallback) -> Run:
    """The run as its message knows it: it may be over, and forgotten."""
    return Run(
        id=fallback.run_id,
        journey=fallback.journey,
        key=fallback.key,
        version=fallback.version,
        entered_at=fallback.entered_at,
        entry=fallback.entry,
        position=fallback.position,
        held_since=fallback.held_since,
        held=fallback.held,
    )
