"""Products as a message shows them: what the catalogue knows at this moment, and of others what the event told.

Nothing is read before a template asks for a product; then all that the event names are read at once.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import islice
from typing import Any, Final, TypeAlias

from shared.domain.shop.interests import KEYS, named_in
from shared.domain.shop.products import Product

MOST: Final = 100
"""Products of one message, which is what one read brings; of those beyond, only what the event told is shown."""

TOLD: Final[Mapping[str, tuple[str, ...]]] = {
    "title": ("name", "title"),
    "price": ("price",),
    "currency": ("currency",),
    "url": ("url",),
    "image": ("image_url", "image"),
    "variant": ("variant",),
    "quantity": ("quantity",),
}
"""What a template may ask of a product, and where an event of the Segment spec tells it."""

SHOWN: Final = (*TOLD, "sku", "stock", "categories", "in_stock", "in_catalogue", "told_price")
"""All that a template may ask of a product."""

READ: Final = frozenset({*KEYS, *(name for names in TOLD.values() for name in names)})
"""The event's own properties that may tell of a product."""

_PLACES: Final = tuple((place, name) for name, places in TOLD.items() for place in reversed(places))
"""The same, the place that counts last."""

_MAPPINGS: Final = (dict, Mapping)
"""What may be a line; nearly all are the first, which is told much sooner."""

Find: TypeAlias = Callable[[Collection[str]], Mapping[str, Product]]
"""Of some skus, the products that the catalogue knows; those that the shop sells no more among them."""


class Shelf:
    """``products`` of a template: ``products[sku]``, with whatever key, is a mapping; it lacks what nobody knows."""

    __slots__ = ("_currency", "_find", "_known", "_told")

    def __init__(self, entry: Mapping[str, Any], find: Find) -> None:
        properties = entry.get("properties")
        properties = properties if isinstance(properties, Mapping) else {}
        self._find = find
        self._known: dict[str, Product | None] = {}
        self._currency = properties.get("currency")
        self._told: dict[str, Mapping[str, Any]] = {}
        listed = [item for value in properties.values() if isinstance(value, list) for item in value]
        for one in (properties, *(item for item in listed if isinstance(item, Mapping))):
            for key in named_in(one):
                self._told.setdefault(key, one)

    def __getitem__(self, sku: object) -> dict[str, Any]:
        key = next(iter(named_in({"sku": sku})), "")
        return self._shown(key, self._told.get(key, {}))

    @property
    def names(self) -> dict[str, Any]:
        """By which templates know it."""
        return {"products": self, "lines": self.lines}

    @property
    def told(self) -> Collection[str]:
        """All that the event calls its products."""
        return self._told.keys()

    def on_sale(self, skus: Iterable[str]) -> frozenset[str]:
        """Those that the catalogue knows and that can be had now; they are looked for however many others were."""
        asked = dict.fromkeys([*islice(() if self._known else self._told, MOST), *skus])
        if unseen := [sku for sku in asked if sku not in self._known]:
            self._read(unseen)
        return frozenset(sku for sku in asked if (product := self._known[sku]) is not None and product.is_sold)

    def lines(self, told: object) -> list[dict[str, Any]]:
        """The lines of a cart or an order as the catalogue has them now; one line of what is one; of all else none."""
        if isinstance(told, _MAPPINGS):
            told = [told]
        lines = [line for line in told if isinstance(line, _MAPPINGS)] if isinstance(told, list | tuple) else []
        keys = [named_in(line) for line in lines]
        if unseen := [key for found in keys for key in found if key not in self._known]:
            self._look_up(unseen)
        return [self._line(line, found) for line, found in zip(lines, keys, strict=True)]

    def _line(self, line: Mapping[str, Any], keys: list[str]) -> dict[str, Any]:
        for key in keys:
            if self._product(key) is not None:
                return self._shown(key, line)
        return self._shown(keys[0] if keys else "", line)

    def _shown(self, sku: str, told: Mapping[str, Any]) -> dict[str, Any]:
        shown: dict[str, Any] = {"sku": sku} if sku else {}
        for place, name in _PLACES:
            value = told.get(place)
            if value is not None:
                shown[name] = value
        if self._currency is not None:
            shown.setdefault("currency", self._currency)
        product = self._product(sku) if sku else None
        shown["in_stock"] = product is None or product.is_sold
        shown["in_catalogue"] = product is not None and not product.is_removed
        if product is None or product.is_removed:
            return shown
        if product.price is not None:
            if "price" in shown and shown["price"] != product.price:
                shown["told_price"] = shown["price"]
            shown |= {"price": product.price, "currency": product.currency}  # a pair: never another's currency
        for name in ("title", "stock", "url", "image"):
            if (value := getattr(product, name)) not in ("", None):
                shown[name] = value
        if product.categories:
            shown["categories"] = list(product.categories)
        return {name: value for name, value in shown.items() if value != ""}

    def _product(self, sku: str) -> Product | None:
        if sku not in self._known:
            self._look_up([sku])
        return self._known.get(sku)

    def _look_up(self, skus: Iterable[str]) -> None:
        """Read what has not been looked for yet, and with the first of it all that the event names."""
        wanted = [sku for sku in dict.fromkeys(skus) if sku not in self._known]
        if wanted and not self._known:
            wanted = list(dict.fromkeys([*wanted, *self._told]))
        wanted = wanted[: max(MOST - len(self._known), 0)]
        if wanted:
            self._read(wanted)

    def _read(self, skus: Collection[str]) -> None:
        found = self._find(skus)
        self._known |= {sku: found.get(sku) for sku in skus}
