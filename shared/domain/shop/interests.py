"""What a person looked at, chose and bought: a few of the latest of each, as far as recommendations need them.

To the hour, which is fine enough and small. The same whatever the order of arrival: of each product its latest hour
counts, and of too many products those of the latest hours.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from shared.domain.events import NOTHING
from shared.domain.intake.fields import MAX_ID_LENGTH
from shared.domain.timing import DAY, HOUR, Duration, Instant

MAX_VIEWED: Final = 8
MAX_CHOSEN: Final = 12
MAX_BOUGHT: Final = 50
LOOKS_COUNT: Final[Duration] = 60 * DAY
"""How long it says something that a person looked at a product, or put it into a basket."""
MAX_SKU: Final = 64
"""Characters of a sku that is remembered: a profile's size is a budget."""

KEYS: Final = ("sku", "product_id")
"""By which an event may name a product of the catalogue, the first that it knows."""

Hours = Mapping[str, Instant]
"""By sku, the latest first."""


@dataclass(frozen=True, slots=True)
class Interests:
    """Products by their skus, each with the beginning of the hour in which it was last looked at, chosen or bought."""

    viewed: Hours = field(default=NOTHING)
    chosen: Hours = field(default=NOTHING)
    bought: Hours = field(default=NOTHING)

    def __bool__(self) -> bool:
        return bool(self.viewed or self.chosen or self.bought)


NO_INTERESTS: Final = Interests()

MOST: Final = {"viewed": MAX_VIEWED, "chosen": MAX_CHOSEN, "bought": MAX_BOUGHT}


def named_in(told: Mapping[str, Any]) -> list[str]:
    """What an event calls a product, as far as a catalogue could know it by that."""
    names = []
    for key in KEYS:
        name = told.get(key)
        if type(name) is int:
            name = str(name)
        if isinstance(name, str) and 0 < len(name) <= MAX_ID_LENGTH:
            names.append(name)
    return names


def skus_of(told: Iterable[object]) -> list[str]:
    """Of several lines, the one by which each product is counted and remembered; each product once."""
    named = (next(iter(named_in(line)), "") for line in told if isinstance(line, Mapping))
    return [sku for sku in dict.fromkeys(named) if 0 < len(sku) <= MAX_SKU]


def with_hour(interests: Interests, kind: str, skus: Iterable[str], at: Instant) -> Interests:
    """With these products looked at, chosen or bought (``kind``) then."""
    hour = at - at % HOUR
    parts = {name: getattr(interests, name) for name in MOST}
    return Interests(**parts | {kind: _latest(parts[kind], dict.fromkeys(skus, hour), MOST[kind])})


def of_late(interests: Interests, now: Instant) -> Interests:
    """Without what was looked at so long ago that it says nothing; what was bought stays."""
    viewed, chosen = (
        {sku: hour for sku, hour in looks.items() if hour > now - LOOKS_COUNT}
        for looks in (interests.viewed, interests.chosen)
    )
    return Interests(viewed, chosen, interests.bought)


def together(one: Interests, other: Interests) -> Interests:
    """What both did, who are one person."""
    return Interests(*(_latest(getattr(one, name), getattr(other, name), most) for name, most in MOST.items()))


def _latest(held: Hours, more: Hours, most: int) -> Hours:
    hours = {**held, **{sku: max(hour, held.get(sku, hour)) for sku, hour in more.items()}}
    return dict(sorted(hours.items(), key=lambda one: (-one[1], one[0]))[:most])
