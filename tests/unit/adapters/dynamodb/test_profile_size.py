"""A profile's size is a budget: it is read and written whole, and charged by the kilobyte."""

import random
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from infra.playbook.source import check_playbook
from shared.adapters.dynamodb.packing import PROFILES_2026, pack
from shared.adapters.dynamodb.profile_codec import state_to_plain
from shared.domain.behaviour.aggregates import Aggregates, Amounts, add
from shared.domain.decide import decide
from shared.domain.events import Event, EventType, Trust
from shared.domain.playbook import MAX_DATE_JOURNEYS, read_playbook
from shared.domain.profiles import MAX_REACHED_DAYS, Dated, Profile
from shared.domain.timing import DAY, HOUR, MINUTE, Instant
from tests.builders import NOON, an_event
from tests.conditions import read
from tests.conftest import SHIPPED_PLAYBOOK
from tests.playbooks import a_playbook

PARCEL = ("Order Shipped", "Order Out for Delivery", "Order Delivered")
ANSWERS = ("Message Sent", "Message Opened")
BESIDE_STATE = 150
"""Bytes of key, version, instants and the attributes' names, with an id of 36 characters."""


@cache
def a_customer(years: float, orders: int, visits: int) -> Profile:
    """So many orders and visits a year, at instants as uneven as people's, each with a cart of its own."""
    chance = random.Random(7)  # noqa: S311
    days = int(years * 365)
    begin = NOON - days * DAY
    traits = {"firstName": "Ana", "lastName": "Silva", "email": "ana@example.com", "phone": "+351910000000"}
    events: list[Event] = [
        an_event("User Identified", id="identify", at=begin, type=EventType.IDENTIFY, traits=traits),
        _statement("Subscribed", begin + MINUTE),
    ]
    events += [_happening(chance, "Product Viewed", number, begin, days) for number in range(int(years * visits))]
    for number in range(int(years * orders)):
        added = _happening(chance, "Product Added", number, begin, days)
        events += [added, replace(added, id=f"o{number}", name="Order Completed", at=added.at + 9 * MINUTE)]
    profile = Profile(id="9b2f6a0e-6f1d-4c1e-9f0a-5f1d8a0c9b3e")
    for event in sorted(events, key=lambda event: event.at):
        profile = decide(a_playbook(), profile, [replace(event, received_at=event.at)], event.at).profile
    return profile


def _happening(chance: random.Random, name: str, number: int, begin: Instant, days: int) -> Event:
    at = begin + chance.randrange(2 * HOUR, days * DAY)
    reference = chance.randrange(10**7)
    properties: dict[str, Any] = {"cart_id": f"c-{reference}", "order_id": f"SO-{reference}", "revenue": 69.9}
    return an_event(name, id=f"{name}{number}", at=at, properties=properties)


def _statement(name: str, at: Instant) -> Event:
    return an_event(name, id=f"{name}{at}", at=at, properties={"channel": "email"}, trust=Trust.SYSTEM)


def size(profile: Profile) -> int:
    return len(pack(state_to_plain(profile), PROFILES_2026)) + BESIDE_STATE


@pytest.mark.parametrize(
    ("years", "orders"), [(0.1, 10), (1, 6), (2, 6)], ids=["once", "a year, six orders", "two years, twelve orders"]
)
def test_a_typical_customer_is_one_kilobyte(years: float, orders: int) -> None:
    assert size(a_customer(years, orders, 50)) <= 1_024


def test_a_typical_customer_of_the_shipped_flows_is_one_kilobyte() -> None:
    """Two years, an order every two months that comes by parcel, every mail about it noted, and what was bought."""
    plain, _ = check_playbook(SHIPPED_PLAYBOOK)
    plain["messages"]["care_guide"]["recommends"] = True
    playbook, _ = read_playbook(plain)
    who = {"firstName": "Ana", "lastName": "Silva", "email": "ana@example.com", "birthday": "1990-11-20"}
    profile = Profile(id="9b2f6a0e-6f1d-4c1e-9f0a-5f1d8a0c9b3e")
    events = [an_event("User Identified", id="identify", at=NOON - 730 * DAY, type=EventType.IDENTIFY, traits=who)]
    for number in range(12):
        order: dict[str, Any] = {"order_id": f"SO-{number * 7_919}", "cart_id": f"c-{number * 7_907}", "total": 69.9}
        sku = f"KIL-{('MUG', 'POT', 'BOWL', 'TRAY')[number % 4]}-{('OAT', 'MOSS', 'SEA')[number % 3]}"
        order |= {"sku": sku, "products": [{"sku": sku}, {"sku": f"VIL-TOWEL-{number % 5}"}]}
        for hours, name in enumerate(("Product Viewed", "Product Added", "Order Completed", *PARCEL, *ANSWERS)):
            at = NOON - 720 * DAY + number * 60 * DAY + hours * 7 * HOUR
            mail = {"channel": "email", "message": "order_shipped"} if name in ANSWERS else order
            events.append(an_event(name, id=f"{name}{number}", at=at, properties=mail))
    for event in events:
        profile = decide(playbook, profile, [replace(event, received_at=event.at)], event.at).profile
    assert len(profile.interests.bought) == 17
    assert size(decide(playbook, profile, [], NOON).profile) <= 1_024


def test_a_customer_of_ten_years_is_a_few_kilobytes() -> None:
    assert size(a_customer(10, 24, 200)) <= 16 * 1_024


def test_the_amounts_of_a_sum_are_a_few_kilobytes_at_most() -> None:
    aggregates, chance = Aggregates(), random.Random(7)  # noqa: S311
    read({"sum": {"event": "A", "of": "properties.x", "within": "365 days", "above": 500}}, aggregates)
    (total,) = aggregates.totals.values()
    sizes = []
    for count in (12, 256, 1_000):
        amounts: Amounts = ()
        for _ in range(count):
            at, amount = NOON - chance.randrange(365 * DAY), Decimal(chance.randrange(500, 20_000)) / 100
            amounts = add(amounts, at, amount, total, NOON)
        sizes.append(size(Profile(id="u1", sums={total.id: amounts})) - size(Profile(id="u1")))
    assert sizes[0] <= 192
    assert max(sizes) <= 3 * 1_024


def test_dates_of_their_own_cost_a_typical_customer_little_and_nobody_much() -> None:
    day = date(2026, 11, 20)

    def dated(count: int) -> int:
        names = (f"journey_of_a_long_name_{number}" for number in range(count))
        held = {name: Dated(NOON + n * DAY, (day,) * MAX_REACHED_DAYS) for n, name in enumerate(names)}
        return size(Profile(id="u1", dates=held, dates_version="0123abcd")) - size(Profile(id="u1"))

    assert dated(2) <= 128
    assert dated(MAX_DATE_JOURNEYS) <= 2 * 1_024


def test_history_beyond_the_bounds_does_not_count() -> None:
    assert size(a_customer(20, 24, 200)) <= size(a_customer(10, 24, 200)) * 1.1


def test_the_busiest_day_is_a_few_kilobytes() -> None:
    profile = a_customer(10, 24, 200)
    events = [
        an_event("Product Added", id=f"busy{n}", at=NOON + n * MINUTE, properties={"cart_id": f"busy-{n}"})
        for n in range(600)
    ]
    for event in events:
        profile = decide(a_playbook(), profile, [event], event.at).profile

    assert size(profile) <= 16 * 1_024
