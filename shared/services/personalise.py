"""What a message shows of this person and this moment beside traits and event: products as they are now, its coupon."""

from collections.abc import Mapping
from typing import Any

from shared.domain.messages import Message
from shared.domain.shop.shelf import Shelf
from shared.ports.shop import Catalogue
from shared.services.give_coupons import CouponGiver


class Personal:
    """What one message's templates may ask for, on whichever channels it is tried. Who asks for none pays for none.

    ``low_pools``: pools of coupons that are nearly empty.
    """

    def __init__(self, message: Message, catalogue: Catalogue, giver: CouponGiver) -> None:
        self._message = message
        self._giver = giver
        self._coupons: dict[object, Mapping[str, Any]] = {}
        self._shelf = Shelf(message.entry, catalogue.find)
        self.low_pools: list[str] = []

    @property
    def names(self) -> dict[str, Any]:
        """By which templates ask."""
        return {**self._shelf.names, "coupon": self._coupon}

    def _coupon(self, name: object) -> Mapping[str, Any]:
        if not isinstance(name, str) or name not in self._coupons:
            given = self._giver.give(name, self._message)
            self._coupons[name] = given.shown
            self.low_pools += [str(name)] if given.is_low else []
        return self._coupons[name]


class PersonalContent:
    """Makes it for each message, and undoes what is to be undone of one that reached nobody."""

    def __init__(self, *, catalogue: Catalogue, giver: CouponGiver) -> None:
        self._catalogue = catalogue
        self._giver = giver

    def of(self, message: Message) -> Personal:
        return Personal(message, self._catalogue, self._giver)

    def is_held_by(self, message: Message) -> bool:
        """Whether the message may hold something that nobody else can have."""
        return self._giver.gives(message)

    def take_back(self, message: Message) -> None:
        self._giver.take_back(message)
