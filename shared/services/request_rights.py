"""Take somebody's request: to be forgotten, or to get a copy of everything. It is carried out by ``erase_profiles``."""

from collections.abc import Sequence
from secrets import token_hex

from shared.domain.rights.erasure import Erasure, ErasureStatus, RightsKind, RightsOrder
from shared.ports.clock import Clock
from shared.ports.rights import Erasures, RightsQueue


class RightsDesk:
    """Gives receipts, which say nothing of anybody."""

    def __init__(self, *, erasures: Erasures, queue: RightsQueue, clock: Clock) -> None:
        self._erasures = erasures
        self._queue = queue
        self._clock = clock

    def take(self, order: RightsOrder) -> None:
        """Have an order carried out whose receipt derives from the request; durable on return.

        An erasure that has its receipt already is not begun again: who came back meanwhile is a new person. The receipt
        comes after the order, so one that is there tells that the order is on its way, too.
        """
        is_erasure = order.kind is RightsKind.ERASE
        if is_erasure and self._erasures.find(order.receipt) is not None:
            return
        self._queue.put(order)
        if is_erasure:
            self._erasures.open(order.receipt, self._clock.now())

    def erase(self, references: Sequence[str]) -> Erasure:
        """Have everybody erased whom these lead to; the request is durable on return."""
        receipt = token_hex(16)
        now = self._clock.now()
        self._erasures.open(receipt, now)
        self._queue.put(RightsOrder(kind=RightsKind.ERASE, receipt=receipt, references=tuple(references)))
        return Erasure(receipt=receipt, status=ErasureStatus.ACCEPTED, requested_at=now)

    def find(self, receipt: str) -> Erasure | None:
        return self._erasures.find(receipt)
