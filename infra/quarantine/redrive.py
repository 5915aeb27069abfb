"""Things in quarantine go back in: what can be read now is sent, then taken away here; the rest stays, for new reasons.

Sent before it is taken away: a crash in between leaves it here, and sending it again changes nothing, since it bears
the same ids (which are known for 24 hours).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from infra.quarantine.doors import Door
from infra.quarantine.kept import Kept, Shelf
from infra.quarantine.mending import Clocks, mend


@dataclass(frozen=True, slots=True)
class Redriven:
    """How many events went back in, were refused by the door (which keeps them anew), and stay here."""

    sent: int
    refused: int
    left: int


def redrive(shelf: Shelf, doors: Mapping[str, Door], kept: Kept, clocks: Clocks, corrected: Any = None) -> Redriven:
    """``corrected`` takes the place of what came. ``doors`` are named ``http`` and ``bus``."""
    kept = kept if corrected is None else replace(kept, raw=corrected)
    mended = mend(kept, clocks)
    refused = doors[way_of(kept)].send(kept, mended.ready) if mended.ready else 0
    if mended.faults:
        shelf.put_back(kept, mended.left, mended.faults)
    else:
        shelf.remove(kept)
    return Redriven(len(mended.ready) - refused, refused, events_in(mended.left) if mended.faults else 0)


def way_of(kept: Kept) -> str:
    return kept.source.partition(":")[0]


def events_in(raw: Any) -> int:
    batch = raw.get("batch") if isinstance(raw, dict) else None
    return len(batch) if isinstance(batch, list) else 1
