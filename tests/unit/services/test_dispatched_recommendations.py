"""Recommendations while a message is dispatched: read where they are asked for, alike each time, and written down."""

from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from shared.domain.channels.content import Content
from shared.domain.consent.words import Channel
from shared.domain.ledger import MessageStatus
from shared.domain.messages import Purchase
from shared.domain.rights.person_view import interests_view, message_view
from shared.domain.shop.interests import Interests
from shared.domain.shop.products import Product
from shared.domain.timing import HOUR
from shared.errors import RetryableError, ThrottledError
from tests.builders import NOON, a_message
from tests.fakes.sending import FakeRenderer
from tests.unit.services.dispatching import ANA, EMAIL, House

BUYER = replace(ANA, interests=Interests(viewed={"BOWL": NOON}, bought={"POT": NOON - HOUR}))


@dataclass
class AskingRenderer(FakeRenderer):
    """Asks as templates do, and notes what it is given."""

    asks: tuple[int, ...] = (2, 1)
    shown: list[list[str]] = field(default_factory=list)

    def render(self, name: str, channel: Channel, context: Any) -> Content:
        self.shown += [[product["sku"] for product in context["recommendations"](count)] for count in self.asks]
        return super().render(name, channel, context)


def a_house(*asks: int) -> tuple[House, AskingRenderer]:
    house = House()
    house.know(BUYER)
    for sku in ("POT", "MUG", "TRAY", "BOWL"):
        house.catalogue.put(Product(sku=sku, updated_at=NOON))
    for number, skus in enumerate([("POT", "MUG"), ("POT", "MUG"), ("TRAY",)]):
        house.purchases.count(Purchase(f"{number:032x}", skus, NOON))
    renderer = AskingRenderer(house.renderer.contents, asks=asks)
    house.renderer = renderer
    return house, renderer


def test_what_goes_with_the_persons_things_is_shown_and_the_ledger_says_why() -> None:
    house, renderer = a_house(2, 1)

    entry = house.dispatch().entry

    assert renderer.shown == [["MUG", "TRAY"], ["MUG"]]
    assert entry.recommended == ("MUG, bought_together: POT", "TRAY, popular")
    assert message_view({}, entry)["recommended"] == [*entry.recommended]
    assert house.purchases.asked == [["POT", "BOWL"]]


def test_who_asks_for_none_reads_nothing() -> None:
    house, _ = a_house()

    entry = house.dispatch().entry

    assert (house.purchases.asked, house.catalogue.asked) == ([], [])
    assert entry.recommended == ()
    assert "recommended" not in message_view({}, entry)


def test_a_message_that_is_tried_again_recommends_the_same() -> None:
    house, renderer = a_house(3)
    house.senders[EMAIL].failures = [ThrottledError("slow down")]

    with suppress(RetryableError):
        house.dispatch(a_message())
    house.clock.at += HOUR
    assert house.dispatch(a_message()).entry.status is MessageStatus.SENT

    assert renderer.shown[0] == renderer.shown[1]


def test_staff_see_what_recommendations_go_by() -> None:
    assert interests_view(BUYER) == {
        "viewed": {"BOWL": "2026-11-02T12:00:00.000Z"},
        "bought": {"POT": "2026-11-02T11:00:00.000Z"},
    }
