"""What a message shows of this person and this moment beside traits and event: products as they are now, what goes with
them, its coupon."""

from collections.abc import Mapping
from typing import Any

from shared.domain.messages import Message
from shared.domain.shop.interests import Interests
from shared.domain.shop.recommendations import Recommendations
from shared.domain.shop.shelf import Shelf
from shared.ports.shop import Catalogue, Purchases
from shared.services.give_coupons import CouponGiver


class Personal:
    """What one message's templates may ask for, on whichever channels it is tried. Who asks for none pays for none.

    ``low_pools``: pools of coupons that are nearly empty.
    """

    def __init__(self, message: Message, catalogue: Catalogue, purchases: Purchases, giver: CouponGiver) -> None:
        self._message = message
        self._giver = giver
        self._coupons: dict[object, Mapping[str, Any]] = {}
        self._shelf = Shelf(message.entry, catalogue.find)
        self._purchases = purchases
        self._recommendations: Recommendations | None = None
        self.low_pools: list[str] = []

    def names(self, interests: Interests) -> dict[str, Any]:
        """By which templates ask. ``interests``: the person's, of this moment."""
        if self._recommendations is None:
            self._recommendations = Recommendations(
                self._shelf,
                self._message.entry,
                interests,
                self._message.decided_at,
                find=self._purchases.companions,
                popular=self._purchases.popular,
            )
        return {**self._shelf.names, **self._recommendations.names, "coupon": self._coupon}

    @property
    def recommended(self) -> tuple[str, ...]:
        """What was recommended, and why."""
        return tuple(self._recommendations.shown) if self._recommendations else ()

    def _coupon(self, name: object) -> Mapping[str, Any]:
        if not isinstance(name, str) or name not in self._coupons:
            given = self._giver.give(name, self._message)
            self._coupons[name] = given.shown
            self.low_pools += [str(name)] if given.is_low else []
        return self._coupons[name]


class PersonalContent:
    """Makes it for each message, and undoes what is to be undone of one that reached nobody."""

    def __init__(self, *, catalogue: Catalogue, purchases: Purchases, giver: CouponGiver) -> None:
        self._catalogue = catalogue
        self._purchases = purchases
        self._giver = giver

    def of(self, message: Message) -> Personal:
        return Personal(message, self._catalogue, self._purchases, self._giver)

    def is_held_by(self, message: Message) -> bool:
        """Whether the message may hold something that nobody else can have."""
        return self._giver.gives(message)

    def take_back(self, message: Message) -> None:
        self._giver.take_back(message)
