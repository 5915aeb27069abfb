"""What is recommended: what goes with what the person bought or looked at, before what everybody buys."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.shop.companions import Companions, weight_at, with_order
from shared.domain.shop.interests import Interests
from shared.domain.shop.products import Product
from shared.domain.shop.recommendations import MOST, Reason, Recommendations, Recommended, Seed, ranked, seeds
from shared.domain.shop.shelf import Shelf
from shared.domain.timing import DAY, HOUR
from tests.builders import NOON

POT, MUG, BOWL, TRAY, SALT = "POT", "MUG", "BOWL", "TRAY", "SALT"
SKUS = (POT, MUG, BOWL, TRAY, SALT)
baskets = st.lists(st.frozensets(st.sampled_from(SKUS), min_size=1), max_size=25)


class Shop:
    """Its products, and its orders as they are counted."""

    def __init__(self, *orders: str | frozenset[str], at: int = NOON, **changes: Any) -> None:
        self.asked: list[list[str]] = []
        self.companions: dict[str, Companions] = {}
        self.popular = Companions()
        self.products = {sku: Product(sku=sku, updated_at=NOON, title=sku.title()) for sku in SKUS}
        self.products |= {
            sku: Product(**{"sku": sku, "updated_at": NOON, **change}) for sku, change in changes.items() if change
        }
        for gone in (sku for sku, change in changes.items() if change is None):
            del self.products[gone]
        for order in orders:
            basket = frozenset(order.split()) if isinstance(order, str) else order
            self.popular = with_order(self.popular, basket, weight_at(at), 100)
            for sku in basket:
                held = self.companions.get(sku, Companions())
                self.companions[sku] = with_order(held, basket - {sku}, weight_at(at), 100)

    def find(self, skus: Any) -> Mapping[str, Product]:
        self.asked.append([*skus])
        return {sku: self.products[sku] for sku in skus if sku in self.products}

    def recommendations(self, interests: Interests = Interests(), **properties: Any) -> Recommendations:  # noqa: B008
        entry = {"properties": properties}
        return Recommendations(
            Shelf(entry, self.find),
            entry,
            interests,
            NOON,
            find=lambda skus: {sku: self.companions[sku] for sku in skus if sku in self.companions},
            popular=lambda: self.popular,
        )

    def best(self, interests: Interests = Interests(), count: object = MOST, **properties: Any) -> list[str]:  # noqa: B008
        return [one["sku"] for one in self.recommendations(interests, **properties).best(count)]


def bought(*skus: str, at: int = NOON) -> Interests:
    return Interests(bought=dict.fromkeys(skus, at))


def test_what_others_bought_with_it_comes_first_and_says_so() -> None:
    shop = Shop("POT MUG", "POT MUG", "BOWL", "BOWL", "BOWL")

    [mug, bowl] = shop.recommendations(bought(POT)).best(4)

    assert (mug["title"], mug["in_stock"], mug["reason"], mug["because"]["title"]) == (
        "Mug",
        True,
        "bought_together",
        "Pot",
    )
    assert (bowl["title"], bowl["reason"]) == ("Bowl", "popular")
    assert "because" not in bowl


@pytest.mark.parametrize(
    ("interests", "properties", "reason"),
    [
        (Interests(viewed={POT: NOON}), {}, "looked_at"),
        (Interests(chosen={POT: NOON}), {}, "looked_at"),
        (Interests(), {"sku": POT}, "looked_at"),
        (Interests(), {"cart_id": "c1", "products": [{"sku": POT}]}, "looked_at"),
        (Interests(), {"order_id": "AO-1", "products": [{"sku": POT}]}, "bought_together"),
        (bought(POT), {"sku": POT}, "bought_together"),
    ],
)
def test_the_reason_is_what_the_person_did(interests: Interests, properties: dict[str, Any], reason: str) -> None:
    mug, *_ = Shop("POT MUG", "POT MUG").recommendations(interests, **properties).best()

    assert (mug["sku"], mug["reason"], mug["because"]["sku"]) == (MUG, reason, POT)


def test_what_everybody_buys_does_not_win_over_what_goes_with_it() -> None:
    """All buyers of the pot bought salt, as did everybody else; half of them bought the mug, and nobody else."""
    shop = Shop(*["POT SALT", "POT SALT MUG"] * 4, *["SALT"] * 40)

    assert shop.best(bought(POT))[:2] == [MUG, SALT]


def test_of_nobody_known_what_is_bought_most_is_shown() -> None:
    assert Shop("SALT", "SALT", "MUG", "MUG", "MUG", "BOWL").best() == [MUG, SALT, BOWL]
    assert Shop().best() == []


def test_one_order_alone_says_nothing_of_what_goes_together() -> None:
    [mug, *_] = Shop("POT MUG").recommendations(bought(POT)).best()

    assert mug["reason"] == "popular"


def test_what_was_bought_together_fades() -> None:
    shop = Shop(*["POT MUG"] * 3, at=NOON - 365 * DAY)

    assert shop.recommendations(bought(POT)).best()[0]["reason"] == "popular"


@pytest.mark.parametrize(
    ("interests", "properties"),
    [
        (bought(POT, MUG), {}),
        (Interests(bought={POT: NOON}, chosen={MUG: NOON - DAY}), {}),
        (bought(POT), {"cart_id": "c1", "products": [{"sku": MUG}]}),
        (bought(POT), {"order_id": "AO-1", "products": [{"product_id": MUG}]}),
    ],
)
def test_what_the_person_has_or_is_about_to_have_is_left_out(interests: Interests, properties: dict[str, Any]) -> None:
    assert Shop("POT MUG", "POT MUG", "BOWL").best(interests, **properties) == [BOWL]


@pytest.mark.parametrize("change", [{"stock": 0}, {"is_removed": True}, None])
def test_what_cannot_be_had_is_left_out(change: Any) -> None:
    assert Shop("POT MUG", "POT MUG", "BOWL", "MUG", MUG=change).best(bought(POT)) == [BOWL]


def test_what_was_put_into_a_basket_long_ago_may_be_shown_again() -> None:
    assert Shop("MUG").best(Interests(chosen={MUG: NOON - 31 * DAY})) == [MUG]


@pytest.mark.parametrize(("count", "shown"), [(0, 0), (-1, 0), (2, 2), (99, 4), ("two", 4), (None, 4)])
def test_as_many_are_shown_as_were_asked_for(count: object, shown: int) -> None:
    assert len(Shop("POT MUG BOWL TRAY").best(count=count)) == shown


def test_all_is_read_once_however_often_it_is_asked() -> None:
    shop = Shop("POT MUG BOWL", "POT MUG BOWL")
    asked = shop.recommendations(bought(POT), sku=TRAY)

    assert shop.asked == []
    assert asked.best(2) == asked.best(2) == asked.best(4)[:2]
    assert len(shop.asked) == 1


def test_where_much_is_sold_out_more_is_read() -> None:
    skus = [f"sku{number:02}" for number in range(45)]
    shop = Shop(*skus)
    shop.products = {sku: Product(sku=sku, updated_at=NOON, stock=0) for sku in skus}
    shop.products["sku41"] = Product(sku="sku41", updated_at=NOON, stock=3)

    assert shop.best(count=1) == ["sku41"]


@given(baskets, st.frozensets(st.sampled_from(SKUS)), st.frozensets(st.sampled_from(SKUS)), st.randoms())
@settings(max_examples=80)
def test_whatever_happened_nothing_is_shown_twice_or_had_already_and_the_order_of_orders_is_nothing(
    orders: list[frozenset[str]], have: frozenset[str], sold_out: frozenset[str], chance: Any
) -> None:
    shuffled = orders[:]
    chance.shuffle(shuffled)
    changes: dict[str, Any] = {sku: {"stock": 0} for sku in sold_out}

    shown = Shop(*orders, **changes).best(bought(*have))

    assert len(shown) == len(set(shown))
    assert set(shown) == frozenset().union(*orders) - have - sold_out
    assert shown == Shop(*shuffled, **changes).best(bought(*have))


@given(baskets, st.sampled_from(SKUS[1:]))
@settings(max_examples=80)
def test_who_is_bought_together_once_more_falls_behind_nobody(orders: list[frozenset[str]], sku: str) -> None:
    before, after = Shop(*orders).best(bought(POT)), Shop(*orders, frozenset({POT, sku})).best(bought(POT))

    assert after.index(sku) <= (before.index(sku) if sku in before else len(before))


def test_the_persons_latest_say_most_and_those_at_hand_all() -> None:
    interests = Interests(
        viewed={"V": NOON, "W": NOON - 28 * DAY}, chosen={"C": NOON - HOUR}, bought={"B": NOON - 90 * DAY}
    )

    found = seeds({"properties": {"products": [{"sku": "X"}], "sku": "Y"}}, interests, NOON)

    assert [seed.sku for seed in found] == ["Y", "X", "C", "B", "V", "W"]
    assert found[3] == Seed("B", Reason.BOUGHT_TOGETHER, 0.5)
    assert found[5] == Seed("W", Reason.LOOKED_AT, 0.125)


def test_several_speak_for_one_and_the_loudest_is_named() -> None:
    shop = Shop("POT MUG", "POT MUG", "TRAY MUG", "TRAY MUG", "POT BOWL", "POT BOWL", "POT BOWL")
    speaking = [Seed(TRAY, Reason.LOOKED_AT, 0.9), Seed(POT, Reason.BOUGHT_TOGETHER, 1.0)]

    first, *_ = ranked(speaking, shop.companions, shop.popular, {POT, TRAY}, NOON)

    assert first == Recommended(MUG, Reason.LOOKED_AT, TRAY)
