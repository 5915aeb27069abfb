"""How many events of a sender had a flaw; and the sums of such counts."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from shared.domain.intake.flaws import Flaw
from shared.domain.timing import Instant

MAX_PLACES: Final = 8
"""Examples of where a flaw was, of one sender and kind."""


class Tally(NamedTuple):
    """How many events of a sender had a flaw; with ``None`` for it, how many there were. ``places`` are examples."""

    source: str
    flaw: Flaw | None
    events: int
    places: Sequence[str]
    first_at: Instant
    last_at: Instant


def summed_up(tallies: Iterable[Tally]) -> list[Tally]:
    """Each sender and kind once."""
    sums: dict[tuple[str, Flaw | None], Tally] = {}
    for one in tallies:
        known = sums.get((one.source, one.flaw))
        sums[one.source, one.flaw] = one if known is None else _together(known, one)
    return list(sums.values())


def _together(one: Tally, other: Tally) -> Tally:
    return Tally(
        one.source,
        one.flaw,
        one.events + other.events,
        tuple(sorted({*one.places, *other.places})[:MAX_PLACES]),
        min(one.first_at, other.first_at),
        max(one.last_at, other.last_at),
    )
