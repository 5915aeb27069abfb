"""Versions of journeys: people in flight finish on the one they entered, though the playbook has another by now.

A version is the digest of a journey's content. Those that are still followed come from an archive (``ports``); where a
journey says ``in_flight: migrate``, ``place_in`` says where its people go on instead.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from shared.domain.behaviour.aggregates import Aggregate, Aggregates, Total
from shared.domain.journeys.program import Await, Journey, Placed, Resting, Send
from shared.domain.language.journey_reader import read_journey
from shared.domain.language.reading import Faults
from shared.domain.language.surroundings import Surroundings
from shared.domain.playbook import Playbook
from shared.domain.profiles import Fallback, Profile, Run
from shared.domain.records import changed

Version = tuple[str, str]
"""A journey's name and the digest of its content."""


def followed(playbook: Playbook, profile: Profile) -> frozenset[Version]:
    """The versions that the person's runs follow or may yet reach the goal of, of journeys that have changed since."""
    asking = [run for run in profile.runs.values() if run.is_live or run.may_reach_goal(profile.decided_at)]
    every: list[Run | Fallback] = [*asking, *profile.fallbacks.values()]
    return frozenset((one.journey, one.version) for one in every if playbook.has_changed(one))


def with_former(playbook: Playbook, sources: Mapping[Version, Any]) -> Playbook:
    """The playbook with earlier versions of journeys, given as their files said them, for who still follows them."""
    aggregates = Aggregates()
    around = Surroundings(topics=None, messages=playbook.messages, fallbacks=playbook.fallbacks)
    former = {
        # What it refers to may be gone by now; it was in order when it was deployed.
        (name, version): changed(read_journey(name, source, around, aggregates, Faults()), version=version)
        for (name, version), source in sources.items()
    }
    needed = {
        event_name: _together(playbook.aggregates.get(event_name, ()), of_former)
        for event_name, of_former in aggregates.by_event().items()
    }
    return replace(playbook, former=former, former_aggregates=needed)


def _together(
    now: tuple[Aggregate | Total, ...], former: tuple[Aggregate | Total, ...]
) -> tuple[Aggregate | Total, ...]:
    """Each aggregate once, with the larger need."""
    by_id = {each.id: each for each in now}
    for each in former:
        known = by_id.get(each.id)
        by_id[each.id] = each if known is None else known.together_with(each)
    return tuple(by_id.values())


def place_in(former: Journey, journey: Journey, position: str) -> str | None:
    """Where in the journey as it is now a run goes on that stands at ``position`` of an earlier version.

    At the step of the same name; one without a name at the same position, unless the very same step stands elsewhere
    now. ``None``: nobody can tell.
    """
    before = former.program.get(position)
    if before is None:
        return None
    if before.name is not None:
        position = next((at for at, placed in journey.program.items() if placed.name == before.name), "")
    after = journey.program.get(position)
    if after is None or type(after.step) is not type(before.step):
        return None
    if before.name is None and _face(after) != _face(before):
        faces = [_face(placed) for placed in journey.program.values() if isinstance(placed.step, Resting)]
        if _face(before) in faces:
            return None
    return position


def _face(placed: Placed) -> Any:
    """The step apart from where it leads, which every step that is put before it changes."""
    step = placed.step
    if isinstance(step, Await):
        return Await, step.events, step.where, step.duration
    return (Send, step.message) if isinstance(step, Send) else step
