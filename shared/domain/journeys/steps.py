"""What single steps do: which way a branch or a split takes, and what ``set`` and ``emit`` change and tell."""

import hashlib
from collections.abc import Mapping
from datetime import date, time
from itertools import accumulate
from typing import Any, Final
from zoneinfo import ZoneInfo

from shared.domain import membership
from shared.domain.conditions.operators import instant_of
from shared.domain.conditions.paths import MISSING, Path
from shared.domain.conditions.trees import Scope, holds
from shared.domain.draft import Draft
from shared.domain.events import Trust
from shared.domain.journeys.program import (
    Await,
    Branch,
    Emit,
    Journey,
    Placed,
    SetTraits,
    Split,
    Wait,
    WaitDate,
    Waiting,
    WaitUntil,
)
from shared.domain.locales.local_time import local_instant, next_local, zone_of
from shared.domain.profiles import Run
from shared.domain.timing import LAST_INSTANT, Instant
from shared.domain.traits import take_traits

HOLDOUT_PARTS: Final = 100_000
"""How finely a holdout's share is told: thousandths of a percent."""


def draw(total: int, *words: str) -> int:
    """A number from 0 to below ``total`` that depends on nothing but the words, and evenly so."""
    text = "\0".join(words)
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") * total >> 64


def is_held_out(draft: Draft, journey: Journey) -> bool:
    """Whether this person is among those who are measured and sent nothing; independent of every split."""
    return (
        journey.holdout > 0
        and draw(HOLDOUT_PARTS, draft.profile_id, journey.name, "holdout") < journey.holdout * HOLDOUT_PARTS
    )


def over_at(draft: Draft, run: Run, step: Waiting, reached_at: Instant) -> Instant:
    """When the waiting is over, which began at ``reached_at``; never before that."""
    match step:
        case Wait() | Await():
            return reached_at + step.duration
        case WaitUntil(at, weekdays):
            return next_local(reached_at, at, _zone(draft), weekdays)
        case WaitDate(path, offset):
            found = _instant_of(path.value(draft.scope(entry=run.entry)), _zone(draft))
            return reached_at if found is None else max(reached_at, min(found + offset, LAST_INSTANT))


def _zone(draft: Draft) -> ZoneInfo:
    return zone_of(draft.traits, draft.playbook.timezone)


def _instant_of(value: Any, zone: ZoneInfo) -> Instant | None:
    """An instant; a date is the midnight with which it begins where the person is."""
    if isinstance(value, str) and len(value) == len("2026-11-02"):
        try:
            return local_instant(date.fromisoformat(value), time(), zone)
        except (OverflowError, ValueError):  # no date, or midnight lies outside the calendar's years
            return None
    return instant_of(value)


def take(draft: Draft, journey: Journey, run: Run, position: str, placed: Placed) -> str:
    """Do the step, which takes no time; the position at which the run goes on."""
    match placed.step:
        case Branch():
            return _branch(draft, journey, run, placed.step)
        case Split():
            return _split(draft, journey, placed.step)
        case SetTraits(traits):
            # What a path does not lead to stays as it is.
            found = _resolved(draft, run, traits)
            draft.explain("sets", journey=journey.name, traits=found)
            take_traits(draft, found, draft.clock, Trust.SYSTEM)
            membership.settle(draft)
        case Emit(event, properties):
            found = _resolved(draft, run, properties)
            draft.explain("emits", journey=journey.name, name=event, properties=found)
            draft.announce(event, f"{run.id}\0{position}", found)
    return placed.follows


def _branch(draft: Draft, journey: Journey, run: Run, step: Branch) -> str:
    """The position of the first case that holds."""
    scope = draft.scope(entry=run.entry)
    for condition, position in step.cases:
        verdict = holds(condition, scope)
        if draft.explaining:
            draft.weigh(journey.name, "if", condition, scope, leads_to=position)
        if verdict:
            return position
    return step.otherwise


def _split(draft: Draft, journey: Journey, step: Split) -> str:
    """The arm that this person always takes: nothing but their id, the journey and the split's name decides."""
    drawn = draw(sum(weight for weight, _ in step.arms), draft.profile_id, journey.name, "split", step.name)
    bounds = accumulate(weight for weight, _ in step.arms)
    arm = next(position for bound, (_, position) in zip(bounds, step.arms, strict=True) if drawn < bound)
    draft.explain("draws", journey=journey.name, split=step.name, leads_to=arm)
    return arm


def _resolved(draft: Draft, run: Run, values: Mapping[str, Any]) -> dict[str, Any]:
    scope: Scope = draft.scope(entry=run.entry)
    found = {name: value.value(scope) if isinstance(value, Path) else value for name, value in values.items()}
    return {name: value for name, value in found.items() if value is not MISSING}
