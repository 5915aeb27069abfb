"""A product of the shop's catalogue, read from what the shop's server sends: each bad field is named.

A product is written whole, and the latest by its own instant stands: updates may come late, twice and in any order.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from shared.domain.intake.fields import read_id, read_instant, text_trouble
from shared.domain.intake.json_values import is_sound, printable, value_faults
from shared.domain.normalise.amounts import read_amount, read_boolean, read_count, read_currency
from shared.domain.timing import Instant, format_instant
from shared.errors import Fault, InvalidInputError

MAX_AT_ONCE: Final = 100
"""Products of one request: each is a write of its own, and a client waits for all of them."""

MAX_TITLE: Final = 500
MAX_ADDRESS: Final = 2_000
MAX_CATEGORIES: Final = 20
MAX_CATEGORY: Final = 100

FIELDS: Final = ("sku", "title", "price", "currency", "stock", "url", "image", "categories", "updated_at", "removed")

INVALID_PRODUCTS: Final = "invalid-products"


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One thing that the shop sells.

    Attributes:
        price: in its ``currency``; where that is empty, in the one of the brand's country.
        stock: how many are left; ``None`` where nobody counts them.
        is_removed: the shop sells it no more; kept for a while, so that what comes late does not bring it back.
    """

    sku: str
    updated_at: Instant
    title: str = ""
    price: int | float | None = None
    currency: str = ""
    stock: int | None = None
    url: str = ""
    image: str = ""
    categories: tuple[str, ...] = ()
    is_removed: bool = False

    @property
    def is_sold(self) -> bool:
        """Whether somebody who wants it now can have it, as far as is known."""
        return not self.is_removed and self.stock != 0


def read_products(raw: object, now: Instant) -> list[Product]:
    """The products of ``{"products": [{"sku": …}, …]}``; without ``updated_at`` they are as of now.

    Raises:
        InvalidInputError: with every fault found; none of them is to be used.
    """
    listed = raw.get("products") if isinstance(raw, dict) else None
    if not isinstance(listed, list) or not 1 <= len(listed) <= MAX_AT_ONCE:
        raise InvalidInputError(
            [Fault("products", f"must be a list of 1 to {MAX_AT_ONCE} products")], code=INVALID_PRODUCTS
        )
    faults: list[Fault] = []
    found: dict[str, Product] = {}
    for place, one in enumerate(listed):
        product, wrong = read_product(one, now)
        if product is not None and product.sku in found:
            wrong.append(Fault("sku", "stands here twice: of one product the latest is enough"))
        faults += [
            Fault(f"products.{place}" + (f".{fault.path}" if fault.path else ""), fault.message) for fault in wrong
        ]
        if product is not None:
            found[product.sku] = product
    if faults:
        raise InvalidInputError(faults, code=INVALID_PRODUCTS)
    return list(found.values())


def read_product(raw: object, now: Instant) -> tuple[Product | None, list[Fault]]:
    """One product, as far as it can be read, and what is wrong with it."""
    if not isinstance(raw, dict):
        return None, [Fault("", "must be a JSON object")]
    if not is_sound(raw):
        return None, value_faults(raw)
    faults = [
        Fault(printable(name), f"is no field of a product; those are {', '.join(FIELDS)}")
        for name in raw
        if name not in FIELDS
    ]
    sku = read_id(raw, "sku", faults, required=True)
    updated_at = read_instant(raw, "updated_at", faults)
    product = Product(
        sku=sku or "",
        updated_at=now if updated_at is None else min(updated_at, now),
        title=_text(raw, "title", MAX_TITLE, faults),
        price=_price(raw, faults),
        currency=_currency(raw, faults),
        stock=_stock(raw, faults),
        url=_address(raw, "url", faults),
        image=_address(raw, "image", faults),
        categories=_categories(raw, faults),
        is_removed=_is_removed(raw, faults),
    )
    return (None if sku is None else product), faults


def product_to_dict(product: Product) -> dict[str, Any]:
    """The product as it could be sent again, without what is not known."""
    plain: dict[str, Any] = {"sku": product.sku, "updated_at": format_instant(product.updated_at)}
    for name in ("title", "price", "currency", "stock", "url", "image"):
        if (value := getattr(product, name)) not in ("", None):
            plain[name] = value
    if product.categories:
        plain["categories"] = list(product.categories)
    if product.is_removed:
        plain["removed"] = True
    return plain


def _text(raw: Mapping[str, Any], name: str, limit: int, faults: list[Fault]) -> str:
    value = raw.get(name)
    if value is None:
        return ""
    if trouble := text_trouble(value, limit):
        faults.append(Fault(name, trouble))
        return ""
    return str(value).strip()


def _price(raw: Mapping[str, Any], faults: list[Fault]) -> int | float | None:
    value = raw.get("price")
    if value is None:
        return None
    amount = read_amount(value).value
    if amount is None or amount < 0:
        faults.append(Fault("price", "must be a number, from 0"))
        return None
    return amount  # type: ignore[no-any-return]


def _currency(raw: Mapping[str, Any], faults: list[Fault]) -> str:
    value = raw.get("currency")
    if value is None:
        return ""
    currency = read_currency(value).value
    if currency is None:
        faults.append(Fault("currency", "must be a currency by its three letters, such as EUR"))
        return ""
    return str(currency)


def _stock(raw: Mapping[str, Any], faults: list[Fault]) -> int | None:
    value = raw.get("stock")
    if value is None:
        return None
    count = read_count(value).value
    if count is None:
        faults.append(Fault("stock", "must be a whole number, from 0"))
        return None
    return int(count)


def _address(raw: Mapping[str, Any], name: str, faults: list[Fault]) -> str:
    text = _text(raw, name, MAX_ADDRESS, faults)
    if text and not _is_web_address(text):
        faults.append(Fault(name, "must be an address that begins with https://"))
        return ""
    return text


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and not any(char.isspace() for char in text)


def _categories(raw: Mapping[str, Any], faults: list[Fault]) -> tuple[str, ...]:
    value = raw.get("categories")
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > MAX_CATEGORIES:
        faults.append(Fault("categories", f"must be a list of at most {MAX_CATEGORIES} names"))
        return ()
    for place, one in enumerate(value):
        if trouble := text_trouble(one, MAX_CATEGORY):
            faults.append(Fault(f"categories.{place}", trouble))
    return tuple(str(one).strip() for one in value)


def _is_removed(raw: Mapping[str, Any], faults: list[Fault]) -> bool:
    value = raw.get("removed")
    if value is None:
        return False
    said = read_boolean(value).value
    if said is None:
        faults.append(Fault("removed", "must be true or false"))
    return said is True
