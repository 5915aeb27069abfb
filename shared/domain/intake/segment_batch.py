"""A batch of Segment calls: read one by one, so that a bad event never takes a good one down with it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from shared.domain.events import NOTHING, Event
from shared.domain.intake.fields import read_instant, read_mapping
from shared.domain.intake.json_values import is_sound, value_faults
from shared.domain.intake.segment_spec import Reception, read_event
from shared.errors import Fault, InvalidInputError

INVALID_BATCH: Final = "invalid-batch"

MAX_EVENT_SIZE: Final = 32 * 1024
MAX_BATCH_SIZE: Final = 500 * 1024
MAX_BATCH_EVENTS: Final = 2_500
"""Segment's limits, in bytes of UTF-8 and events."""

MAX_BATCH_FAULTS: Final = 1_000
"""Where a batch has more, of each further event only the first is told: an answer has its limit, 6 MB of Lambda's."""

MAX_INHERITED_SIZE: Final = 4 * MAX_BATCH_SIZE
"""A context that a batch gives to all of its events is stored with each: together no more than this."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """An event that was refused: its place in the batch, and its faults with paths relative to it."""

    index: int
    raw: Any
    faults: tuple[Fault, ...]

    def placed_faults(self, place: int | None = None) -> list[Fault]:
        """The faults with paths from the batch down; ``place`` is the event's, where it is not its own index."""
        start = f"batch.{self.index if place is None else place}"
        return [Fault(f"{start}.{fault.path}" if fault.path else start, fault.message) for fault in self.faults]


@dataclass(frozen=True, slots=True)
class Batch:
    """What a batch came to. ``events`` keep the order in which they were sent."""

    events: Sequence[Event]
    rejections: Sequence[Rejection]


def read_batch(body: Mapping[str, Any], reception: Reception, *, body_size: int) -> Batch:
    """The good events and the refused ones.

    Raises:
        InvalidInputError: the batch itself has faults, so that none of its events can be told.
    """
    faults: list[Fault] = []
    context = read_mapping(body, "context", faults)
    if not is_sound(context or None):
        faults.extend(value_faults(context, "context"))
        context = NOTHING
    read_mapping(body, "integrations", faults)
    sent_at = read_instant(body, "sentAt", faults)
    raws = body.get("batch")
    if not isinstance(raws, list):
        faults.append(Fault("batch", "is required: a list of events"))
    elif len(raws) > MAX_BATCH_EVENTS:
        faults.append(Fault("batch", f"must hold at most {MAX_BATCH_EVENTS} events"))
    elif context and size_of(context) * len(raws) > MAX_INHERITED_SIZE:
        faults.append(Fault("context", f"is too large to be kept with each of {len(raws)} events"))
    if faults or not isinstance(raws, list):
        raise InvalidInputError(faults, code=INVALID_BATCH)
    # Events of a small body are small themselves: no need to measure each.
    inherited = size_of(context) if context else 0
    limit = None if body_size + inherited <= MAX_EVENT_SIZE else MAX_EVENT_SIZE - inherited
    return _read_all(raws, replace(reception, context=context, sent_at=sent_at), limit)


def size_of(value: Any) -> int:
    """Bytes of the (sound) value as compact JSON in UTF-8."""
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def too_large() -> Fault:
    return Fault("", f"must have at most {MAX_EVENT_SIZE} bytes, with what it inherits")


def _read_all(raws: Sequence[Any], reception: Reception, limit: int | None) -> Batch:
    events: list[Event] = []
    rejections: list[Rejection] = []
    told = 0
    for index, raw in enumerate(raws):
        read = read_event(raw, reception, position=index)
        if not isinstance(read, Event):
            rejections.append(Rejection(index, raw, tuple(read[:1] if reception.is_brief else read)))
            told += len(read)
            if told > MAX_BATCH_FAULTS and not reception.is_brief:
                reception = replace(reception, is_brief=True)
        elif limit is not None and size_of(raw) > limit:
            rejections.append(Rejection(index, raw, (too_large(),)))
        else:
            events.append(read)
    return Batch(events, rejections)
