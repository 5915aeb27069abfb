"""What an event costs depends neither on what happened before nor on what it does not concern: counted, not timed."""

import gc
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from shared.adapters.dynamodb.packing import PROFILES_2026, pack
from shared.adapters.dynamodb.profile_codec import state_to_plain
from shared.adapters.playbook_lines import from_lines, to_lines
from shared.domain.decide import decide
from shared.domain.events import Event
from shared.domain.playbook import Playbook
from shared.domain.profiles import Profile
from shared.domain.timing import DAY, HOUR, MINUTE
from tests.builders import NOON, a_profile, an_event
from tests.stories import a_journey, a_playbook

LONG = 10_000
SHORT = 2_000
BATCH = 200

CONDITIONS = {
    "all": [
        {"did_not": {"event": "Ordered", "within": "30 days", "at_least": 3}},
        {"sum": {"event": "Ordered", "of": "properties.total", "within": "7 days", "at_least": 100}},
    ]
}


def a_shop(dead: int = 0) -> Playbook:
    """Carts, orders, a segment by behaviour; and journeys on events that never happen."""
    cart = a_journey(key="properties.cart", enter={"on": "Added"}, exit={"on": "Ordered"}, reenter={"after": "1 hour"})
    order = a_journey(key="properties.order", enter={"on": "Ordered"}, exit=None, reenter="never")
    others = {
        f"dead_{n}": a_journey(enter={"on": f"Entry {n}", "where": {"properties.x": n}}, exit={"on": f"Exit {n}"})
        for n in range(dead)
    }
    return a_playbook(segments={"keen": CONDITIONS}, cart=cart, order=order, **others)


def a_history(count: int) -> Iterator[Event]:
    """A visit every ten minutes or so, with carts and orders among it."""
    for n in range(count):
        at = NOON + n * 10 * MINUTE
        name = ("Viewed", "Viewed", "Added", "Viewed", "Ordered")[n % 5]
        properties: dict[str, Any] = {
            "price": n % 90 + 0.5,
            "cart": f"c{n // 5}",
            "order": f"o{n}",
            "total": n % 70 + 0.1,
        }
        yield an_event(name, id=f"e{n}", at=at, properties=properties)


def after(playbook: Playbook, count: int) -> Profile:
    profile, batch = a_profile(), []
    for event in a_history(count):
        batch.append(event)
        if len(batch) == BATCH:
            profile = decide(playbook, profile, batch, event.at).profile
            batch.clear()
    return profile


def calls_of(playbook: Playbook, profile: Profile, event: Event) -> int:
    """How many functions one decision calls, Python's own included."""
    decide(playbook, profile, [event], event.at)  # what is only done once is not counted
    count = 0

    def note(_frame: object, kind: str, _argument: object) -> None:
        nonlocal count
        count += kind in {"call", "c_call"}

    gc.disable()  # others have it call back
    sys.setprofile(note)
    try:
        decide(playbook, profile, [event], event.at)
    finally:
        sys.setprofile(None)
        gc.enable()
    return count


@pytest.fixture(scope="module")
def people() -> tuple[Profile, Profile]:
    shop = a_shop()
    return after(shop, SHORT), after(shop, LONG)


def test_a_long_history_leaves_a_profile_no_larger(people: tuple[Profile, Profile]) -> None:
    short, long = (len(pack(state_to_plain(person), PROFILES_2026)) for person in people)
    assert long < 1.2 * short
    assert long < 16_000


@pytest.mark.parametrize("name", ["Viewed", "Added", "Ordered"])
def test_a_long_history_makes_an_event_no_dearer(people: tuple[Profile, Profile], name: str) -> None:
    shop = a_shop()
    costs = []
    for person in people:
        event = an_event(
            name, id="new", at=person.decided_at + HOUR, properties={"cart": "new", "order": "new", "total": 1}
        )
        costs.append(calls_of(shop, person, event))
    assert costs[1] < 1.2 * costs[0]


@pytest.mark.parametrize("name", ["Viewed", "Added", "Ordered"])
@pytest.mark.parametrize("lines", [False, True])
def test_journeys_that_an_event_does_not_concern_make_it_no_dearer(name: str, lines: bool) -> None:
    event = an_event(name, at=NOON + DAY, properties={"cart": "c", "order": "o", "total": 1})
    costs = []
    for dead in (10, 1_000):
        shop = a_shop(dead)
        if lines:
            shop = from_lines([line.encode() for line in to_lines(shop)])
        costs.append(calls_of(shop, a_profile(), event))
    assert costs[0] == costs[1]
