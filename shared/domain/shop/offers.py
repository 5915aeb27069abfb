"""What coupons there are, as ``coupons.yaml`` of the playbook says (``language.coupon_reader``)."""

from dataclasses import dataclass
from enum import StrEnum

from shared.domain.timing import Duration


class CouponSource(StrEnum):
    """Where an offer's codes come from."""

    GENERATED = "generated"
    """Made by us, one a message, and redeemed with us."""
    POOL = "pool"
    """The shop's own, uploaded before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a coupon gives, and for how long.

    Attributes:
        title: what a person reads: "10 % off the first order".
        prefix: what every generated code begins with.
        expires_after: from when its message was decided; ``None``: never.
    """

    name: str
    title: str
    source: CouponSource = CouponSource.GENERATED
    prefix: str = ""
    expires_after: Duration | None = None
