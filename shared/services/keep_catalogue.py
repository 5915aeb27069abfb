"""Take what the shop's server says of its products, and tell what is kept of them."""

from dataclasses import dataclass

from shared.domain.shop.products import Product, read_products
from shared.ports.clock import Clock
from shared.ports.shop import Catalogue


@dataclass(frozen=True, slots=True)
class Taken:
    """``written``: of how many what was sent is kept now; ``older``: of how many something later stands."""

    written: int
    older: int


class CatalogueDesk:
    """For who has the secret key."""

    def __init__(self, *, catalogue: Catalogue, clock: Clock) -> None:
        self._catalogue = catalogue
        self._clock = clock

    def take(self, raw: object) -> Taken:
        """Keep each product, unless what is kept of it is later. The same may be sent again.

        Raises:
            InvalidInputError: nothing was kept; the sender is told each fault.
        """
        products = read_products(raw, self._clock.now())
        written = sum(self._catalogue.put(product) for product in products)
        return Taken(written, len(products) - written)

    def find(self, sku: str) -> Product | None:
        return self._catalogue.find([sku]).get(sku)
