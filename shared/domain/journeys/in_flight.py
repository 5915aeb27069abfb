"""People in flight when their journey changes: where it says so, they move on to its new version.

Who cannot be moved for sure finishes on the version that they entered.
"""

from shared.domain.draft import Draft
from shared.domain.journeys.program import Await, Journey, Wait
from shared.domain.journeys.versions import place_in
from shared.domain.profiles import Run
from shared.domain.records import changed
from shared.domain.timing import Instant


def move(draft: Draft, at: Instant) -> None:
    """Move the live runs whose journeys ask for it to their new versions: ``at`` is the first that is heard since."""
    for run in list(draft.live_runs()):
        journey = draft.playbook.journeys.get(run.journey)
        if journey is not None and journey.migrates and run.version != journey.version:
            _move(draft, run, journey, at)


def _move(draft: Draft, run: Run, journey: Journey, at: Instant) -> None:
    former = draft.playbook.former.get((run.journey, run.version))
    position = None if former is None else place_in(former, journey, run.position)
    if former is None or position is None or _would_send_twice(run, former, journey, position):
        if draft.explaining:
            draft.note(run.journey, "has changed, and nobody can tell where the run would stand now: it stays")
        return
    if draft.explaining:
        draft.note(run.journey, f"has changed, and the run moves to its step {position}")
    before, after = former.program[run.position].step, journey.program[position].step
    wait_until = run.wait_until
    if wait_until is not None and isinstance(before, Wait | Await) and isinstance(after, Wait | Await):
        # It waits for as long as the step says now; where that is over, it goes on now, not in the past.
        wait_until = max(wait_until + after.duration - before.duration, min(wait_until, at))
    goal_until = run.goal_until
    if former.goal != journey.goal and (former.goal is None or goal_until is not None):
        goal_until = run.entered_at + journey.goal.within if journey.goal else None
    draft.runs[run.id] = changed(
        run, version=journey.version, position=position, wait_until=wait_until, goal_until=goal_until
    )
    draft.changed = True


def _would_send_twice(run: Run, former: Journey, journey: Journey, position: str) -> bool:
    """Whether policy holds the message on some of its channels, and another step would not know of the others."""
    return bool(run.held) and journey.program[position].step != former.program[run.position].step
