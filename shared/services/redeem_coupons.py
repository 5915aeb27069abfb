"""Look at a coupon and redeem it, online or at the till: once, however many ask at the same moment."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from shared.domain.intake.fields import read_id
from shared.domain.shop.coupon_codes import MAX_CODE, canonical, is_mistyped
from shared.domain.shop.coupons import Coupon, CouponStatus, coupon_to_dict, redeemed_event
from shared.domain.shop.offers import CouponSource, Offer
from shared.errors import Fault, InvalidInputError
from shared.ports.clock import Clock
from shared.ports.queues import EventQueue
from shared.ports.shop import Coupons

INVALID_REDEMPTION: Final = "invalid-redemption"


class Refusal(StrEnum):
    """Why a coupon is worth nothing."""

    UNKNOWN = "no-coupon"
    MISTYPED = "mistyped-coupon"
    REDEEMED = "coupon-redeemed"
    EXPIRED = "coupon-expired"
    RELEASED = "coupon-released"


class CouponDesk:
    """For who has the secret key; ``offers`` are those of ``coupons.yaml``."""

    def __init__(self, *, coupons: Coupons, events: EventQueue, clock: Clock, offers: Mapping[str, Offer]) -> None:
        self._coupons = coupons
        self._events = events
        self._clock = clock
        self._offers = offers

    def look(self, code: str) -> dict[str, Any] | Refusal:
        """The coupon, whether or not it is still good."""
        found = self._coupons.find(code) if is_fit(code) else None
        return self._unknown(code) if found is None else self._told(found)

    def redeem(self, code: str, raw: object) -> dict[str, Any] | Refusal:
        """Redeem it for the order that ``raw`` names. For the same order it may be asked again.

        Raises:
            InvalidInputError: no order is named.
        """
        order_id = _read_order(raw)
        now = self._clock.now()
        coupon = self._coupons.redeem(code, order_id=order_id, at=now) if is_fit(code) else None
        if coupon is None:
            return self._unknown(code)
        if coupon.status is CouponStatus.RELEASED:
            return Refusal.RELEASED
        if coupon.status is CouponStatus.RESERVED:
            return Refusal.EXPIRED
        if coupon.order_id != order_id:
            return Refusal.REDEEMED
        # Also where it was redeemed before: that attempt may have ended before it told the person's stream.
        self._events.put([redeemed_event(coupon, now)])
        return self._told(coupon)

    def _unknown(self, code: str) -> Refusal:
        """Of a code that nobody was given. A pool's own codes may look like ours, so it is looked for first."""
        generated = [
            offer for offer in self._offers.values() if offer.source is CouponSource.GENERATED and offer.prefix
        ]
        is_near = is_fit(code) and any(is_mistyped(code, offer.prefix) for offer in generated)
        return Refusal.MISTYPED if is_near else Refusal.UNKNOWN

    def _told(self, coupon: Coupon) -> dict[str, Any]:
        offer = self._offers.get(coupon.offer)
        return coupon_to_dict(coupon, title=offer.title if offer else coupon.offer, now=self._clock.now())


def is_fit(code: str) -> bool:
    """Whether any code could look like it."""
    return 0 < len(canonical(code[: MAX_CODE + 1])) <= MAX_CODE


def _read_order(raw: object) -> str:
    if not isinstance(raw, dict):
        raise InvalidInputError([Fault("", "must be a JSON object")], code=INVALID_REDEMPTION)
    faults: list[Fault] = []
    order_id = read_id(raw, "order_id", faults, required=True)
    if order_id is None:
        raise InvalidInputError(faults, code=INVALID_REDEMPTION)
    return order_id
