"""What the shop sells, in memory."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from shared.domain.shop.products import Product


@dataclass
class FakeCatalogue:
    stored: dict[str, Product] = field(default_factory=dict)
    asked: list[list[str]] = field(default_factory=list)
    """The skus of each read."""

    def put(self, product: Product) -> bool:
        kept = self.stored.get(product.sku)
        if kept is not None and kept.updated_at > product.updated_at:
            return False
        whole = not product.is_removed
        self.stored[product.sku] = (
            product if whole else Product(sku=product.sku, updated_at=product.updated_at, is_removed=True)
        )
        return True

    def find(self, skus: Collection[str]) -> Mapping[str, Product]:
        self.asked.append([*skus])
        return {sku: self.stored[sku] for sku in skus if sku in self.stored}
