"""What a person has in the cart and what they bought, read from the events of their timeline.

As far as those events go: they are the latest ones, and of the names of Segment's e-commerce spec.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from shared.domain.events import Event
from shared.domain.locales.spoken_words import spoken
from shared.domain.timing import DAY, Duration, Instant

CART_LASTS: Final[Duration] = 30 * DAY
MAX_PIECES: Final = 4
"""Products that are named; of more, how many."""
MAX_QUANTITY: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Piece:
    """A product, so many of it."""

    name: str
    quantity: int
    price: Decimal | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Cart:
    """What stands in a cart; ``at``: when something was last put there."""

    at: Instant
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Bought:
    """An order; ``undone`` says ``cancelled`` or ``refunded``."""

    id: str
    at: Instant
    pieces: tuple[Piece, ...]
    total: str = ""
    undone: str = ""


@dataclass(slots=True)
class _Filling:
    at: Instant = 0
    pieces: dict[str, Piece] = field(default_factory=dict)


def standing_carts(events: Iterable[Event], now: Instant) -> list[Cart]:
    """The carts that were filled within ``CART_LASTS`` and not ordered, the latest first; events the oldest first."""
    carts: dict[str, _Filling] = {}
    for event in events:
        cart_id = spoken(event.properties.get("cart_id"))
        if event.name == "Product Added":
            _put(carts.setdefault(cart_id, _Filling()), event)
        elif event.name == "Product Removed":
            _take(carts.get(cart_id), event)
        elif event.name == "Order Completed":
            # A till does not know the cart: whatever was bought, the person is done with what they had chosen.
            if cart_id:
                carts.pop(cart_id, None)
            else:
                carts.clear()
    standing = [cart for cart in carts.values() if cart.pieces and cart.at > now - CART_LASTS]
    return [
        Cart(cart.at, tuple(cart.pieces.values())) for cart in sorted(standing, key=lambda cart: cart.at, reverse=True)
    ]


def orders(events: Iterable[Event]) -> list[Bought]:
    """What was ordered, the latest first; events the oldest first."""
    found: dict[str, Bought] = {}
    for event in events:
        id_ = spoken(event.properties.get("order_id"))
        if event.name == "Order Completed":
            pieces = tuple(_pieces(event.properties.get("products")))
            found[id_ or event.id] = Bought(id_, event.at, pieces, _total(event.properties))
        elif event.name in _UNDOING and id_ in found:
            order = found[id_]
            found[id_] = Bought(id_, order.at, order.pieces, order.total, _UNDOING[event.name])
    return sorted(found.values(), key=lambda order: order.at, reverse=True)


def pieces_words(pieces: Sequence[Piece]) -> str:
    """``2 × Kilkenny stoneware mug, Oak board``."""
    named = [piece.name if piece.quantity == 1 else f"{piece.quantity} × {piece.name}" for piece in pieces[:MAX_PIECES]]
    more = len(pieces) - MAX_PIECES
    return ", ".join([*named, *([f"{more} more"] if more > 0 else [])])


def amount_words(pieces: Sequence[Piece]) -> str:
    """`` (69.00 EUR)``; empty where a price is not known, or currencies differ."""
    currencies = {piece.currency for piece in pieces}
    prices = [piece.price * piece.quantity for piece in pieces if piece.price is not None]
    if len(currencies) != 1 or len(prices) < len(pieces):
        return ""
    return f" ({sum(prices):.2f} {currencies.pop()}".rstrip() + ")"


_UNDOING: Final = {"Order Cancelled": "cancelled", "Order Refunded": "refunded"}


def _put(cart: _Filling, event: Event) -> None:
    piece = _piece(event.properties)
    if piece is None:
        return
    held = cart.pieces.get(_product(event.properties))
    quantity = piece.quantity + (held.quantity if held else 0)
    cart.pieces[_product(event.properties)] = Piece(piece.name, quantity, piece.price, piece.currency)
    cart.at = event.at


def _take(cart: _Filling | None, event: Event) -> None:
    held = cart.pieces.get(_product(event.properties)) if cart else None
    if cart is None or held is None:
        return
    left = held.quantity - _quantity(event.properties, held.quantity)
    if left > 0:
        cart.pieces[_product(event.properties)] = Piece(held.name, left, held.price, held.currency)
    else:
        del cart.pieces[_product(event.properties)]


def _pieces(products: Any) -> Iterator[Piece]:
    for product in products if isinstance(products, list) else ():
        if isinstance(product, Mapping) and (piece := _piece(product)) is not None:
            yield piece


def _piece(product: Mapping[str, Any]) -> Piece | None:
    name = spoken(product.get("name")) or _product(product)
    if not name:
        return None
    return Piece(name, _quantity(product, 1), _amount(product.get("price")), spoken(product.get("currency")))


def _product(product: Mapping[str, Any]) -> str:
    return next(filter(None, (spoken(product.get(name)) for name in ("product_id", "sku", "variant", "name"))), "")


def _quantity(product: Mapping[str, Any], default: int) -> int:
    amount = _amount(product.get("quantity"))
    return default if amount is None or not 1 <= amount <= MAX_QUANTITY else int(amount)


def _total(properties: Mapping[str, Any]) -> str:
    for name in ("total", "revenue", "value"):
        amount = _amount(properties.get(name))
        if amount is not None:
            return f"{amount:.2f} {spoken(properties.get('currency'))}".rstrip()
    return ""


def _amount(value: Any) -> Decimal | None:
    """Exact; ``None`` for what is no number, or one that nobody pays."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal) or len(str(value)) > 30:
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and 0 <= amount < 10**12 else None
