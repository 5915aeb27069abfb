"""Refusals and delays that a test orders of the gateway: what a service answers, how often, to whom."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

SERVICES: Final = ("ses", "sns", "push", "sms", "whatsapp", "webhook")

DELIVERY_STATUSES: Final = (
    "DUPLICATE",
    "OPT_OUT",
    "PERMANENT_FAILURE",
    "TEMPORARY_FAILURE",
    "THROTTLED",
    "TIMEOUT",
    "UNKNOWN_FAILURE",
)
"""For ``push`` such a code is one address's result; any other code refuses the whole request."""


@dataclass(slots=True, kw_only=True)
class Fault:
    """One service's answer to the next ``times`` requests (all, if ``None``), or only to those to one address.

    Attributes:
        code: the API's error code; ``None`` delays without refusing.
        seconds: wait before answering. What is delayed and not refused is recorded first: a client that gives up
            waiting cannot know.
    """

    service: str
    code: str | None = None
    message: str = "ordered by a test"
    status: int = 400
    times: int | None = 1
    to: str | None = None
    seconds: float = 0.0

    def __post_init__(self) -> None:
        if self.service not in SERVICES:
            raise ValueError(f"service must be one of {', '.join(SERVICES)}")


class Faults:
    """The standing orders."""

    def __init__(self) -> None:
        self._orders: list[Fault] = []

    def order(self, **fields: Any) -> None:
        """Raises ``TypeError`` or ``ValueError`` for fields that a fault has not."""
        self._orders.append(Fault(**fields))

    def clear(self) -> None:
        self._orders.clear()

    def take(self, service: str, addresses: Iterable[str]) -> Fault | None:
        """The first order that concerns the request, counted as used."""
        concerned = set(addresses)
        for order in self._orders:
            if order.service == service and (order.to is None or order.to in concerned):
                if order.times is not None:
                    order.times -= 1
                    if order.times <= 0:
                        self._orders.remove(order)
                return order
        return None
