"""Events as a storefront reports them."""

import uuid
from typing import Any


def a_person() -> str:
    return f"p-{uuid.uuid4().hex[:12]}"


def identify(person: str, *, device: str | None = None, **traits: str) -> dict[str, Any]:
    event: dict[str, Any] = {
        "type": "identify",
        "userId": person,
        "messageId": str(uuid.uuid4()),
        "traits": {"firstName": "Ana", "email": f"{person}@example.com", **traits},
    }
    return event | ({"context": {"device": {"token": device, "type": "ios"}}} if device else {})


def track(person: str, event: str, **properties: Any) -> dict[str, Any]:
    return {
        "type": "track",
        "event": event,
        "userId": person,
        "messageId": str(uuid.uuid4()),
        "properties": properties,
    }


def signs_up(person: str) -> dict[str, Any]:
    return track(person, "Signed Up", source="website")


def adds(person: str, cart: str = "c1") -> dict[str, Any]:
    return track(person, "Product Added", cart_id=cart, product_id="p1", name="Oak board", price=56.0, quantity=1)


def buys(person: str, cart: str | None = "c1", *, order: int = 1) -> dict[str, Any]:
    products = [{"product_id": "p1", "name": "Oak board", "price": 56.0, "quantity": 1}]
    facts = {"order_id": f"o-{person}-{order}", "total": 60.5, "currency": "EUR", "products": products}
    return track(person, "Order Completed", **facts, **({"cart_id": cart} if cart else {}))


def till_order(person: str, *, email: str) -> dict[str, Any]:
    """What a till knows: an order and an address."""
    return {
        "messageId": f"till-{person}",
        "context": {"traits": {"email": email}},
        "properties": {"order_id": f"till-{person}", "total": 56.0, "currency": "EUR"},
    }
