"""What the shop sells, on the running stack: its server keeps the catalogue, and mails show it."""

import httpx
import pytest

from tests.e2e.conftest import LocalCloud
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
