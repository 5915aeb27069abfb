"""What the shop sells, in memory."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from shared.domain.messages import Purchase
from shared.domain.shop.companions import NOBODY, Companions, weight_at, with_order
from shared.domain.shop.coupon_codes import canonical
from shared.domain.shop.coupons import Coupon, CouponStatus
from shared.domain.shop.products import Product
from shared.domain.timing import Instant
from shared.ports.shop import Drawn
from shared.services.give_coupons import CouponGiver


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


@dataclass
class FakeCoupons:
    """``given``: codes by message and offer; ``pools``: the free ones of each. Keys are canonical codes.

    ``nobodys``: codes of pools that somebody was given who is forgotten.
    """

    stored: dict[str, Coupon] = field(default_factory=dict)
    given: dict[tuple[str, str], str] = field(default_factory=dict)
    pools: dict[str, dict[str, str]] = field(default_factory=dict)
    nobodys: set[str] = field(default_factory=set)

    def reserve(self, coupon: Coupon) -> bool:
        key = canonical(coupon.code)
        held = self.stored.get(key)
        if key in self.nobodys or (held is not None and held.message_id != coupon.message_id):
            return False
        if held is None or held.status is not CouponStatus.REDEEMED:
            self.stored[key] = coupon
        self.given[coupon.message_id, coupon.offer] = key
        return True

    def draw(self, coupon: Coupon) -> Drawn | None:
        if key := self.given.get((coupon.message_id, coupon.offer)):
            return Drawn(self.stored[key].code, is_low=False)
        free = self.pools.get(coupon.offer, {})
        for key in free.keys() & (self.stored.keys() | self.nobodys):
            del free[key]
        if not free:
            return None
        is_low, key = len(free) < 25, min(free)
        self.stored[key] = replace(coupon, code=free.pop(key))
        self.given[coupon.message_id, coupon.offer] = key
        return Drawn(self.stored[key].code, is_low)

    def release(self, coupon: Coupon, *, is_of_pool: bool) -> None:
        key = self.given.get((coupon.message_id, coupon.offer), "")
        held = self.stored.get(key)
        if held is None or held.status is not CouponStatus.RESERVED:
            return
        if is_of_pool:
            self.pools[coupon.offer][key] = self.stored.pop(key).code
            del self.given[coupon.message_id, coupon.offer]
        else:
            self.stored[key] = replace(held, status=CouponStatus.RELEASED)

    def find(self, code: str) -> Coupon | None:
        return self.stored.get(canonical(code))

    def redeem(self, code: str, *, order_id: str, at: Instant) -> Coupon | None:
        held = self.find(code)
        if held is not None and held.status is CouponStatus.RESERVED and not held.is_over(at):
            held = replace(held, status=CouponStatus.REDEEMED, redeemed_at=at, order_id=order_id)
            self.stored[canonical(code)] = held
        return held

    def add(self, pool: str, codes: Sequence[str]) -> int:
        given = self.stored.keys() | self.nobodys
        fresh = {canonical(code): code for code in codes if canonical(code) not in given}
        self.pools.setdefault(pool, {}).update(fresh)
        return len(fresh)

    def left(self, pool: str) -> int:
        return len(self.pools.get(pool, ()))


@dataclass
class FakePurchases:
    """Exact: there is room for everything."""

    counted: dict[str, Purchase] = field(default_factory=dict)
    asked: list[list[str]] = field(default_factory=list)
    """The skus of each read."""

    def count(self, purchase: Purchase) -> bool:
        if purchase.id in self.counted or not weight_at(purchase.at):
            return False
        self.counted[purchase.id] = purchase
        return True

    def companions(self, skus: Collection[str]) -> Mapping[str, Companions]:
        self.asked.append([*skus])
        found: dict[str, Companions] = {}
        for purchase in self.counted.values():
            for sku in {*skus} & {*purchase.skus}:
                others = {*purchase.skus} - {sku}
                found[sku] = with_order(found.get(sku, NOBODY), others, weight_at(purchase.at), len(self.counted) * 99)
        return found

    def popular(self) -> Companions:
        held = NOBODY
        for purchase in self.counted.values():
            held = with_order(held, purchase.skus, weight_at(purchase.at), len(self.counted) * 99)
        return held


def a_giver() -> CouponGiver:
    """Of a playbook without coupons."""
    return CouponGiver(coupons=FakeCoupons(), offers={}, named=lambda _: (), digest=lambda _, value: value)
