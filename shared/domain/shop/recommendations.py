"""What a person may like: what was bought together with what they bought or looked at, then what is bought most.

How alike two products are is the cosine of who bought them, ``together / sqrt(one * other)`` (Linden, Smith and York,
IEEE Internet Computing 2003; Deshpande and Karypis, ACM TOIS 2004), so that what everybody buys is not alike to
everything; shrunk by ``together / (together + 3)``, since few orders prove little (Koren, KDD 2008). A product's score
is the sum over those that speak for it, each with how much it says of the person now.
"""

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import islice
from typing import Any, Final, NamedTuple, TypeAlias

from shared.domain.shop.companions import NOBODY, Companions, orders
from shared.domain.shop.interests import Interests, skus_of
from shared.domain.shop.shelf import Shelf
from shared.domain.timing import DAY, Duration, Instant


class Reason(StrEnum):
    """Why a product is recommended."""

    BOUGHT_TOGETHER = "bought_together"
    """Others bought it together with what the person bought."""
    LOOKED_AT = "looked_at"
    """Others bought it together with what the person looked at, or has in the basket."""
    POPULAR = "popular"
    """It is bought often."""


MOST: Final = 12
"""Recommendations in one message."""

USUAL: Final = 4

MOST_SEEDS: Final = 6
"""How many of the person's products speak for others: what was bought with each is read."""

MOST_CANDIDATES: Final = 60
"""Of how many products it is asked whether they can be had."""

AT_ONCE: Final = 20
"""Candidates of one read."""

IN_BASKET: Final[Duration] = 30 * DAY
"""How long what was put into a basket may still be there."""

ENOUGH: Final = 1.5
"""Orders, faded as they are, below which being bought together says nothing: two of late."""

SHRINKING: Final = 3

_FADES: Final[Mapping[str, tuple[Reason, float, Duration]]] = {
    "bought": (Reason.BOUGHT_TOGETHER, 1.0, 90 * DAY),
    "chosen": (Reason.LOOKED_AT, 1.0, 14 * DAY),
    "viewed": (Reason.LOOKED_AT, 0.5, 14 * DAY),
}
"""How much each of the person's products says of them, and in what time that halves."""

FindCompanions: TypeAlias = Callable[[Collection[str]], Mapping[str, Companions]]


class Seed(NamedTuple):
    """A product of the person's that speaks for others."""

    sku: str
    reason: Reason
    weight: float


class Recommended(NamedTuple):
    """A product, why, and because of which other one; empty where that is nobody's but everybody's."""

    sku: str
    reason: Reason
    because: str = ""


class Recommendations:
    """``recommendations`` of a template: reads what is bought together when it is first asked, and once."""

    def __init__(
        self,
        shelf: Shelf,
        entry: Mapping[str, Any],
        interests: Interests,
        now: Instant,
        *,
        find: FindCompanions,
        popular: Callable[[], Companions],
    ) -> None:
        self._shelf = shelf
        self._entry = entry
        self._interests = interests
        self._now = now
        self._find = find
        self._popular = popular
        self._candidates: Iterator[Recommended] | None = None
        self._found: list[dict[str, Any]] = []
        self.shown: list[str] = []
        """What was handed out, in words: each product, why, and because of which other one."""

    @property
    def names(self) -> dict[str, Any]:
        """By which templates know them."""
        return {"recommendations": self.best}

    def best(self, count: object = USUAL) -> list[dict[str, Any]]:
        """The first so many that can be had now, or fewer; each a product with ``reason`` and, if any, ``because``."""
        wanted = min(max(count, 0), MOST) if isinstance(count, int) else USUAL
        if self._candidates is None and wanted:
            self._candidates = islice(self._ranked(), MOST_CANDIDATES)
        while len(self._found) < wanted and (some := [*islice(self._candidates or (), AT_ONCE)]):
            sold = self._shelf.on_sale(sku for one in some for sku in (one.sku, one.because) if sku)
            self._found += [self._shown(one) for one in some if one.sku in sold]
        self.shown += map(_words, self._found[len(self.shown) : wanted])
        return self._found[:wanted]

    def _shown(self, one: Recommended) -> dict[str, Any]:
        because = {"because": self._shelf[one.because]} if one.because else {}
        return {**self._shelf[one.sku], "reason": one.reason.value, **because}

    def _ranked(self) -> Iterator[Recommended]:
        speaking = seeds(self._entry, self._interests, self._now)
        companions = self._find([seed.sku for seed in speaking]) if speaking else {}
        left_out = {*self._shelf.told, *not_again(self._interests, self._now)}
        return ranked(speaking, companions, self._popular(), left_out, self._now)


