"""What is kept of a join, so that it can be undone: how both were before it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from shared.domain.profiles import Profile
from shared.domain.records import changed, quick
from shared.domain.timing import DAY, Duration, Instant

UNDONE_WITHIN: Final[Duration] = 90 * DAY
"""For so long the two can be split again."""


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """One profile was folded into another.

    Attributes:
        at: the instant as of which that was decided.
        survivor, absorbed: as they were before.
    """

    at: Instant
    survivor: Profile
    absorbed: Profile

    def may_be_undone(self, now: Instant) -> bool:
        return now < self.at + UNDONE_WITHIN

    def is_of_one_write(self, other: "Merge") -> bool:
        """Whether both have one survivor's state: one write joined both."""
        return (self.at, self.survivor.version) == (other.at, other.survivor.version)


@dataclass(frozen=True, slots=True)
class Undoing:
    """What becomes of what is kept of joins, when one of them is undone.

    Attributes:
        merge: that one, of which nothing is kept.
        is_alone: whether no other join was of the same write.
        later: the joins since; their survivors are written anew.
    """

    merge: Merge
    is_alone: bool
    later: Sequence[Merge] = ()


def tombstone(absorbed: Profile, survivor_id: str, at: Instant) -> Profile:
    """What stays in the place of an absorbed profile: the way to the survivor, and what is no way to anybody."""
    return changed(
        Profile(id=absorbed.id, version=absorbed.version),
        merged_into=survivor_id,
        decided_at=max(at, absorbed.decided_at),
        whole=absorbed.whole,
        predecessor=absorbed.predecessor,
    )
