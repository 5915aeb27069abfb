"""Aggregates counted again from the timeline, for people who did something before it was counted.

The timeline is read from its latest page back, and no further than what is needed can still change. The outcome
is what counting from the beginning would have kept, since neither aggregates nor totals depend on the order of arrival.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from shared.domain.behaviour.aggregates import Aggregate, Amounts, Total, add, observe
from shared.domain.behaviour.counting import Counting
from shared.domain.conditions.trees import Condition, Scope, holds
from shared.domain.draft import is_known
from shared.domain.events import REMEMBERED_FOR, Event
from shared.domain.normalise.properties import in_one_form
from shared.domain.own_events import DECIDED
from shared.domain.profiles import MAX_RECENT_EVENTS, Profile
from shared.domain.records import changed
from shared.domain.timing import Instant


class Recount:
    """What some aggregates and totals come to as of ``now``; ``add`` takes each event once, in any order."""

    def __init__(self, needed: Iterable[Aggregate | Total], now: Instant) -> None:
        self.needed = tuple(needed)
        self.now = now
        self.aggregates: dict[str, tuple[Instant, ...]] = {}
        self.sums: dict[str, Amounts] = {}
        self._by_event: dict[str, list[Aggregate | Total]] = {}
        for each in self.needed:
            for name in each.events:
                self._by_event.setdefault(name, []).append(each)

    def concerns(self, event_name: str) -> bool:
        return event_name in self._by_event

    def add(self, event: Event) -> None:
        scope = Scope(self.now, event=in_one_form(event))
        for each in self._by_event.get(event.name, ()):
            where: Condition = each.where  # type: ignore[assignment]  # behaviour knows conditions only as objects
            if not holds(where, scope):
                continue
            if isinstance(each, Aggregate):
                self.aggregates[each.id] = observe(self.aggregates.get(each.id, ()), event.at, each, self.now)
            elif amount := each.amount(scope):
                self.sums[each.id] = add(self.sums.get(each.id, ()), event.at, amount, each, self.now)

    def asks_for(self, latest: Instant) -> bool:
        """Whether an event no later than ``latest`` could still change anything."""
        return any(self._asks_for(each, latest) for each in self.needed)

    def _asks_for(self, each: Aggregate | Total, latest: Instant) -> bool:
        if each.within is not None and latest <= self.now - each.within:
            return False
        if isinstance(each, Total):
            return True
        kept = self.aggregates.get(each.id, ())
        return len(kept) < each.keep or (each.keep > 0 and kept[-1] < latest)


def is_folded(event: Event, profile: Profile) -> bool:
    """Whether an event of the timeline is one that the profile has counted, or will count when it comes (again).

    Its page is written before the profile. Of events more than 24 hours old, or older than the 256 that a profile
    remembers, all were folded.
    """
    if event.received_at > profile.decided_at:
        return False
    if event.source == DECIDED or event.received_at < profile.decided_at - REMEMBERED_FOR:
        return True
    recent = profile.recent_events
    if len(recent) >= MAX_RECENT_EVENTS and event.received_at <= min(recent.values()):
        return True
    return is_known(recent, event, event.received_at)


def filled(profile: Profile, recount: Recount, counting: Counting, reach: Instant) -> Profile:
    """The profile with what was recounted, whole for this generation; what nobody needs any more is left out.

    ``reach``: what arrived before is no longer on the timeline. Of that, what the profile holds is all there is.
    """
    # A live run may be on a version of its journey that asks for what nobody counts any more.
    is_in_flight = any(run.is_live for run in profile.runs.values())
    aggregates = {id_: kept for id_, kept in profile.aggregates.items() if is_in_flight or id_ in counting.begun}
    sums = {id_: kept for id_, kept in profile.sums.items() if is_in_flight or id_ in counting.begun}
    for each in recount.needed:
        if isinstance(each, Aggregate):
            held, found = aggregates.pop(each.id, ()), recount.aggregates.get(each.id, ())
            if latest := _joined(held, found, each, recount.now):
                aggregates[each.id] = latest
        else:
            is_older = counting.begun[each.id].since < reach
            if amounts := _pieced(sums.pop(each.id, ()), recount.sums.get(each.id, ()), each, recount, reach, is_older):
                sums[each.id] = amounts
    return changed(profile, aggregates=aggregates, sums=sums, whole=counting.generation)


def _joined(
    held: tuple[Instant, ...], found: tuple[Instant, ...], aggregate: Aggregate, now: Instant
) -> tuple[Instant, ...]:
    """The latest of both, each instant as often as either knows of it: neither knows of one that was not."""
    latest: tuple[Instant, ...] = ()
    for at, often in (Counter(held) | Counter(found)).items():
        for _ in range(often):
            latest = observe(latest, at, aggregate, now)
    return latest


def _pieced(held: Amounts, found: Amounts, total: Total, recount: Recount, reach: Instant, is_older: bool) -> Amounts:
    """What happened within reach as it was recounted, and of earlier what was held: both may know of the same.

    A running total cannot be parted: the one that was begun earlier, ``is_older`` than the timeline or not, is kept.
    """
    if total.within is None:
        return held if held and is_older else found
    known: Mapping[Instant, object] = {at: None for at, _ in held if at < reach}
    pieces = [*(entry for entry in held if entry[0] < reach)]
    pieces += [entry for entry in found if entry[0] not in known]
    amounts: Amounts = ()
    for at, amount in pieces:
        amounts = add(amounts, at, amount, total, recount.now)
    return amounts
