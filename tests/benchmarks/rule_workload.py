"""Rules and events as a shop might have them: the event's name, a test of the event, often one of the person too."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from shared.domain.behaviour.aggregates import Aggregates
from shared.domain.conditions.trees import Condition, Scope, holds
from shared.domain.language.condition_reader import ConditionReader
from shared.domain.language.reading import Faults
from tests.builders import NOON, an_event

EVENT_NAMES: Final = (
    "Product List Viewed",
    "Products Searched",
    "Product Viewed",
    "Product Added",
    "Product Removed",
    "Cart Viewed",
    "Checkout Started",
    "Order Completed",
    "Signed Up",
    "Product Reviewed",
)
EVENTS: Final = 40
SKUS: Final = tuple(f"KIL-{number:04}" for number in range(1_000))
CATEGORIES: Final = tuple(f"category {number}" for number in range(200))
BRANDS: Final = tuple(f"brand {number}" for number in range(100))
COUNTRIES: Final = ("PT", "ES", "FR", "DE", "IE", "IT", "NL", "BE", "AT", "PL")
PLANS: Final = ("free", "silver", "gold")


@dataclass(frozen=True, slots=True)
class Asked:
    """One test; ``operator`` is the language's."""

    path: tuple[str, str]
    operator: str
    value: Any


@dataclass(frozen=True, slots=True)
class PlainRule:
    """All tests hold of an event of that name."""

    number: int
    event: str
    tests: tuple[Asked, ...]

    def condition(self) -> Condition:
        """As a marketer writes it, read as the playbook is."""
        plain = {".".join(test.path): {test.operator: test.value} for test in self.tests}
        faults = Faults()
        condition = ConditionReader(faults, Aggregates()).read(plain, ())
        if faults:
            raise ValueError(list(faults))
        return condition


@dataclass(frozen=True, slots=True)
class Happening:
    """An event and the person whose it is, as the engines take them; whatever field a rule asks for is there."""

    event: str
    plain: dict[str, dict[str, Any]]
    scope: Scope


def some_rules(count: int) -> list[PlainRule]:
    random = Random(count)  # noqa: S311  # the same rules in every run
    return [PlainRule(n, random.choice(EVENT_NAMES), tuple(_tests(random))) for n in range(count)]


def dead_rules(count: int, live: int) -> list[PlainRule]:
    """Rules on the same events and fields, with values that no event brings."""
    random = Random(-count)  # noqa: S311
    field = ("properties", "sku")
    return [
        PlainRule(live + n, random.choice(EVENT_NAMES), (Asked(field, "is", f"dead-{n}"), *_profile_tests(random)))
        for n in range(count)
    ]


def some_events() -> list[Happening]:
    random = Random(0)  # noqa: S311
    events = []
    for n in range(EVENTS):
        properties = {
            "sku": random.choice(SKUS),
            "category": random.choice(CATEGORIES),
            "brand": random.choice(BRANDS),
            "price": float(random.randrange(10, 200)),
            "quantity": 1.0,
        }
        traits = {
            "country": random.choice(COUNTRIES),
            "plan": random.choice(PLANS),
            "orders": float(random.randrange(40)),
            "firstName": "Ana",
            "email": "ana@example.com",
        }
        name = EVENT_NAMES[n % len(EVENT_NAMES)]
        scope = Scope(NOON, traits=traits, event=an_event(name, properties=properties))
        events.append(Happening(name, {"properties": properties, "traits": traits}, scope))
    return events


def answers(rules: list[PlainRule], event: Happening) -> list[int]:
    """The truth: every rule asked, one after the other."""
    return [rule.number for rule in rules if rule.event == event.event and holds(rule.condition(), event.scope)]


def _tests(random: Random) -> Iterator[Asked]:
    kind = random.random()
    if kind < 0.3:
        yield Asked(("properties", "sku"), "is", random.choice(SKUS))
    elif kind < 0.6:
        yield Asked(("properties", "category"), "in", random.sample(CATEGORIES, 3))
    elif kind < 0.8:
        yield Asked(("properties", "brand"), "is", random.choice(BRANDS))
        yield Asked(("properties", "price"), "below", float(random.randrange(50, 200)))
    else:
        yield Asked(("properties", "price"), "at_least", float(random.randrange(20, 3_000)))
    yield from _profile_tests(random)


def _profile_tests(random: Random) -> Iterator[Asked]:
    kind = random.random()
    if kind < 0.15:
        yield Asked(("traits", "country"), "in", random.sample(COUNTRIES, 4))
    elif kind < 0.3:
        yield Asked(("traits", "plan"), "is", random.choice(PLANS))
    elif kind < 0.5:
        yield Asked(("traits", "orders"), "at_least", float(random.randrange(30)))
