"""What is kept of a person's shopping, and what of it is counted: only where the playbook recommends anything."""

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from shared.domain.behaviour.shopping import MOST_TOGETHER
from shared.domain.decide import decide
from shared.domain.events import Event, Trust
from shared.domain.messages import Purchase, effect_from_dict, effect_to_dict
from shared.domain.profiles import Profile
from shared.domain.shop.interests import MAX_BOUGHT, NO_INTERESTS, Interests
from shared.domain.timing import DAY, HOUR, Instant
from tests.builders import NOON, an_event
from tests.playbooks import a_playbook

PLAYBOOK = replace(a_playbook(), recommends=True)
POT, MUG = {"sku": "POT", "product_id": "p-1"}, {"sku": "MUG"}


def an_order(*skus: str, id: str = "m1", at: Instant = NOON, **properties: Any) -> Event:  # noqa: A002
    told = {"products": [{"sku": sku} for sku in skus], **properties}
    return an_event("Order Completed", id=id, at=at, properties=told)


def after(*events: Event, playbook: Any = PLAYBOOK) -> tuple[Profile, list[Purchase]]:
    profile, ordered = Profile(id="u1"), list[Purchase]()
    for event in events:
        decision = decide(playbook, profile, [event], event.received_at)
        profile = decision.profile
        ordered += [effect for effect in decision.effects if isinstance(effect, Purchase)]
    return profile, ordered


def test_what_was_looked_at_chosen_and_bought_is_kept() -> None:
    viewed = an_event("Product Viewed", id="m1", at=NOON, properties=POT)
    added = an_event("Product Added", id="m2", at=NOON + HOUR, properties={"product_id": "p-2"})
    order = an_event("Order Completed", id="m3", at=NOON + 2 * HOUR + 1, properties={"products": [POT, MUG]})

    profile, [purchase] = after(viewed, added, order)

    bought = {"MUG": NOON + 2 * HOUR, "POT": NOON + 2 * HOUR}
    assert profile.interests == Interests({"POT": NOON}, {"p-2": NOON + HOUR}, bought)
    assert (purchase.skus, purchase.at) == (("POT", "MUG"), NOON + 2 * HOUR + 1)
    assert effect_from_dict(effect_to_dict(purchase)) == purchase


def test_a_playbook_that_recommends_nothing_keeps_nothing_and_forgets_what_another_kept() -> None:
    kept, _ = after(an_order("POT", "MUG"))

    profile, purchases = after(an_order("POT", "MUG"), playbook=a_playbook())
    assert (profile.interests, purchases) == (NO_INTERESTS, [])
    event = an_event("Page Viewed", id="m9", at=NOON + DAY)
    assert decide(a_playbook(), kept, [event], NOON + DAY).profile.interests == NO_INTERESTS


@pytest.mark.parametrize(
    "properties",
    [{}, {"products": None}, {"products": "POT"}, {"products": []}, {"products": [None, 7, {"name": "Pot"}]}],
)
def test_an_order_that_names_no_product_says_nothing(properties: dict[str, Any]) -> None:
    profile, purchases = after(an_event("Order Completed", properties=properties))

    assert (profile.interests, purchases) == (NO_INTERESTS, [])


def test_in_whatever_order_they_arrive_events_leave_the_same() -> None:
    events = [
        an_order("POT", "MUG", id="m1", order_id="AO-1"),
        an_order("MUG", id="m2", at=NOON - DAY),
        an_event("Product Viewed", id="m3", at=NOON - 2 * HOUR, properties=POT),
        an_event("Product Viewed", id="m4", at=NOON - HOUR, properties=MUG),
    ]
    left = [after(*(replace(one, received_at=NOON + n) for n, one in enumerate(some))) for some in permutations(events)]

    assert all(profile.interests == left[0][0].interests for profile, _ in left)
    assert all(set(purchases) == set(left[0][1]) for _, purchases in left)


def test_an_order_is_one_however_often_and_by_whomever_it_is_told() -> None:
    _, told = after(
        an_order("POT", order_id="AO-1", id="m1"),
        replace(an_order("POT", order_id="AO-1", id="m2"), trust=Trust.SECRET),
        an_order("POT", order_id="AO-2", id="m3"),
        an_order("POT", id="m4"),
        an_order("POT", id="m5"),
        an_order("POT", id="m5"),
    )

    ids = [purchase.id for purchase in told]
    assert ids[0] == ids[1]
    assert len(ids) == 5
    assert len(set(ids)) == 4
    assert "AO-1" not in ids[0]


def test_an_order_from_the_future_is_as_of_now() -> None:
    profile, [purchase] = after(replace(an_order("POT", at=NOON + 9 * DAY), received_at=NOON))

    assert purchase.at == NOON
    assert profile.interests.bought == {"POT": NOON}


def test_of_a_huge_order_so_much_is_counted_and_kept_as_there_is_room_for() -> None:
    profile, [purchase] = after(an_order(*(f"sku{number}" for number in range(300))))

    assert len(purchase.skus) == MOST_TOGETHER
    assert len(profile.interests.bought) == MAX_BOUGHT
