"""The right to be forgotten: what is ordered, what belongs to the person, and what becomes of it.

A person is erased in two sweeps. What was in flight during the first may have written once more; the second, later
than anything can be in flight, takes that along.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from shared.domain.events import NOTHING
from shared.domain.identity.identifiers import Identifier
from shared.domain.timing import MINUTE, Duration, Instant

SECOND_SWEEP_AFTER: Final[Duration] = 15 * MINUTE
"""The longest that SQS delays; a function's attempt lasts for seconds."""

MAX_MESSAGES: Final = 2_000
"""Messages that the second sweep looks for once more: the latest."""


class RightsKind(StrEnum):
    """What a person can ask for that takes its time."""

    ERASE = "erase"
    EXPORT = "export"
    SHOP = "shop"
    """Not a person's: a shop leaves the system that speaks for it. Somebody is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsOrder:
    """Somebody's request, as it stands in the queue.

    Attributes:
        receipt: its id, which says nothing of anybody.
        references: by what the person is found (``find_people``): all whom they lead to are meant. A shop's domain.
        sweep: 1 or 2.
        after: the object of the bucket at which an attempt that ran out of time goes on.
    """

    kind: RightsKind
    receipt: str
    references: tuple[str, ...]
    sweep: int = 1
    after: str = ""


def order_to_dict(order: RightsOrder) -> dict[str, Any]:
    return {
        "kind": order.kind.value,
        "receipt": order.receipt,
        "references": list(order.references),
        "sweep": order.sweep,
        "after": order.after,
    }


def order_from_dict(plain: Mapping[str, Any]) -> RightsOrder:
    """What ``order_to_dict`` wrote."""
    return RightsOrder(
        kind=RightsKind(plain["kind"]),
        receipt=plain["receipt"],
        references=tuple(plain["references"]),
        sweep=plain["sweep"],
        after=plain["after"],
    )


class ErasureStatus(StrEnum):
    """How far an erasure has come."""

    ACCEPTED = "accepted"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What is kept of an erasure, and shown to whoever asked for it: nothing of the person.

    ``counts``: how many things of each kind were removed.
    """

    receipt: str
    status: ErasureStatus
    requested_at: Instant
    done_at: Instant | None = None
    counts: Mapping[str, int] = field(default=NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Belongings:
    """All by which a person's traces are found, once nothing else tells any more. Kept until the second sweep ends.

    Attributes:
        profile_ids: their own, and those that were joined or stand for one of their identifiers alone.
        segments: in which they may be listed.
        message_ids: of the latest messages.
        until: what was written until then goes; set when the profile is gone.
        apart: those with whom they were taken for one once, and who still say so.
    """

    profile_ids: tuple[str, ...]
    identifiers: tuple[Identifier, ...]
    segments: tuple[str, ...] = ()
    message_ids: tuple[str, ...] = ()
    until: Instant = 0
    apart: tuple[str, ...] = ()


def together(all_of: Iterable[Belongings]) -> Belongings:
    """Those of several people, who are erased by one order."""
    known = list(all_of)
    return Belongings(
        profile_ids=tuple(dict.fromkeys(id_ for one in known for id_ in one.profile_ids)),
        identifiers=tuple(dict.fromkeys(found for one in known for found in one.identifiers)),
        segments=tuple(sorted({name for one in known for name in one.segments})),
        message_ids=tuple(dict.fromkeys(id_ for one in known for id_ in one.message_ids))[:MAX_MESSAGES],
        apart=tuple(dict.fromkeys(id_ for one in known for id_ in one.apart)),
    )


def belongings_to_dict(belongings: Belongings) -> dict[str, Any]:
    return {
        "profile_ids": list(belongings.profile_ids),
        "identifiers": [list(one) for one in belongings.identifiers],
        "segments": list(belongings.segments),
        "message_ids": list(belongings.message_ids),
        "until": belongings.until,
        "apart": list(belongings.apart),
    }


def belongings_from_dict(plain: Mapping[str, Any]) -> Belongings:
    """What ``belongings_to_dict`` wrote."""
    return Belongings(
        profile_ids=tuple(plain["profile_ids"]),
        identifiers=tuple(Identifier(*one) for one in plain["identifiers"]),
        segments=tuple(plain["segments"]),
        message_ids=tuple(plain["message_ids"]),
        until=plain["until"],
        apart=tuple(plain.get("apart", ())),
    )


def next_sweep(order: RightsOrder) -> RightsOrder:
    return replace(order, sweep=order.sweep + 1, after="")
