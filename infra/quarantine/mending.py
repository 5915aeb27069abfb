"""What of a kept thing can go back in now, and what is still wrong with the rest.

Read by the same code as the doors read by, as of when it first came: what is sent again is dated then and bears the id
that it had or is given here, the same at every attempt, so that sending it twice changes nothing.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from infra.quarantine.kept import Kept
from shared.domain.events import Event, Trust
from shared.domain.intake.bus_envelope import read_envelope
from shared.domain.intake.fields import read_instant, read_mapping
from shared.domain.intake.json_values import parse_json
from shared.domain.intake.segment_batch import MAX_EVENT_SIZE, size_of, too_large
from shared.domain.intake.segment_spec import Reception, read_event
from shared.domain.timing import Duration, format_instant
from shared.errors import Fault, InvalidInputError

GIVEN: Final = "redriven-"
"""How ids begin that are given here to what brought none."""
_DATES: Final = frozenset({"originalTimestamp", "sentAt", "timestamp", "messageId"})


@dataclass(frozen=True, slots=True)
class Mended:
    """``ready`` goes back in; ``left`` stays, as what it is a part of, for ``faults``."""

    ready: Sequence[Any]
    left: Any
    faults: Sequence[Fault]


class Clocks(NamedTuple):
    """How far the system's clock is ahead of senders', when it first came and now: 0 but in the local cloud."""

    then: Duration = 0
    now: Duration = 0


def mend(kept: Kept, clocks: Clocks = Clocks()) -> Mended:  # noqa: B008  # it is frozen
    return _mend_delivery(kept, clocks) if kept.source.startswith("bus") else _mend_batch(kept, clocks)


def _mend_batch(kept: Kept, clocks: Clocks) -> Mended:
    body = kept.raw
    if not isinstance(body, dict) or not isinstance(body.get("batch"), list):
        return Mended([], body, [Fault("batch", "is required: a list of events")])
    faults: list[Fault] = []
    context = read_mapping(body, "context", faults)
    sent_at = read_instant(body, "sentAt", faults)
    if faults:
        return Mended([], body, faults)
    reception = Reception(
        received_at=kept.received_at,
        trust=kept.trust,
        source=kept.source,
        context=context,
        sent_at=sent_at,
        ahead=clocks.then,
    )
    ready: list[Any] = []
    left: list[Any] = []
    twins: Counter[str] = Counter()
    for raw in body["batch"]:
        found = _read(raw, reception)
        if isinstance(found, Event):
            ready.append(
                _again(raw, found, kept, clocks, twins) | ({"context": dict(found.context)} if context else {})
            )
        else:
            place = f"batch.{len(left)}"
            faults += [Fault(f"{place}.{one.path}" if one.path else place, one.message) for one in found]
            left.append(raw)
    return Mended(ready, {**body, "batch": left}, faults)


def _mend_delivery(kept: Kept, clocks: Clocks) -> Mended:
    """A delivery of the bus is good or bad as a whole."""
    try:
        envelope = parse_json(kept.raw) if isinstance(kept.raw, str) else kept.raw
        delivered = read_envelope(envelope)
    except InvalidInputError as error:
        return Mended([], kept.raw, error.faults)
    reception = Reception(received_at=kept.received_at, trust=Trust.SECRET, source=kept.source, ahead=clocks.then)
    found = _read(delivered.raw, reception)
    if not isinstance(found, Event):
        return Mended([], envelope, [Fault(f"detail.{one.path}".rstrip("."), one.message) for one in found])
    detail = {name: value for name, value in delivered.raw.items() if name not in _DATES}
    detail |= {"messageId": found.id, "timestamp": format_instant(found.at - clocks.now)}
    # The door keeps what it refuses under a digest of it: with this it is never that of what is removed here.
    return Mended([{**envelope, "detail": detail, "redriven": kept.id}], None, [])


def _read(raw: Any, reception: Reception) -> Event | Sequence[Fault]:
    found = read_event(raw, reception)
    return [too_large()] if isinstance(found, Event) and size_of(raw) > MAX_EVENT_SIZE - 200 else found


def _again(raw: Mapping[str, Any], event: Event, kept: Kept, clocks: Clocks, twins: Counter[str]) -> dict[str, Any]:
    """The event as it is sent again: with its id, and the instant at which it happened by the sender's clock then."""
    id_ = raw.get("messageId")
    if id_ is None:
        text = json.dumps([kept.source, kept.received_at, raw], sort_keys=True)
        twins[text] += 1
        id_ = GIVEN + hashlib.sha256(f"{twins[text]}{text}".encode()).hexdigest()[:40]
    rest = {name: value for name, value in raw.items() if name not in _DATES}
    return rest | {"messageId": id_, "timestamp": format_instant(event.at - clocks.now)}
