"""Tell the operator that a shop has left Shopify, or this app, and that its data is to be deleted.

Nothing is deleted: the account is the shop's own, and may serve what else it sells. A person decides.
"""

from typing import Final

from shared.domain.messages import Announcement
from shared.domain.rights.erasure import RightsOrder
from shared.ports.clock import Clock
from shared.ports.queues import Bus

REQUESTED: Final = "Shop Redaction Requested"


class ShopAnnouncer:
    """Puts it on the bus, for whatever the operator listens with."""

    def __init__(self, *, bus: Bus, clock: Clock) -> None:
        self._bus = bus
        self._clock = clock

    def announce(self, order: RightsOrder) -> None:
        told = Announcement(
            id=f"shop:{order.receipt}",
            name=REQUESTED,
            at=self._clock.now(),
            properties={"receipt": order.receipt, "shops": list(order.references)},
        )
        self._bus.publish([("", told)])