def _words(shown: Mapping[str, Any]) -> str:
    """``KIL-MUG, bought_together: KIL-POT``."""
    because = f": {shown['because']['sku']}" if "because" in shown else ""
    return f"{shown['sku']}, {shown['reason']}{because}"


def seeds(entry: Mapping[str, Any], interests: Interests, now: Instant) -> list[Seed]:
    """What the message is about comes first, then what says most of the person now."""
    found = {
        sku: Seed(sku, reason, weight * 0.5 ** (max(now - hour, 0) / half_life))
        for kind, (reason, weight, half_life) in reversed([*_FADES.items()])
        for sku, hour in getattr(interests, kind).items()
    }
    properties = entry.get("properties")
    properties = properties if isinstance(properties, Mapping) else {}
    listed = (item for value in properties.values() if isinstance(value, list) for item in value)
    at_hand = [
        Seed(sku, Reason.BOUGHT_TOGETHER if _is_bought(sku, properties, interests) else Reason.LOOKED_AT, 1.0)
        for sku in skus_of([properties, *listed])
    ]
    named = {seed.sku for seed in at_hand}
    others = sorted((one for one in found.values() if one.sku not in named), key=lambda one: (-one.weight, one.sku))
    return [*at_hand, *others][:MOST_SEEDS]


def _is_bought(sku: str, properties: Mapping[str, Any], interests: Interests) -> bool:
    return "order_id" in properties or sku in interests.bought


def not_again(interests: Interests, now: Instant) -> set[str]:
    """What the person has, or is about to have."""
    return {*interests.bought, *(sku for sku, hour in interests.chosen.items() if hour > now - IN_BASKET)}


def ranked(
    speaking: Sequence[Seed],
    companions: Mapping[str, Companions],
    popular: Companions,
    left_out: Collection[str],
    now: Instant,
) -> Iterator[Recommended]:
    """All that may be recommended, the best first: what somebody speaks for, then what is bought most."""
    scores: dict[str, float] = {}
    because: dict[str, tuple[float, Seed]] = {}
    for seed in speaking:
        for sku, score in _alike(companions.get(seed.sku, NOBODY), popular, now):
            part = seed.weight * score
            scores[sku] = scores.get(sku, 0.0) + part
            if sku not in because or part > because[sku][0]:
                because[sku] = part, seed
    for sku in sorted(scores, key=lambda one: (-scores[one], *_rank(popular, one))):
        if sku not in left_out:
            _, seed = because[sku]
            yield Recommended(sku, seed.reason, seed.sku)
    for sku in sorted(popular.counts, key=lambda one: _rank(popular, one)):
        if sku not in left_out and sku not in scores:
            yield Recommended(sku, Reason.POPULAR)


def _alike(held: Companions, popular: Companions, now: Instant) -> Iterable[tuple[str, float]]:
    """The companions of one product, and how alike each is to it."""
    for sku, count in held.counts.items():
        both = orders(count.certain, now)
        if both >= ENOUGH:
            each = orders(held.total, now) * max(orders(popular.most(sku), now), both)
            yield sku, both / math.sqrt(each) * both / (both + SHRINKING)


def _rank(popular: Companions, sku: str) -> tuple[int, str]:
    return (-popular.counts[sku].certain if sku in popular.counts else 0), sku
