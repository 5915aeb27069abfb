"""What a person did, as little of it as the playbook's conditions need: the latest instants of matching events.

"At least k times within D" is known for ever from the k latest instants, so neither a profile's size nor an
event's cost grows with a person's history. Which to keep is derived from the playbook.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from shared.domain.timing import Duration, Instant


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


@dataclass(slots=True)
class Aggregates:
    """The aggregates that a playbook's conditions need; equal ones are one, with the largest need."""

    by_id: dict[str, Aggregate] = field(default_factory=dict)

    def need(
        self, events: tuple[str, ...], plain_where: Any, where: object, *, keep: int, within: Duration | None
    ) -> Aggregate:
        text = json.dumps([sorted(set(events)), plain_where], sort_keys=True, separators=(",", ":"), default=str)
        digest = hashlib.blake2b(text.encode(), digest_size=6).hexdigest()
        known = self.by_id.get(digest)
        if known is None:
            known = Aggregate(id=digest, events=frozenset(events), where=where, keep=keep, within=within)
        else:
            longest = None if known.within is None or within is None else max(known.within, within)
            known = replace(known, keep=max(known.keep, keep), within=longest)
        self.by_id[digest] = known
        return known

    def by_event(self) -> Mapping[str, tuple[Aggregate, ...]]:
        """For each event name, the aggregates that it may concern."""
        index: dict[str, list[Aggregate]] = {}
        for aggregate in self.by_id.values():
            for name in sorted(aggregate.events):
                index.setdefault(name, []).append(aggregate)
        return {name: tuple(found) for name, found in index.items()}


def observe(latest: tuple[Instant, ...], at: Instant, aggregate: Aggregate, now: Instant) -> tuple[Instant, ...]:
    """The kept instants, newest first, with one more: the same whatever the order of arrival."""
    kept = sorted((*latest, at), reverse=True)[: aggregate.keep]
    if aggregate.within is not None:
        kept = [instant for instant in kept if instant > now - aggregate.within]
    return tuple(kept)
