"""Prepare the copy that somebody asked the shop for, and tell the shop where it lies: never whose it is."""

from shared.domain.messages import Announcement
from shared.domain.rights.erasure import RightsOrder
from shared.ports.clock import Clock
from shared.ports.queues import Bus
from shared.ports.rights import Exports
from shared.services.serve_profiles import ProfileDesk

READY = "Export Ready"


class ExportPreparer:
    """``place`` says where exports lie, such as ``s3://bucket/exports/``."""

    def __init__(self, *, desk: ProfileDesk, exports: Exports, bus: Bus, clock: Clock, place: str) -> None:
        self._desk = desk
        self._exports = exports
        self._bus = bus
        self._clock = clock
        self._place = place

    def prepare(self, order: RightsOrder) -> int:
        """Prepare one document for each person whom the order leads to; how many those are."""
        people = {person.id: person for person in map(self._desk.find, order.references) if person is not None}
        names = [self._desk.export_name(id_, order.receipt) for id_ in people]
        for person, name in zip(people.values(), names, strict=True):
            self._exports.keep(name, (piece.encode("utf-8", "replace") for piece in self._desk.document(person)))
        told = Announcement(
            id=f"export:{order.receipt}",
            name=READY,
            at=self._clock.now(),
            properties={"receipt": order.receipt, "where": [f"{self._place}{name}" for name in names]},
        )
        self._bus.publish([("", told)])
        return len(people)
