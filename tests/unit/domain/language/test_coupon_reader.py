"""``coupons.yaml``: what may stand there, and each fault by its place."""

from typing import Any

import pytest

from shared.domain.language.coupon_reader import read_offers
from shared.domain.language.reading import Faults
from shared.domain.shop.offers import CouponSource, Offer
from shared.domain.timing import DAY


def read(plain: Any) -> tuple[dict[str, Offer], list[tuple[tuple[str, ...], str]]]:
    faults = Faults()
    offers = read_offers(plain, faults)
    return offers, [(path, message) for path, message, _ in faults]


def test_offers_are_read() -> None:
    plain = {
        "welcome10": {"title": "10 % off", "kind": "generated", "prefix": "HELLO", "expires_after": "30 days"},
        "spring": {"title": "Spring sale", "kind": "pool"},
        "plain": {"title": "5 off"},
    }
    assert read(plain) == (
        {
            "welcome10": Offer(name="welcome10", title="10 % off", prefix="HELLO", expires_after=30 * DAY),
            "spring": Offer(name="spring", title="Spring sale", source=CouponSource.POOL),
            "plain": Offer(name="plain", title="5 off"),
        },
        [],
    )
    assert read(None) == ({}, [])


@pytest.mark.parametrize(
    ("plain", "path", "said"),
    [
        ([], (), "expected a mapping"),
        ({"Big": {"title": "A"}}, (), "named in small letters"),
        ({"a": {}}, ("a",), "`title` is missing"),
        ({"a": {"title": "A", "expires": "1 day"}}, ("a",), 'unknown key "expires"'),
        ({"a": {"title": "A", "kind": "polo"}}, ("a", "kind"), 'did you mean "pool"?'),
        ({"a": {"title": "A", "prefix": "hi"}}, ("a", "prefix"), "capital letters"),
        ({"a": {"title": "A", "prefix": "HI", "kind": "pool"}}, ("a", "prefix"), "leave it out"),
        ({"a": {"title": "A", "expires_after": "soon"}}, ("a", "expires_after"), "a duration"),
        ({f"a{number}": {"title": "A"} for number in range(201)}, (), "201 coupons"),
    ],
)
def test_each_fault_is_named(plain: Any, path: tuple[str, ...], said: str) -> None:
    [(place, message)] = read(plain)[1]

    assert (place, said in message) == (path, True)
