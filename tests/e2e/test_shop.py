"""What the shop sells and gives, on the running stack: mails show its catalogue, and coupons are redeemed once."""

import re
import uuid
from base64 import b64decode
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from random import Random
from typing import Any

import httpx
import pytest
import zxingcpp

from shared.adapters.dynamodb.coupons import DynamoCoupons
from shared.adapters.dynamodb.ledger import DynamoLedger
from shared.domain.channels.content import Content, EmailContent
from shared.domain.consent.words import Channel
from shared.domain.shop.coupons import CouponStatus
from shared.domain.shop.offers import CouponSource, Offer
from shared.services.give_coupons import CouponGiver
from tests.builders import NOON, a_profile
from tests.dispatchers import Provider, Queue, assert_none_lost_or_sent_twice, dispatch_together, some_messages
from tests.e2e.conftest import LocalCloud, wait_until
from tests.e2e.storefront import a_person, identify, track
from tests.fakes.clock import FakeClock
from tests.fakes.people import FakeProfiles
from tests.fakes.queues import FakeEventQueue
from tests.fakes.sending import FakeRenderer
from tests.pixels import grey_pixels

pytestmark = pytest.mark.e2e

SKU = "E2E-MUG"


def test_a_mail_shows_the_price_and_the_stock_of_the_moment_it_is_sent(cloud: LocalCloud) -> None:
    product = {"sku": SKU, "title": "Mug of the catalogue", "price": 29, "currency": "EUR", "stock": 2}
    answer = cloud.post("/v1/products", {"products": [product]})
    assert answer.json() == {"written": 1, "older": 0}
    told = httpx.get(f"{cloud.ingest_url}/v1/products/{SKU}", auth=(cloud.secret_key, ""), timeout=30).json()
    assert told.items() >= product.items()

    person = a_person()
    facts = {"cart_id": "c1", "sku": SKU, "name": "Mug of the event", "price": 34.5, "quantity": 2, "currency": "EUR"}
    cloud.send(identify(person), track(person, "Product Added", **facts))
    (reminder,) = cloud.wait_for(person)

    assert reminder["subject"] == "Still thinking about the Mug of the event?"
    assert "Mug of the catalogue" in reminder["text"]
    assert "2 × €29.00\nOnly 2 left." in reminder["text"]
    assert cloud.post("/v1/products", {"products": [product]}, key=cloud.write_key).status_code == 401


def test_a_mails_coupon_is_redeemed_once_and_its_person_hears_of_it(cloud: LocalCloud) -> None:
    person = a_person()
    cloud.send(identify(person), track(person, "Signed Up"))
    welcome, *_ = cloud.wait_for(person)
    code = re.findall(r"^HELLO(?:-[2-9A-Z]{4}){3}$", welcome["text"], re.MULTILINE)[0]
    picture = re.findall(r'src="data:image/png;base64,([^"]+)"', welcome["html"])[0]
    assert [one.text for one in zxingcpp.read_barcodes(grey_pixels(b64decode(picture)))] == [code]
    path = f"/v1/coupons/{code}/redeem"

    with ThreadPoolExecutor(8) as tills:
        answers = [*tills.map(lambda till: cloud.post(path, {"order_id": f"o{till}"}), range(16))]
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 15]

    def has_heard() -> bool:
        url = f"{cloud.ingest_url}/v1/profiles/{person}/timeline"
        events = httpx.get(url, auth=(cloud.secret_key, ""), timeout=30).json().get("events", [])
        return "Coupon Redeemed" in [event.get("event") for event in events]

    wait_until(has_heard, "Coupon Redeemed in the person's timeline")


class CodeRenderer(FakeRenderer):
    """Mails that say their coupon's code."""

    def render(self, name: str, channel: Channel, context: Mapping[str, Any]) -> Content:
        mail = super().render(name, channel, context)
        assert isinstance(mail, EmailContent)
        return replace(mail, text=context["coupon"]("gift")["code"])


def test_eight_dispatchers_send_each_message_once_with_a_code_that_pays_once(cloud: LocalCloud) -> None:
    """On a ledger and a pool of the running stack, with faults between; and 16 tills redeem each code at once."""
    dynamodb, table = cloud.client("dynamodb"), cloud.environment["TABLE_NAME"]
    there, person, pool = DynamoCoupons(dynamodb, table=table), a_person(), f"pool-{uuid.uuid4().hex[:8]}"
    there.add(pool, [f"{pool}-{number}" for number in range(30)])
    gift = Offer(name=pool, title="A gift", source=CouponSource.POOL)
    profiles = FakeProfiles()
    profiles.stored[person] = replace(
        a_profile(id=person, consent={}, traits={"email": f"{person}@example.com"}), version=1
    )
    messages = some_messages(24, person, ids_from=uuid.uuid4().int >> 8)
    provider, queue = Provider(Random(7)), Queue(messages, Random(7))  # noqa: S311
    dispatch_together(
        queue,
        provider,
        ledger=DynamoLedger(dynamodb, table=table, clock=FakeClock(NOON)),
        profiles=profiles,
        events=FakeEventQueue(),
        renderer=CodeRenderer({(messages[0].name, Channel.EMAIL): EmailContent("Hello", "<p>Hello</p>", "")}),
        giver=CouponGiver(
            coupons=there, offers={"gift": gift}, named=lambda _: ("gift",), digest=lambda _, value: value
        ),
    )

    assert_none_lost_or_sent_twice(messages, queue, provider)
    codes = [*provider.words.values()]
    assert len({*codes}) == len(codes) == len(provider.accepted)
    assert there.left(pool) == 30 - len(codes)

    asked = [(code, f"o{till}") for code in codes[:4] for till in range(16)]
    with ThreadPoolExecutor(8) as tills:
        answers = [*tills.map(lambda one: cloud.post(f"/v1/coupons/{one[0]}/redeem", {"order_id": one[1]}), asked)]
    assert Counter(answer.status_code for answer in answers) == {200: 4, 409: 60}
    paid = {answer.json()["code"]: answer.json()["order_id"] for answer in answers if answer.status_code == 200}
    assert paid.keys() == {*codes[:4]}
    for code, order_id in paid.items():
        held = there.find(code)
        assert held is not None
        assert (held.status, held.order_id) == (CouponStatus.REDEEMED, order_id)
