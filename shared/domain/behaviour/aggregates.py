"""What a person did, as little of it as the playbook's conditions need: the latest instants and amounts.

"At least k times within D" is known for ever from the k latest instants, and an amount for ever from the running
total, so neither a profile's size nor an event's cost grows with a person's history. Which to keep is derived from
the playbook.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Context, Decimal
from typing import Any, Final, Self, TypeAlias

from shared.domain.conditions.operators import decimal_of
from shared.domain.conditions.paths import Path, Readable
from shared.domain.timing import Duration, Instant

MAX_AMOUNTS: Final = 256
"""How many instants' amounts of one sum are kept exactly; what is older is one amount more."""

DIGESTS: Final = 1
"""Counts the ways in which ids were made: what was kept under an id of another way is not found again."""

NOTHING_YET: Final = Decimal(0)

_EXACT: Final = Context(prec=400)
"""Holds the sum of any numbers that an event may bring, from 1e-147 to 1e125, without rounding."""

Amounts: TypeAlias = tuple[tuple[Instant, Decimal], ...]
"""What was summed up at which instant, newest first, each instant once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate:
    """The latest instants at which one of ``events`` happened and ``where`` held of it.

    Attributes:
        id: what it is kept under: a digest of events and condition, so that equal ones share it.
        where: a ``Condition`` on the event alone (``object`` here, since conditions are built on this module).
        keep: how many instants are enough.
        within: how long an instant can matter; ``None``: for ever.
    """

    id: str
    events: frozenset[str]
    where: object
    keep: int
    within: Duration | None

    def together_with(self, other: "Aggregate | Total") -> "Aggregate":
        """What both need, who have one id."""
        keep = max(self.keep, other.keep) if isinstance(other, Aggregate) else self.keep
        return replace(self, keep=keep, within=_longer(self.within, other.within))


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """What the latest of ``events`` of which ``where`` held brought at the path ``of``.

    Attributes:
        id, where: as an ``Aggregate``'s.
        within: how long an amount can matter; ``None``: for ever, so that one running total is enough.
    """

    id: str
    events: frozenset[str]
    where: object
    of: Path
    within: Duration | None

    def together_with(self, other: Aggregate | Self) -> "Total":
        """What both need, who have one id."""
        return replace(self, within=_longer(self.within, other.within))

    def amount(self, readable: Readable) -> Decimal:
        """The sum of the numbers that the path leads to; what is no number does not count."""
        amount = NOTHING_YET
        for value in self.of.values(readable):
            amount = _EXACT.add(amount, decimal_of(value) or NOTHING_YET)
        return amount


@dataclass(slots=True)
class Aggregates:
    """The aggregates and totals that a playbook's conditions need; equal ones are one, with the largest need."""

    by_id: dict[str, Aggregate] = field(default_factory=dict)
    totals: dict[str, Total] = field(default_factory=dict)

    def need(
        self, events: tuple[str, ...], plain_where: Any, where: object, *, keep: int, within: Duration | None
    ) -> Aggregate:
        digest = _digest([sorted(set(events)), plain_where])
        needed = Aggregate(id=digest, events=frozenset(events), where=where, keep=keep, within=within)
        known = self.by_id.get(digest)
        self.by_id[digest] = needed if known is None else known.together_with(needed)
        return self.by_id[digest]

    def need_total(
        self, events: tuple[str, ...], plain_where: Any, where: object, *, of: Path, within: Duration | None
    ) -> Total:
        """A running total of all time and the amounts of a window are kept apart; of windows, the longest is kept."""
        digest = _digest([sorted(set(events)), plain_where, str(of), within is not None])
        needed = Total(id=digest, events=frozenset(events), where=where, of=of, within=within)
        known = self.totals.get(digest)
        self.totals[digest] = needed if known is None else known.together_with(needed)
        return self.totals[digest]

    def by_event(self) -> Mapping[str, tuple[Aggregate | Total, ...]]:
        """For each event name, the aggregates and totals that it may concern."""
        index: dict[str, list[Aggregate | Total]] = {}
        every: list[Aggregate | Total] = [*self.by_id.values(), *self.totals.values()]
        for needed in every:
            for name in sorted(needed.events):
                index.setdefault(name, []).append(needed)
        return {name: tuple(found) for name, found in index.items()}


def _longer(one: Duration | None, other: Duration | None) -> Duration | None:
    return None if one is None or other is None else max(one, other)


def observe(latest: tuple[Instant, ...], at: Instant, aggregate: Aggregate, now: Instant) -> tuple[Instant, ...]:
    """The kept instants, newest first, with one more: the same whatever the order of arrival."""
    kept = sorted((*latest, at), reverse=True)[: aggregate.keep]
    if aggregate.within is not None:
        kept = [instant for instant in kept if instant > now - aggregate.within]
    return tuple(kept)


def add(kept: Amounts, at: Instant, amount: Decimal, total: Total, now: Instant) -> Amounts:
    """The kept amounts with one more: the same whatever the order of arrival, as long as none needs merging.

    Beyond ``MAX_AMOUNTS`` instants the oldest are merged into one, dated at the newest of them.
    """
    amounts = dict(kept)
    amounts[at] = _EXACT.add(amounts.get(at, NOTHING_YET), amount).normalize(_EXACT)
    entries = sorted(amounts.items(), reverse=True)
    if total.within is not None:
        entries = [entry for entry in entries if entry[0] > now - total.within]
    exact = MAX_AMOUNTS if total.within is not None else sum(at > now for at, _ in entries[:MAX_AMOUNTS])
    surplus = entries[exact:]
    if len(surplus) > 1:
        merged = NOTHING_YET
        for _, older in surplus:
            merged = _EXACT.add(merged, older)
        entries[exact:] = [(surplus[0][0], merged.normalize(_EXACT))]
    return tuple(entries)


def course(amounts: Amounts, within: Duration | None, now: Instant) -> Iterator[tuple[Instant, Decimal]]:
    """The sum of the window that ends now, and then of each later instant at which time alone changes it."""
    changes: dict[Instant, Decimal] = {}
    total = NOTHING_YET
    for at, amount in amounts:
        if within is not None and at <= now - within:
            break
        if at <= now:
            total = _EXACT.add(total, amount)
        else:
            changes[at] = _EXACT.add(changes.get(at, NOTHING_YET), amount)
        if within is not None:
            changes[at + within] = _EXACT.subtract(changes.get(at + within, NOTHING_YET), amount)
    yield now, total
    for at in sorted(changes):
        total = _EXACT.add(total, changes[at])
        yield at, total


def _digest(needed: list[Any]) -> str:
    text = json.dumps(needed, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()
