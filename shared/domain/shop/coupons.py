"""A coupon: one code, given to one person by one message, redeemed at most once."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from shared.domain.events import Event, EventType, SystemEvent, Trust
from shared.domain.shop.coupon_codes import canonical
from shared.domain.timing import Instant, format_instant

SOURCE: Final = "carillon"


class CouponStatus(StrEnum):
    """The life of a coupon."""

    RESERVED = "reserved"
    """A message has it, or is about to."""
    REDEEMED = "redeemed"
    RELEASED = "released"
    """Its message reached nobody, so nobody has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupon:
    """Attributes:
    offer: its name in ``coupons.yaml``.
    message_id, message, journey: which message has it.
    reserved_at: when that was decided.
    ends_at: from when it is worth nothing; ``None``: never.
    order_id: of the order, or the receipt, that it paid into.
    """

    code: str
    offer: str
    profile_id: str
    message_id: str
    message: str
    journey: str
    reserved_at: Instant
    status: CouponStatus = CouponStatus.RESERVED
    ends_at: Instant | None = None
    redeemed_at: Instant | None = None
    order_id: str = ""

    def is_over(self, now: Instant) -> bool:
        return self.status is CouponStatus.RESERVED and self.ends_at is not None and now >= self.ends_at


def redeemed_event(coupon: Coupon, now: Instant) -> Event:
    """``Coupon Redeemed``, in the stream of who was given it; the same however often it is told."""
    at = coupon.redeemed_at or now
    told = {
        "coupon": coupon.offer,
        "code": coupon.code,
        "order_id": coupon.order_id,
        "message": coupon.message,
        "message_id": coupon.message_id,
        "journey": coupon.journey,
    }
    return Event(
        id=f"redeemed:{canonical(coupon.code)}",
        type=EventType.TRACK,
        name=SystemEvent.COUPON_REDEEMED,
        at=at,
        received_at=now,
        profile_id=coupon.profile_id,
        properties=told,
        trust=Trust.SYSTEM,
        source=SOURCE,
    )


def coupon_to_dict(coupon: Coupon, *, title: str, now: Instant) -> dict[str, Any]:
    """What staff and tills are told of it."""
    plain: dict[str, Any] = {
        "code": coupon.code,
        "coupon": coupon.offer,
        "title": title,
        "status": "expired" if coupon.is_over(now) else coupon.status.value,
        "profile": coupon.profile_id,
        "reserved_at": format_instant(coupon.reserved_at),
        "expires_at": None if coupon.ends_at is None else format_instant(coupon.ends_at),
    }
    if coupon.redeemed_at is not None:
        plain |= {"redeemed_at": format_instant(coupon.redeemed_at), "order_id": coupon.order_id}
    return plain
