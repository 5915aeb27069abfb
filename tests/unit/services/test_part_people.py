"""Two who were taken for one are two again: in one write, with what each of them did since."""

from dataclasses import replace

import pytest

from shared.domain.events import IMPLIED_NAMES, Event, EventType, Trust
from shared.domain.identity.merges import UNDONE_WITHIN
from shared.domain.messages import AliasClaim
from shared.domain.timing import MINUTE
from shared.services.evaluate_events import Outcome
from tests.builders import NOON, an_event
from tests.unit.services.test_join_people import Shop, signs_up, visits


@pytest.fixture
def shop() -> Shop:
    """A visitor with a cart, joined to somebody who has another one."""
    shop = Shop()
    shop.fold(visits("v1", properties={"cart_id": "c1"}))
    shop.fold(an_event(id="k1", properties={"cart_id": "c2"}))
    shop.fold(signs_up(at=NOON + MINUTE))
    return shop


def asks_to_split(absorbed: str = "anon:a1", survivor: str = "u1") -> Event:
    return an_event(
        IMPLIED_NAMES[EventType.SPLIT],
        id="split:1",
        type=EventType.SPLIT,
        at=NOON + 5 * MINUTE,
        profile_id=survivor,
        user_id=None,
        trust=Trust.SYSTEM,
        properties={"absorbed": absorbed},
    )


def carts(shop: Shop, profile_id: str) -> set[str | None]:
    return {run.key for run in shop.profiles.stored[profile_id].runs.values()}


def test_each_has_their_own_again_and_what_they_did_since(shop: Shop) -> None:
    assert carts(shop, "u1") == {'"c1"', '"c2"'}
    sent_on = replace(visits("v2", at=NOON + 2 * MINUTE, properties={"cart_id": "c3"}), profile_id="u1")
    shop.fold(sent_on)
    shop.fold(an_event(id="k2", at=NOON + 3 * MINUTE, properties={"cart_id": "c4"}))

    assert shop.fold(asks_to_split()) is Outcome.STORED

    assert carts(shop, "u1") == {'"c2"', '"c4"'}
    assert carts(shop, "anon:a1") == {'"c1"', '"c3"'}
    assert shop.profiles.stored["anon:a1"].merged_into is None


def test_what_led_to_the_survivor_leads_back(shop: Shop) -> None:
    shop.fold(asks_to_split())

    claims = [one for whose, one in shop.profiles.effects if whose == "anon:a1" and isinstance(one, AliasClaim)]
    assert AliasClaim("anonymous", "a1", over=("u1",)) in claims


def test_they_are_kept_apart_from_then_on(shop: Shop) -> None:
    shop.fold(asks_to_split())

    shop.fold(signs_up("i2", at=NOON + 6 * MINUTE))
    shop.fold(visits("v3", at=NOON + 7 * MINUTE))

    assert shop.profiles.stored["anon:a1"].merged_into is None
    assert not shop.queue.events


def test_asking_again_changes_nothing(shop: Shop) -> None:
    shop.fold(asks_to_split())
    before = dict(shop.profiles.stored)

    assert shop.fold(asks_to_split()) is Outcome.UNCHANGED
    assert shop.profiles.stored == before


@pytest.mark.parametrize(
    "event", [asks_to_split("anon:a2"), asks_to_split("u1", "anon:a9")], ids=["nobody", "nobody's"]
)
def test_who_was_not_joined_is_not_split(shop: Shop, event: Event) -> None:
    before = dict(shop.profiles.stored)

    assert shop.fold(event) is Outcome.UNCHANGED
    assert shop.profiles.stored == before


def test_nothing_is_split_after_its_time(shop: Shop) -> None:
    [merge] = shop.profiles.merges
    shop.profiles.merges = [replace(merge, at=merge.at - UNDONE_WITHIN)]

    assert shop.fold(asks_to_split()) is Outcome.UNCHANGED


def test_who_was_absorbed_later_stays_with_the_survivor(shop: Shop) -> None:
    visit = visits("w1", at=NOON + 2 * MINUTE, properties={"cart_id": "c5"})
    shop.fold(replace(visit, profile_id="anon:a2", anonymous_id="a2"))
    shop.fold(replace(signs_up("i2", at=NOON + 4 * MINUTE), anonymous_id="a2"))
    assert carts(shop, "u1") == {'"c1"', '"c2"', '"c5"'}

    shop.fold(asks_to_split())

    assert carts(shop, "u1") == {'"c2"', '"c5"'}
    assert shop.profiles.stored["anon:a2"].merged_into == "u1"


def test_a_writer_of_either_in_between_has_them_parted_anew(shop: Shop) -> None:
    more = an_event(id="k9", at=NOON + 4 * MINUTE, properties={"cart_id": "c9"})
    shop.profiles.interruptions = [lambda: shop.fold(more)]

    assert shop.fold(asks_to_split()) is Outcome.STORED
    assert carts(shop, "u1") == {'"c2"', '"c9"'}
