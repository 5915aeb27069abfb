"""Coupons while a message is dispatched: one a message, and taken back where it reaches nobody."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any
from unittest.mock import patch

import pytest

from shared.domain.channels.content import Content
from shared.domain.consent.words import ANY, Channel, Purpose, Statement
from shared.domain.events import SystemEvent
from shared.domain.ledger import MessageStatus
from shared.domain.shop.coupons import CouponStatus
from shared.errors import AmbiguousError, DeadAddressError, PermanentError, RetryableError, ThrottledError
from tests.builders import NOON, a_message
from tests.fakes.sending import FakeRenderer
from tests.unit.services.dispatching import ANA, EMAIL, MARKETING, PUSH, SMS, House

CODE = re.compile("HELLO(-[2-9A-Z]{4}){3}")


@dataclass
class AskingRenderer(FakeRenderer):
    """Asks for coupons as templates do, and notes what it is given."""

    asks: tuple[str, ...] = ("welcome10",)
    shown: list[Mapping[str, Any]] = field(default_factory=list)

    def render(self, name: str, channel: Channel, context: Mapping[str, Any]) -> Content:
        self.shown += [context["coupon"](one) for one in self.asks]
        return super().render(name, channel, context)


def a_house_with(*coupons: str) -> tuple[House, AskingRenderer]:
    house = House(named=coupons)
    renderer = AskingRenderer(house.renderer.contents, asks=coupons)
    house.renderer = renderer
    return house, renderer


def test_a_message_has_one_code_on_whichever_channel_and_however_often_it_is_tried() -> None:
    house, renderer = a_house_with("welcome10", "spring")
    house.senders[EMAIL].failures = [ThrottledError("slow down"), PermanentError("never", code="X")]

    with suppress(RetryableError):
        house.dispatch(a_message(channels=(EMAIL, SMS)))
    assert house.dispatch(a_message(channels=(EMAIL, SMS))).entry.status is MessageStatus.SENT

    assert len(renderer.shown) == 6
    assert all(shown == renderer.shown[place % 2] for place, shown in enumerate(renderer.shown))
    generated, drawn = renderer.shown[:2]
    assert CODE.fullmatch(generated["code"])
    assert generated["title"] == "10 % off"
    assert generated["expires_at"] == "2026-12-02T12:00:00.000Z"
    assert drawn == {"code": "Spring-1", "title": "Spring"}
    held = house.coupons.find(generated["code"])
    assert held is not None
    assert (held.profile_id, held.message_id, held.status) == ("u1", MARKETING.id, CouponStatus.RESERVED)


def test_messages_have_different_codes() -> None:
    house, renderer = a_house_with("welcome10")
    for id_ in ("m1", "m2"):
        house.dispatch(a_message(id=id_))

    first, second = renderer.shown
    assert first["code"] != second["code"]


@pytest.mark.parametrize("coupon", ["welcome10", "spring"])
@pytest.mark.parametrize("ends", ["refused", "dropped"])
def test_of_a_message_that_reaches_nobody_the_coupon_is_taken_back(coupon: str, ends: str) -> None:
    house, renderer = a_house_with(coupon)
    house.senders[EMAIL].failures = [ThrottledError("slow down"), PermanentError("never", code="X")]
    with suppress(RetryableError):
        house.dispatch(a_message(channels=(EMAIL,)))
    if ends == "dropped":
        house.know(replace(ANA, consent={(ANY, ANY): Statement(subscribed=False, at=NOON, source="page")}))

    house.dispatch(a_message(channels=(EMAIL,)))

    code = renderer.shown[0]["code"]
    held = house.coupons.find(code)
    if coupon == "spring":
        assert (held, house.coupons.left("spring")) == (None, 1)
    else:
        assert held is not None
        assert held.status is CouponStatus.RELEASED


def test_what_may_have_reached_somebody_is_not_taken_back() -> None:
    house, renderer = a_house_with("spring")
    house.senders[EMAIL].failures = [AmbiguousError("no answer"), PermanentError("never", code="X")]
    mail = a_message(channels=(EMAIL,), purpose=Purpose.TRANSACTIONAL, topic=None)
    with suppress(RetryableError):
        house.dispatch(mail)

    assert house.dispatch(mail).entry.status is MessageStatus.FAILED
    assert house.coupons.find(renderer.shown[0]["code"]) is not None


def test_what_a_crash_kept_from_being_taken_back_is_taken_back_by_the_redelivery() -> None:
    house, renderer = a_house_with("spring")
    house.senders[EMAIL].failures = [PermanentError("never", code="X")]
    with patch.object(house.coupons, "release", side_effect=RetryableError("slow down")), suppress(RetryableError):
        house.dispatch(a_message(channels=(EMAIL,)))
    assert house.coupons.find(renderer.shown[0]["code"]) is not None

    assert house.dispatch(a_message(channels=(EMAIL,))).is_repeated
    assert house.coupons.left("spring") == 1


def test_what_is_not_taken_back_at_once_costs_the_person_s_stream_nothing() -> None:
    """The redelivery tells of the ending alone: who else is to be told was told before."""
    house, _ = a_house_with("spring")
    house.senders[PUSH].failures = [DeadAddressError("gone", addresses=["token1", "token2"], code="GONE")]
    with patch.object(house.coupons, "release", side_effect=ThrottledError("slow down")), suppress(RetryableError):
        house.dispatch(a_message(channels=(PUSH,)))

    assert {event.properties.get("address") for event in house.events.events} == {None, "token1", "token2"}


def test_what_can_not_be_taken_back_for_long_keeps_no_ending_from_being_told() -> None:
    house, _ = a_house_with("spring")
    house.senders[EMAIL].failures = [PermanentError("never", code="X")]
    with patch.object(house.coupons, "release", side_effect=ThrottledError("slow down")):
        with patch.object(house.events, "put", side_effect=RetryableError("slow down")), suppress(RetryableError):
            house.dispatch(a_message(channels=(EMAIL,)))
        assert house.events.events == []
        with suppress(RetryableError):
            house.dispatch(a_message(channels=(EMAIL,)))

    assert [event.name for event in house.events.events] == [SystemEvent.MESSAGE_FAILED]


@pytest.mark.parametrize(("asked", "reason"), [("spring", "no_coupon_left"), ("nothing", "unknown_coupon")])
def test_without_a_coupon_the_message_does_not_go(asked: str, reason: str) -> None:
    house, _ = a_house_with(asked)
    house.coupons.pools.clear()

    assert house.dispatch(a_message(channels=(EMAIL,))).entry.reason == reason
    assert house.senders[EMAIL].sent == []


def test_it_is_told_that_a_pool_is_nearly_empty() -> None:
    house, _ = a_house_with("spring")

    assert house.dispatch().low_pools == ("spring",)
