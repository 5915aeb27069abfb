"""What the shop sells, as far as messages need it."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

from shared.domain.messages import Purchase
from shared.domain.shop.companions import Companions
from shared.domain.shop.coupons import Coupon
from shared.domain.shop.products import Product
from shared.domain.timing import Instant


class Catalogue(Protocol):
    """The shop's products, by sku."""

    def put(self, product: Product) -> bool:
        """Keep it in the place of an older one; ``False``: what is kept is of a later instant, and stays."""
        ...

    def find(self, skus: Collection[str]) -> Mapping[str, Product]:
        """Those that are kept, the removed among them; what was put this very moment may be missed."""
        ...


class Drawn(NamedTuple):
    """A code of a pool; ``is_low``: few are left there."""

    code: str
    is_low: bool


class Coupons(Protocol):
    """Who was given which code, and which of them are redeemed. Codes are found however they are typed."""

    def reserve(self, coupon: Coupon) -> bool:
        """Note the code as the message's, also where it was before; ``False``: it is another message's."""
        ...

    def draw(self, coupon: Coupon) -> Drawn | None:
        """A free code of the pool named like the offer, the same for the same message; ``None``: none is left."""
        ...

    def release(self, coupon: Coupon, *, is_of_pool: bool) -> None:
        """What the message holds of that offer, unless it is redeemed, nobody has any more; a pool's is free again."""
        ...

    def find(self, code: str) -> Coupon | None: ...

    def redeem(self, code: str, *, order_id: str, at: Instant) -> Coupon | None:
        """Redeem what is reserved and not over; the coupon as it is then, redeemed or not. ``None``: there is none.

        Of many who ask at once, one does it.
        """
        ...

    def add(self, pool: str, codes: Sequence[str]) -> int:
        """Put free codes into a pool, but for those that were given to somebody before; how many are in it by that."""
        ...

    def left(self, pool: str) -> int:
        """How many codes are free."""
        ...


class Purchases(Protocol):
    """How often products are bought, and together with what."""

    def count(self, purchase: Purchase) -> bool:
        """Count the order, once; ``False``: it is counted, or too old to count.

        Raises:
            RetryableError: it is not counted.
            PermanentError: it cannot be, for what is stored cannot be read.
        """
        ...

    def companions(self, skus: Collection[str]) -> Mapping[str, Companions]:
        """Of each product that was bought, what was bought together with it; eventually consistent."""
        ...

    def popular(self) -> Companions:
        """What was bought at all; it may be as of some minutes ago."""
        ...
