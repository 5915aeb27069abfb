"""Deciding, per event: for a typical person, and beside journeys that the event does not concern."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Final

from infra.playbook.source import check_playbook
from shared.domain.decide import decide
from shared.domain.events import Event, EventType, event_from_dict, event_to_dict
from shared.domain.playbook import Playbook, read_playbook
from shared.domain.profiles import Profile
from shared.domain.timing import DAY, HOUR, MINUTE, Instant
from shared.errors import PlaybookFault
from tests.benchmarks.measure import Table, microseconds
from tests.builders import NOON, an_event

PLAYBOOK: Final = Path(__file__).resolve().parents[2] / "templates"
DEAD: Final = (10, 100, 1_000, 10_000)
HISTORIES: Final = (10, 1_000, 100_000)
BATCH: Final = 10
WHO: Final = {"firstName": "Ana", "lastName": "Silva", "email": "ana@example.com", "country": "PT"}


def run(rounds: int) -> list[Table]:
    return [_events(rounds), _dead_journeys(rounds), _histories(rounds), _batches(rounds)]


def _events(rounds: int) -> Table:
    playbook, person = read_with_dead_journeys(0), a_customer()
    viewed = an_event("Product Viewed", id="new", at=NOON)
    listed = an_event("Product List Viewed", id="new", at=NOON)
    body = json.dumps(event_to_dict(viewed))
    identified = _identified("again", NOON, **WHO)
    moved = _identified("moved", NOON, **WHO | {"email": "ana@example.org", "phone": "912 345 678"})
    contenders: dict[str, Callable[[], Any]] = {
        "read the event from its JSON": lambda: event_from_dict(json.loads(body)),
        "no journey asks for it": lambda: decide(playbook, person, [listed], NOON),
        "a journey asks, and does not begin": lambda: decide(playbook, person, [viewed], NOON),
        "they are identified again": lambda: decide(playbook, person, [identified], NOON),
        "with another address and number": lambda: decide(playbook, person, [moved], NOON),
        "it starts a run": _deciding(playbook, person, _added("another-cart", NOON)),
        "it ends a run": _deciding(playbook, person, _ordered("open-cart", NOON)),
        "a wait is over, a message goes": _deciding(playbook, person, _timer(NOON + HOUR)),
    }
    return Table("Deciding, one event of a typical customer", "µs", microseconds(contenders, rounds))


def _dead_journeys(rounds: int) -> Table:
    person, added = a_customer(), _added("another-cart", NOON)
    contenders = {"the shipped playbook": _deciding(read_with_dead_journeys(0), person, added)}
    for count in DEAD:
        contenders[f"… and {count:,} journeys on other events"] = _deciding(
            read_with_dead_journeys(count), person, added
        )
    return Table("Deciding, with journeys that the event does not concern", "µs", microseconds(contenders, rounds))


def _histories(rounds: int) -> Table:
    playbook = read_with_dead_journeys(0)
    contenders: dict[str, Callable[[], Any]] = {}
    for count in HISTORIES:
        person = replace(a_customer(), decided_at=0)
        for begin in range(0, count, 100):
            at = NOON - 20 * MINUTE * (count - begin)
            visits = [
                an_event(("Product Viewed", "Cart Viewed")[n % 2], id=f"h{n}", at=at + (n - begin) * 20 * MINUTE)
                for n in range(begin, min(begin + 100, count))
            ]
            person = decide(playbook, person, visits, visits[-1].received_at).profile
        contenders[f"after {count:,} events more"] = _deciding(playbook, person, _added("another-cart", NOON))
    return Table("Deciding, after a long history", "µs", microseconds(contenders, rounds))


def _batches(rounds: int) -> Table:
    playbook, person = read_with_dead_journeys(0), a_customer()
    events = [an_event("Product Viewed", id=f"new-{index}", at=NOON) for index in range(BATCH)]
    contenders: dict[str, Callable[[], Any]] = {
        "one event at a time": lambda: [decide(playbook, person, [event], NOON) for event in events],
        f"{BATCH} events of a person at once": lambda: decide(playbook, person, events, NOON),
    }
    return Table("Deciding, per event of a batch", "µs", microseconds(contenders, rounds, per=BATCH))


def read_with_dead_journeys(count: int) -> Playbook:
    """The shipped playbook, with ``count`` copies of its cart journey that begin and end on events nobody sends."""
    plain, faults = _shipped()
    cart = plain["journeys"]["cart_abandonment"]
    dead = {
        f"dead_{index}": cart | {"enter": {"on": f"Entry {index}"}, "exit": {"on": f"Exit {index}"}}
        for index in range(count)
    }
    playbook, more = read_playbook({**plain, "journeys": plain["journeys"] | dead})
    if faults or more:
        raise ValueError([*map(str, faults), *more])
    return playbook


@cache
def _shipped() -> tuple[dict[str, Any], Sequence[PlaybookFault]]:
    """Read once: every message in every language takes its seconds."""
    return check_playbook(PLAYBOOK)


def a_customer() -> Profile:
    """Two years with the shop: an order a month, four visits between, and one cart left open half an hour ago."""
    playbook = read_with_dead_journeys(0)
    profile = Profile(id="u1")
    identified = _identified("identify", NOON - 730 * DAY, **WHO)
    history = [identified]
    for month in range(24):
        at = NOON - 720 * DAY + month * 30 * DAY
        history += [an_event("Product Viewed", id=f"v{month}.{n}", at=at + n * HOUR) for n in range(4)]
        history += [_added(f"cart-{month}", at + 5 * HOUR), _ordered(f"cart-{month}", at + 5 * HOUR + MINUTE)]
    for event in [*history, _added("open-cart", NOON - 30 * MINUTE)]:
        profile = decide(playbook, profile, [event], event.received_at).profile
    return profile


def _deciding(playbook: Playbook, profile: Profile, event: Event) -> Callable[[], Any]:
    decision = decide(playbook, profile, [event], event.received_at)
    if not decision.effects:
        raise ValueError(f"{event.name} was to have effects")
    return lambda: decide(playbook, profile, [event], event.received_at)


def _identified(event_id: str, at: Instant, **traits: Any) -> Event:
    return replace(an_event("User Identified", id=event_id, at=at), type=EventType.IDENTIFY, traits=traits)


def _added(cart: str, at: Instant) -> Event:
    product = {"cart_id": cart, "product_id": "p-118", "name": "Stoneware mug", "price": 34.5, "quantity": 2}
    return an_event("Product Added", id=f"added-{cart}", at=at, properties=product)


def _ordered(cart: str, at: Instant) -> Event:
    order = {"cart_id": cart, "order_id": f"order-{cart}", "total": 69.0, "currency": "EUR"}
    return an_event("Order Completed", id=f"ordered-{cart}", at=at, properties=order)


def _timer(at: Instant) -> Event:
    return an_event("Timer Due", id=f"timer:{at}", at=at, type=EventType.TIMER)
