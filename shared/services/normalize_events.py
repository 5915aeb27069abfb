"""Take what other systems put on the bus: the good goes the way of every event, the rest to quarantine."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from shared.domain.events import Trust
from shared.domain.intake.bus_envelope import read_envelope
from shared.domain.intake.json_values import parse_json
from shared.domain.timing import Instant
from shared.errors import Fault, InvalidInputError
from shared.ports.intake import Quarantine
from shared.services.accept_events import EventIntake
from shared.services.watch_quality import QualityWatch

BUS: Final = "bus"


class BusOutcome(StrEnum):
    """What became of a delivery."""

    ACCEPTED = "accepted"
    QUARANTINED = "quarantined"
    OWN = "own"
    """One of our own announcements: known already."""


class EventNormalizer:
    """The bus's way in. Nobody waits for an answer, so nothing is refused without being kept."""

    def __init__(self, *, intake: EventIntake, quarantine: Quarantine, quality: QualityWatch) -> None:
        self._intake = intake
        self._quarantine = quarantine
        self._quality = quality

    def normalize(self, text: str, *, received_at: Instant) -> BusOutcome:
        """Accept one delivery; ``received_at`` is when the queue got it, the same for every attempt."""
        try:
            envelope = parse_json(text)
        except InvalidInputError as error:
            return self._keep(BUS, text, error.faults, received_at)
        try:
            event = read_envelope(envelope)
        except InvalidInputError as error:
            return self._keep(BUS, envelope, error.faults, received_at)
        if event.is_own:
            return BusOutcome.OWN
        try:
            self._intake.accept_from_bus(event.raw, source=f"{BUS}:{event.source}")
        except InvalidInputError as error:
            faults = [Fault(f"detail.{fault.path}".rstrip("."), fault.message) for fault in error.faults]
            return self._keep(f"{BUS}:{event.source}", envelope, faults, received_at)
        return BusOutcome.ACCEPTED

    def _keep(self, channel: str, raw: object, faults: Sequence[Fault], received_at: Instant) -> BusOutcome:
        self._quarantine.keep(BUS, raw, faults, received_at, Trust.SECRET)
        detail = raw.get("detail") if isinstance(raw, dict) else None
        self._quality.refused(channel, detail.get("context") if isinstance(detail, dict) else None, faults)
        return BusOutcome.QUARANTINED
