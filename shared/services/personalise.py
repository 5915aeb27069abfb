"""What a message shows of this person and this moment beside traits and event: the shop's products as they are now."""

from collections.abc import Mapping
from typing import Any

from shared.domain.messages import Message
from shared.domain.shop.shelf import Shelf
from shared.ports.shop import Catalogue


class PersonalContent:
    """Makes the names of a message's templates that are read as they are asked for: who names none pays for none."""

    def __init__(self, *, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def of(self, message: Message) -> Mapping[str, Any]:
        return Shelf(message.entry, self._catalogue.find).names
