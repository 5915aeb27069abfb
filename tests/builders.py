"""Values for tests, each with believable defaults: say only what the test is about."""

from typing import Any

from shared.domain.consent.words import Channel, Purpose
from shared.domain.events import Event, EventType, Trust
from shared.domain.messages import Message
from shared.domain.profiles import Profile
from shared.domain.shop.coupons import Coupon
from shared.domain.timing import parse_instant

NOON = parse_instant("2026-11-02T12:00:00Z")


def an_event(name: str = "Product Added", **changes: Any) -> Event:
    defaults: dict[str, Any] = {
        "id": "m1",
        "type": EventType.TRACK,
        "name": name,
        "at": NOON,
        "received_at": NOON,
        "profile_id": "u1",
        "user_id": "u1",
        "trust": Trust.SECRET,
    }
    if "at" in changes:
        defaults["received_at"] = changes["at"]
    return Event(**(defaults | changes))


def a_profile(**changes: Any) -> Profile:
    defaults: dict[str, Any] = {"id": "u1", "traits": {"firstName": "Ana", "email": "ana@example.com"}}
    return Profile(**(defaults | changes))


def a_coupon(code: str, **changes: Any) -> Coupon:
    """Reserved at noon for the first message of the builders' person."""
    facts = {"offer": "welcome10", "profile_id": "u1", "message_id": "m1", "message": "welcome", "journey": "welcome"}
    return Coupon(**{"code": code, "reserved_at": NOON, **facts, **changes})


def a_message(**changes: Any) -> Message:
    defaults: dict[str, Any] = {
        "id": "0123456789abcdef0123456789abcdef",
        "profile_id": "u1",
        "journey": "cart_abandonment",
        "run_id": "run1",
        "step": "1",
        "name": "cart_reminder",
        "purpose": Purpose.MARKETING,
        "topic": "cart_reminders",
        "channels": (Channel.EMAIL,),
        "decided_at": NOON,
    }
    return Message(**(defaults | changes))
