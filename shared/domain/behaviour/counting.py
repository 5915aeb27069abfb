"""Since when each aggregate has been counted, and for whom that is all there ever was to count.

A deployed playbook that needs something new counts it from then on: of what happened before, only the timeline knows
(see ``recount``). Each such change begins a *generation*; a profile remembers the one for which it is whole. Numbers
rather than instants, so that two deployments that overlap, and clocks that differ, never make a profile seem whole.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Final, NamedTuple

from shared.domain.behaviour.aggregates import DIGESTS, Aggregate, Total
from shared.domain.playbook import Playbook
from shared.domain.profiles import Profile
from shared.domain.records import changed
from shared.domain.timing import Duration, Instant


class Need(NamedTuple):
    """How much of an aggregate (``keep`` instants) or a total (0) the playbook asks for, and of how long."""

    keep: int
    within: Duration | None

    def is_met_by(self, kept: "Need") -> bool:
        if self.keep > kept.keep:
            return False
        return kept.within is None or (self.within is not None and self.within <= kept.within)


@dataclass(frozen=True, slots=True)
class Begun:
    """From which generation and instant on that much of it has been kept of everybody."""

    generation: int
    since: Instant
    need: Need


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """What is counted now.

    Attributes:
        generation: grows whenever what is counted changes; 0 before anything was ever counted.
        playbook: of which playbook, as ``playbook_mark`` says it.
        begun: by the id of the aggregate or total.
    """

    generation: int = 0
    playbook: str = ""
    begun: Mapping[str, Begun] = field(default_factory=dict)

    @property
    def latest(self) -> int:
        """The generation from which on people lack nothing."""
        return max((begun.generation for begun in self.begun.values()), default=0)


NOTHING_COUNTED: Final = Counting()


def playbook_mark(playbook: Playbook) -> str:
    """What names a playbook's aggregates without reading them: its version, and how ids are made of its conditions."""
    return f"{playbook.version}.{DIGESTS}"


def needed(playbook: Playbook) -> Mapping[str, Aggregate | Total]:
    """Every aggregate and total of the playbook, by id."""
    return {each.id: each for each in chain.from_iterable(playbook.aggregates.values())}


def renewed(counting: Counting, playbook: Playbook, now: Instant) -> Counting:
    """What is counted once the playbook is deployed; the very object that was given where nothing changes.

    What is no longer needed is forgotten, and what is needed less is kept less: both are new when they come back.
    """
    mark = playbook_mark(playbook)
    if counting.playbook == mark:
        return counting
    generation = counting.generation + 1
    begun: dict[str, Begun] = {}
    for id_, each in needed(playbook).items():
        need = Need(each.keep if isinstance(each, Aggregate) else 0, each.within)
        known = counting.begun.get(id_)
        is_kept = known is not None and need.is_met_by(known.need)
        begun[id_] = replace(known, need=need) if known and is_kept else Begun(generation, now, need)
    if begun == counting.begun:
        return replace(counting, playbook=mark)
    return Counting(generation=generation, playbook=mark, begun=begun)


def lacking(counting: Counting, profile: Profile) -> Iterator[str]:
    """The ids of which the person did more than was counted, as far as is known."""
    if profile.whole < counting.generation:
        for id_, begun in counting.begun.items():
            if begun.generation > profile.whole:
                yield id_


def stamped(counting: Counting, before: Profile, after: Profile, absorbed: Iterable[Profile] = ()) -> Profile:
    """The decided profile, with the generation for which it is whole.

    A person whose first event this is is whole. One who was whole for a later generation was just counted by a
    deployment that does not know it, so no longer is. Whoever absorbed others is as whole as the least of them.
    """
    known = (profile.whole for profile in (before, *absorbed) if profile.decided_at)
    whole = min((counting.generation, *known))
    return after if after.whole == whole else changed(after, whole=whole)
