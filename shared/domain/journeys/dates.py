"""Entry by date: when a journey is due that people enter on a date of theirs, and that it begins once for each.

An occurrence is known by its day, not by its instant: who flies west on their birthday has no second one. The next
instant of each journey is kept in the profile and reckoned anew only when a trait that it goes by changes, when it
has come, or when the playbook's dates have changed; so events that do not concern it cost nothing.
"""

from collections.abc import Iterator
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from shared.domain.draft import Draft
from shared.domain.events import LATE_AFTER, Event, EventType, Trust
from shared.domain.journeys.beginnings import begin
from shared.domain.journeys.entries import take_first_steps
from shared.domain.journeys.occurrences import Occurrence, day_of, next_occurrence
from shared.domain.journeys.program import DateEntry, Journey
from shared.domain.locales.local_time import ZONE_TRAITS, zone_of
from shared.domain.profiles import MAX_REACHED_DAYS, Dated
from shared.domain.timing import Instant, format_instant

DATE_REACHED: Final = "Date Reached"
"""What a run that a date began reads as ``entry.event``; no event of that name goes on the person's stream."""


def keep_up(draft: Draft, arrival: Instant) -> None:
    """Where the playbook's dates have changed since the last decision, reckon the person's anew.

    What is due as it was before stays so, also if its wake-up is late; what is new or moved counts from now on.
    """
    if draft.playbook.dates_version == draft.dates_version:
        return
    draft.dates_version = draft.playbook.dates_version
    held, draft.dates = draft.dates, {}
    for journey in _concerned(draft):
        known = held.get(journey.name, _NEVER)
        promised = _next(draft, journey, draft.clock, known.reached)
        is_kept = promised is not None and promised.at == known.next_at
        _reckon(draft, journey, draft.clock if is_kept else arrival, known.reached)
    draft.changed = draft.changed or draft.dates != held


def next_due(draft: Draft) -> Instant | None:
    """The next instant at which a date of the person's begins a run."""
    if draft.moved_dates:
        _reckon_moved(draft)
    if not draft.dates:
        return None
    return min((dated.next_at for dated in draft.dates.values() if dated.next_at is not None), default=None)


def due(draft: Draft) -> list[tuple[Journey, Instant]]:
    """The journeys whose date has come, and when."""
    return [
        (draft.playbook.journeys[name], dated.next_at)
        for name, dated in draft.dates.items()
        if dated.next_at is not None and dated.next_at <= draft.clock
    ]


def enter_by_date(draft: Draft, journey: Journey) -> None:
    """Start the run of the occurrence that has come, unless what came before at this instant has moved it."""
    dated = draft.dates[journey.name]
    if journey.name in draft.moved_dates or dated.next_at is None:
        return
    found = _next(draft, journey, dated.next_at, dated.reached)
    if found is None or found.at > draft.clock:
        # Nothing of the person's moved it: it is the rules of their time zone that have changed since.
        _reckon(draft, journey, draft.clock - LATE_AFTER, dated.reached)
        return
    _reckon(draft, journey, draft.clock, (*dated.reached, found.day)[-MAX_REACHED_DAYS:])
    trait = str(_rule(journey).trait)
    if draft.explaining:
        draft.note(journey.name, f"the date has come: {trait}, {found.day.isoformat()}")
    entry = Event(
        id=f"date\0{found.day.isoformat()}",
        type=EventType.TRACK,
        name=DATE_REACHED,
        at=found.at,
        received_at=found.at,
        profile_id=draft.profile_id,
        properties={"trait": trait, "date": found.day.isoformat()},
        trust=Trust.SYSTEM,
        source="decide",
    )
    if begin(draft, journey, entry, found.at):
        take_first_steps(draft)


_NEVER: Final = Dated(None)


def _concerned(draft: Draft) -> Iterator[Journey]:
    """The journeys by date whose trait the person has."""
    return (journey for trait in draft.traits for journey in draft.playbook.dates.get(trait, ()))


def _reckon_moved(draft: Draft) -> None:
    moved, draft.moved_dates = draft.moved_dates, set()
    for name in sorted(moved):
        journey = draft.playbook.journeys[name]
        before = draft.dates.get(name, _NEVER)
        _reckon(draft, journey, _in_place_since(draft, journey), before.reached)
        draft.changed = draft.changed or draft.dates.get(name, _NEVER) != before


def _in_place_since(draft: Draft, journey: Journey) -> Instant:
    """Since when the traits are as they are, by the events that said so: an instant after that counts, past or not.

    But nothing begins for what came more than 24 hours late.
    """
    names = (_rule(journey).trait.parts[0], *ZONE_TRAITS)
    since = max((draft.trait_times[name] for name in names if name in draft.trait_times), default=draft.clock)
    return since if draft.clock - LATE_AFTER <= since <= draft.clock else draft.clock


def _reckon(draft: Draft, journey: Journey, since: Instant, reached: tuple[date, ...]) -> None:
    """Keep the journey's next instant, from ``since`` on; nothing where there is none and never was."""
    found = _next(draft, journey, since, reached)
    if draft.explaining:
        _explain(draft, journey, found)
    if found is None and not reached:
        draft.dates.pop(journey.name, None)
    else:
        draft.dates[journey.name] = Dated(found.at if found else None, reached)


def _explain(draft: Draft, journey: Journey, found: Occurrence | None) -> None:
    trait = _rule(journey).trait
    value = trait.value(draft.scope())
    if found is not None:
        said = f"it may begin at {format_instant(found.at)}, for {found.day.isoformat()}"
    elif day_of(value, _zone(draft)) is None:
        said = "that is no date, so it begins at none"
    else:
        said = "what it would begin at is past"
    draft.note(journey.name, f"{trait} ({value}): {said}")


def _zone(draft: Draft) -> ZoneInfo:
    return zone_of(draft.traits, draft.playbook.timezone)


def _rule(journey: Journey) -> DateEntry:
    if journey.enter_date is None:
        raise TypeError(f"nobody enters {journey.name} by date")
    return journey.enter_date


def _next(draft: Draft, journey: Journey, since: Instant, reached: tuple[date, ...]) -> Occurrence | None:
    rule, zone = _rule(journey), _zone(draft)
    day = day_of(rule.trait.value(draft.scope()), zone)
    return None if day is None else next_occurrence(rule, day, zone, since, reached)
