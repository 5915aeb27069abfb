"""Taking events in: from the request's bytes to a checked event."""

import json
from collections.abc import Callable
from typing import Any, Final

from pydantic import BaseModel

from shared.domain.events import Trust
from shared.domain.intake.json_values import parse_json
from shared.domain.intake.segment_batch import read_batch
from shared.domain.intake.segment_spec import Reception
from tests.benchmarks.measure import Table, microseconds
from tests.builders import NOON

EVENTS: Final = 100
RECEPTION: Final = Reception(received_at=NOON, trust=Trust.PUBLIC, source="http")


class TrackCall(BaseModel):
    """What a typical service would write: types alone, no limits, no person, no clock."""

    type: str
    event: str
    messageId: str  # noqa: N815  # Segment's name
    userId: str | None = None  # noqa: N815
    anonymousId: str | None = None  # noqa: N815
    timestamp: str
    properties: dict[str, Any]
    context: dict[str, Any]


class BatchCall(BaseModel):
    batch: list[TrackCall]


def run(rounds: int) -> list[Table]:
    body = json.dumps({"batch": [a_call(index) for index in range(EVENTS)]}).encode()
    if len(read_batch(_parsed(body), RECEPTION, body_size=len(body)).events) != EVENTS:
        raise ValueError("every event of the batch was to be good")
    contenders: dict[str, Callable[[], Any]] = {
        "json.loads alone": lambda: json.loads(body),
        "ours: parsed, bounded, checked, dated": lambda: read_batch(_parsed(body), RECEPTION, body_size=len(body)),
        "json.loads and a pydantic model": lambda: BatchCall.model_validate(json.loads(body)),
    }
    size = len(json.dumps(a_call(0)))
    title = f"Taking in, per event of a batch of {EVENTS} ({size:,} bytes each)"
    return [Table(title, "µs", microseconds(contenders, rounds, per=EVENTS))]


def a_call(index: int) -> dict[str, Any]:
    """What a storefront's page sends, with what Segment's browser client adds."""
    return {
        "type": "track",
        "event": "Product Added",
        "messageId": f"ajs-next-{index:012}-5f1d8a0c9b3e",
        "userId": "u-20418",
        "anonymousId": "9b2f6a0e-6f1d-4c1e-9f0a-5f1d8a0c9b3e",
        "timestamp": "2026-11-02T11:59:58.123Z",
        "properties": {
            "cart_id": "c-20418",
            "product_id": "p-118",
            "sku": "KIL-MUG-OAT",
            "name": "Kilkenny stoneware mug",
            "category": "Mugs",
            "variant": "oatmeal glaze",
            "price": 34.5,
            "quantity": 2,
            "currency": "EUR",
            "url": "https://shop.example/mugs/kilkenny-oatmeal",
            "image_url": "https://images.shop.example/mugs/kilkenny-oatmeal.jpg",
        },
        "context": {
            "library": {"name": "analytics.js", "version": "next-1.70.0"},
            "locale": "en-IE",
            "page": {
                "path": "/mugs/kilkenny-oatmeal",
                "referrer": "https://shop.example/mugs",
                "title": "Kilkenny stoneware mug",
                "url": "https://shop.example/mugs/kilkenny-oatmeal",
            },
            "timezone": "Europe/Dublin",
            "userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36",
        },
    }


def _parsed(body: bytes) -> dict[str, Any]:
    parsed = parse_json(body.decode())
    if not isinstance(parsed, dict):
        raise TypeError("not an object")
    return parsed
