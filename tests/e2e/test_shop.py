"""What the shop sells and gives, on the running stack: mails show its catalogue, and coupons are redeemed once."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from shared.adapters.dynamodb.coupons import DynamoCoupons
from shared.domain.shop.coupon_codes import generated_code
from shared.ports.shop import Drawn
from tests.builders import a_coupon
from tests.e2e.conftest import LocalCloud, wait_until
from tests.e2e.storefront import a_person, identify, track

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


def test_a_coupon_is_redeemed_once_and_its_person_hears_of_it(cloud: LocalCloud) -> None:
    person = a_person()
    cloud.send(identify(person))
    there = DynamoCoupons(cloud.client("dynamodb"), table=cloud.environment["TABLE_NAME"])
    coupon = a_coupon(generated_code("E2E", uuid.uuid4().hex), profile_id=person, message_id=uuid.uuid4().hex)
    assert there.reserve(coupon)
    path = f"/v1/coupons/{coupon.code}/redeem"

    with ThreadPoolExecutor(8) as tills:
        answers = [*tills.map(lambda till: cloud.post(path, {"order_id": f"o{till}"}), range(16))]
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 15]

    def has_heard() -> bool:
        url = f"{cloud.ingest_url}/v1/profiles/{person}/timeline"
        events = httpx.get(url, auth=(cloud.secret_key, ""), timeout=30).json().get("events", [])
        return "Coupon Redeemed" in [event.get("event") for event in events]

    wait_until(has_heard, "Coupon Redeemed in the person's timeline")


def test_of_many_messages_that_draw_from_a_pool_at_once_each_has_a_code_of_its_own(cloud: LocalCloud) -> None:
    there = DynamoCoupons(cloud.client("dynamodb"), table=cloud.environment["TABLE_NAME"])
    pool = f"pool-{uuid.uuid4().hex[:8]}"
    there.add(pool, [f"{pool}-{number}" for number in range(30)])

    def draw(number: int) -> Drawn | None:
        return there.draw(a_coupon("", offer=pool, message_id=f"m{number}", profile_id=f"{pool}-{number}"))

    with ThreadPoolExecutor(8) as dispatchers:
        drawn = [*dispatchers.map(draw, range(16))]
    assert len({one.code for one in drawn if one is not None}) == 16
    assert there.left(pool) == 14
