"""EventBridge's envelope: what another system put on the bus, as a raw event of ours."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from shared.domain.events import EventType
from shared.domain.timing import format_instant, parse_instant
from shared.errors import Fault, InvalidInputError

OWN_SOURCE: Final = "carillon"
"""Of our own announcements. The bus's rule leaves them out; were one to slip through, it would go round for ever."""


@dataclass(frozen=True, slots=True)
class BusEvent:
    """``raw`` is the detail, with what it leaves out taken from the envelope."""

    source: str
    raw: Mapping[str, Any]

    @property
    def is_own(self) -> bool:
        return self.source == OWN_SOURCE


def read_envelope(envelope: object) -> BusEvent:
    """Read the envelope.

    Raises:
        InvalidInputError: it is not such an envelope.
    """
    if not isinstance(envelope, dict):
        raise InvalidInputError([Fault("", "must be an EventBridge event")])
    texts = {name: envelope.get(name) for name in ("id", "source", "detail-type", "time")}
    faults = [Fault(name, "must be a string") for name, value in texts.items() if not isinstance(value, str)]
    detail = envelope.get("detail")
    if not isinstance(detail, dict):
        faults.append(Fault("detail", "must be a JSON object: the event"))
    if faults or not isinstance(detail, dict):
        raise InvalidInputError(faults)
    try:
        dated = format_instant(parse_instant(str(texts["time"])))
    except ValueError:
        raise InvalidInputError([Fault("time", "must be an ISO 8601 date and time")]) from None
    return BusEvent(str(texts["source"]), _completed(detail, str(texts["id"]), str(texts["detail-type"]), dated))


def _completed(detail: Mapping[str, Any], event_id: str, detail_type: str, dated: str) -> dict[str, Any]:
    raw = {**detail}
    if raw.get("type") is None:
        raw["type"] = EventType.TRACK.value
    if raw.get("event") is None:
        raw["event"] = detail_type
    if raw.get("messageId") is None:
        raw["messageId"] = event_id
    if raw.get("timestamp") is None and raw.get("originalTimestamp") is None:
        # The bus's own date is not by the clock that a `sentAt` in the detail would be by.
        raw |= {"timestamp": dated, "sentAt": None}
    return raw
