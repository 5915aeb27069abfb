"""What the shop sells, as far as messages need it."""

from collections.abc import Collection, Mapping
from typing import Protocol

from shared.domain.shop.products import Product


class Catalogue(Protocol):
    """The shop's products, by sku."""

    def put(self, product: Product) -> bool:
        """Keep it in the place of an older one; ``False``: what is kept is of a later instant, and stays."""
        ...

    def find(self, skus: Collection[str]) -> Mapping[str, Product]:
        """Those that are kept, the removed among them; what was put this very moment may be missed."""
        ...
