"""The runs of two profiles that are one person's: of each journey and key one goes on, as if it had been one always.

Of two runs the one stands that entered first, where the other would then not have begun: because it was on its way,
or by the journey's rule of re-entry. What would not have begun counts for nothing from then on.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

from shared.domain.draft import Draft
from shared.domain.events import Event
from shared.domain.journeys import fallbacks, runs
from shared.domain.journeys.beginnings import entry_size, is_in_the_way
from shared.domain.journeys.program import Journey
from shared.domain.normalise.properties import in_one_form
from shared.domain.playbook import Playbook
from shared.domain.profiles import (
    EXIT_EVENT,
    MAX_ENTRIES_SIZE,
    MAX_LIVE_RUNS,
    MERGED,
    Fallback,
    Profile,
    Run,
)
from shared.domain.records import changed
from shared.domain.timing import Duration, Instant


def is_heard_of(playbook: Playbook, event_name: str) -> bool:
    """Whether what happened to one profile may concern the runs of another that it is joined with."""
    return bool(playbook.exited_by(event_name) or playbook.aimed_at(event_name) or playbook.is_awaited(event_name))


def heard_since(playbook: Playbook, profile: Profile) -> Instant | None:
    """Since when this person's runs ask what happened to another profile that is theirs; ``None``: they do not."""
    waiting = (run for run in profile.runs.values() if run.is_live or run.goal_until is not None)
    asking: list[Run | Fallback] = [*waiting, *profile.fallbacks.values()]
    return min((run.entered_at for run in asking if _hears(playbook.journey_of(run))), default=None)


def _hears(journey: Journey | None) -> bool:
    return journey is not None and bool(journey.exit_on or journey.goal_on or journey.awaited)


def runs_of(draft: Draft) -> frozenset[str]:
    """The ids of a person's runs, and of those of which a message may yet go on another channel."""
    return frozenset(draft.runs) | {one.run_id for one in draft.fallbacks.values()}


def fold(draft: Draft, theirs: Draft) -> None:
    for id_, run in theirs.runs.items():
        held = draft.runs.get(id_)
        if held is None or held.is_live:
            draft.runs[id_] = run
    draft.fallbacks = fallbacks.latest(draft.fallbacks | theirs.fallbacks)


def hear(
    draft: Draft, whose: Collection[str], events: Sequence[Event], exits: Mapping[tuple[str, str | None], Instant]
) -> None:
    """Let these runs know what happened to the other profile: goals, what ends them, what they wait for.

    Where the events are not at hand, the exits that it remembers do for the last 24 hours.
    """
    if not whose:
        return
    for came in sorted(events, key=lambda event: (event.received_at, event.at, event.id)):
        if is_heard_of(draft.playbook, came.name):
            event = in_one_form(came)
            runs.reach_goals(draft, event, among=whose)
            runs.exit_by_event(draft, event, among=whose)
            runs.end_waiting(draft, event, among=whose)
            fallbacks.hear_of_end(draft, event, among=whose)
    for (name, key), at in sorted(exits.items(), key=lambda exit_: (exit_[1], exit_[0][0], exit_[0][1] or "")):
        for run in [*draft.live_runs()]:
            is_same = run.journey == name and run.key == key and run.id in whose
            if is_same and run.entered_at <= at and not draft.playbook.has_changed(run):
                runs.end(draft, run, at, EXIT_EVENT)
        fallbacks.hear_of_exit(draft, name, key, at, whose)


def let_one_stand(draft: Draft, ours: Collection[str]) -> None:
    """End the live runs that would not have begun, had the person been one, and forget the ended ones.

    Of those that were ended from outside the rest is kept that stops their messages on the way.
    """
    for group in _shared(draft, ours):
        journey = draft.playbook.journeys.get(group[0].journey)
        after = journey.reenter_after if journey else 0
        standing: list[Run] = []
        for run in group:
            others = (one for one in standing if (one.id in ours) != (run.id in ours))
            if not any(_stands_in_the_way(one, run, after) for one in others):
                standing.append(run)
                continue
            fallbacks.call_off_run(draft, run.id)
            if run.is_live:
                _end(draft, run)
            elif run.is_exited:
                draft.runs[run.id] = changed(run, ended_reason=MERGED, goal_until=None)
            else:
                del draft.runs[run.id]
    _make_room(draft)


def _shared(draft: Draft, ours: Collection[str]) -> Iterator[list[Run]]:
    """The runs of each journey and key that both profiles have, the first entered first."""
    groups: dict[tuple[str, str | None], list[Run]] = {}
    for run in draft.runs.values():
        if run.ended_reason != MERGED:
            groups.setdefault((run.journey, run.key), []).append(run)
    for _, group in sorted(groups.items(), key=lambda item: (item[0][0], item[0][1] or "")):
        if len({run.id in ours for run in group}) > 1:
            yield sorted(group, key=lambda run: (run.entered_at, run.id))


def _stands_in_the_way(standing: Run, run: Run, after: Duration | None) -> bool:
    return standing.is_live or is_in_the_way(standing, run.entered_at, after)


def _make_room(draft: Draft) -> None:
    """A person has as many live runs as one may: of more those that entered last would not have begun."""
    live = sorted(draft.live_runs(), key=lambda run: (run.entered_at, run.id))
    size = 0
    for number, run in enumerate(live):
        size += entry_size(run.entry)
        if number >= MAX_LIVE_RUNS or size > MAX_ENTRIES_SIZE:
            size -= entry_size(run.entry)
            _end(draft, run)


def _end(draft: Draft, run: Run) -> None:
    runs.end(draft, changed(run, goal_until=None), draft.clock, MERGED)
