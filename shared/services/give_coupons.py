"""Give a message its coupon while it is rendered, and take it back where it reaches nobody.

The same message always has the same code, however often it is tried: a generated one follows from the message, a
pool's is noted with it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

from shared.domain.messages import Message
from shared.domain.shop.coupon_codes import generated_code
from shared.domain.shop.coupons import Coupon
from shared.domain.shop.offers import CouponSource, Offer
from shared.domain.timing import format_instant
from shared.errors import PermanentError
from shared.ports.shop import Coupons

TRIES: Final = 3
"""Codes of one message that are tried where another message's is the same, which nobody will live to see."""


class Given(NamedTuple):
    """What a template shows of a coupon; ``is_low``: its pool is nearly empty."""

    shown: Mapping[str, Any]
    is_low: bool


class CouponGiver:
    """``offers`` are those of ``coupons.yaml``, ``named`` those that a message's templates ask for, by its name.

    ``digest`` makes 128 bits of a kind and a value (``services.digests``), the same for ever.
    """

    def __init__(
        self,
        *,
        coupons: Coupons,
        offers: Mapping[str, Offer],
        named: Callable[[str], Sequence[str]],
        digest: Callable[[str, str], str],
    ) -> None:
        self._coupons = coupons
        self._offers = offers
        self._named = named
        self._digest = digest

    def give(self, name: object, message: Message) -> Given:
        """The message's coupon of that offer.

        Raises:
            PermanentError: there is no such offer, or no code left.
        """
        offer = self._offers.get(name) if isinstance(name, str) else None
        if offer is None:
            raise PermanentError("a template asks for a coupon that the playbook lacks", code="unknown_coupon")
        coupon = _coupon(offer, message)
        if offer.source is CouponSource.POOL:
            drawn = self._coupons.draw(coupon)
            if drawn is None:
                raise PermanentError(f"the pool {offer.name} is empty", code="no_coupon_left", coupon=offer.name)
            return Given(_shown(replace(coupon, code=drawn.code), offer), drawn.is_low)
        return Given(_shown(self._reserved(coupon, offer), offer), is_low=False)

    def gives(self, message: Message) -> bool:
        """Whether its templates ask for any."""
        return bool(self._named(message.name))

    def take_back(self, message: Message) -> None:
        """Nobody has the message's coupons: a pool's go back, generated ones are worth nothing. May be repeated."""
        for name in self._named(message.name):
            if offer := self._offers.get(name):
                self._coupons.release(_coupon(offer, message), is_of_pool=offer.source is CouponSource.POOL)

    def _reserved(self, coupon: Coupon, offer: Offer) -> Coupon:
        for turn in range(TRIES):
            digest = self._digest(f"coupon {offer.name} {turn}", coupon.message_id)
            named = replace(coupon, code=generated_code(offer.prefix, digest))
            if self._coupons.reserve(named):
                return named
        raise PermanentError("every code for the message is another's", code="no_coupon_left", coupon=offer.name)


def _coupon(offer: Offer, message: Message) -> Coupon:
    return Coupon(
        code="",
        offer=offer.name,
        profile_id=message.profile_id,
        message_id=message.id,
        message=message.name,
        journey=message.journey,
        reserved_at=message.decided_at,
        ends_at=None if offer.expires_after is None else message.decided_at + offer.expires_after,
    )


def _shown(coupon: Coupon, offer: Offer) -> dict[str, Any]:
    shown = {"code": coupon.code, "title": offer.title}
    return shown if coupon.ends_at is None else shown | {"expires_at": format_instant(coupon.ends_at)}
