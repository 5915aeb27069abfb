"""Count which products are bought together: those that the catalogue knows, so that nobody can make up others."""

from dataclasses import replace

from shared.domain.messages import Purchase
from shared.ports.shop import Catalogue, Purchases


class PurchaseCounter:
    """Counts each order once, however often it is told."""

    def __init__(self, *, catalogue: Catalogue, purchases: Purchases) -> None:
        self._catalogue = catalogue
        self._purchases = purchases

    def count(self, purchase: Purchase) -> bool:
        """Whether it is counted now, and was not before."""
        known = self._catalogue.find(purchase.skus)
        sold = tuple(sku for sku in purchase.skus if sku in known and not known[sku].is_removed)
        return bool(sold) and self._purchases.count(replace(purchase, skus=sold))
