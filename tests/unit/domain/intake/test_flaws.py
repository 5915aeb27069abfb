"""What counts as a fault of an event: what a shop wants to hear, in words of ours alone."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.events import EventType, Trust
from shared.domain.intake.client_keys import KeyRules
from shared.domain.intake.flaws import Finding, Flaw, SeenIds, finding_told, findings_of, findings_of_faults, source_of
from shared.domain.intake.segment_spec import Reception, read_event
from shared.domain.timing import DAY
from tests.builders import NOON, an_event

GOOD: dict[str, Any] = {"order_id": "o1", "total": 5, "currency": "EUR", "products": [{"sku": "s", "price": 5}]}


def found(
    name: str = "Order Completed", properties: dict[str, Any] | None = None, **changes: Any
) -> list[tuple[str, str]]:
    event = an_event(name, properties=GOOD if properties is None else properties, **changes)
    return [(finding.flaw.value, finding.place) for finding in findings_of(event, SeenIds())]


@pytest.mark.parametrize(
    ("name", "properties"),
    [
        ("Order Completed", {}),
        ("Order Completed", {"revenue": 0, "products": [{"product_id": "p", "price": 1.5, "currency": "EUR"}]}),
        ("Order Completed", {"order_id": 7}),
        ("Order Completed", {"coupon": 5, "affiliation": None, "custom": {"a": [1]}}),
        ("Product Viewed", {"product_id": "p"}),
        ("Gift Wrapped", {"price": "lots"}),
        ("Page Viewed", {"price": "lots"}),
        ("Checkout Started", {"products": None}),
    ],
)
def test_what_is_as_the_spec_has_it_or_the_shops_own_is_no_fault(name: str, properties: dict[str, Any]) -> None:
    assert found(name, (GOOD if name == "Order Completed" else {}) | properties) == []


@pytest.mark.parametrize(
    ("name", "properties", "flaw", "place"),
    [
        ("Order Completed", GOOD | {"order_id": None}, "missing_property", "Order Completed: order_id"),
        ("Order Completed", GOOD | {"products": []}, "missing_property", "Order Completed: products"),
        ("Product Viewed", {}, "missing_property", "Product Viewed: product_id or sku"),
        ("Order Completed", GOOD | {"total": "5.00"}, "number_as_text", "Order Completed: total"),
        ("Order Completed", GOOD | {"total": "1,234"}, "wrong_type", "Order Completed: total"),
        ("Order Completed", GOOD | {"total": [5]}, "wrong_type", "Order Completed: total"),
        ("Order Completed", GOOD | {"products": "mug"}, "wrong_type", "Order Completed: products"),
        (
            "Order Completed",
            GOOD | {"products": [{"price": "5"}]},
            "number_as_text",
            "Order Completed: products.*.price",
        ),
        ("Order Completed", GOOD | {"currency": ""}, "no_currency", "Order Completed: currency"),
        ("Order Complete", {}, "misspelt_event", "nearly Order Completed"),
        ("order completed", {}, "misspelt_event", "nearly Order Completed"),
    ],
)
def test_a_fault_is_told_with_its_place(name: str, properties: dict[str, Any], flaw: str, place: str) -> None:
    assert found(name, properties) == [(flaw, place)]


def test_how_an_event_came_may_be_a_fault() -> None:
    assert found(id="derived:abc") == [("no_message_id", "messageId")]
    assert found(at=NOON, received_at=NOON + DAY) == []
    assert found(at=NOON, received_at=NOON + DAY + 1) == [("very_late", "Order Completed")]
    assert found("ana@example.com", at=NOON, received_at=NOON + DAY + 1) == [("very_late", "timestamp")]


def test_an_id_that_comes_as_text_and_as_number_is_two_ids() -> None:
    seen = SeenIds()
    ids = [5, 5, "5", 5]
    events = [an_event("Order Completed", properties=GOOD | {"cart_id": one}) for one in ids]

    mixed = [[finding.flaw for finding in findings_of(event, seen)] for event in events]
    assert mixed == [[], [], [Flaw.MIXED_IDS], [Flaw.MIXED_IDS]]


@pytest.mark.parametrize(
    ("raw", "findings"),
    [
        ({"type": "track", "event": "A"}, [("missing_id", "userId")]),
        ({"type": "alias", "previousId": "a"}, [("missing_id", "userId")]),
        ({"type": "track", "userId": "u"}, [("missing_field", "event")]),
        ({"event": "A", "userId": "u"}, [("missing_field", "type")]),
        ({"type": "track", "event": "A", "userId": {}}, [("invalid_field", "userId")]),
        (
            {"type": "track", "event": "A", "userId": "u", "timestamp": "2027-01-01T00:00:00Z"},
            [("future_timestamp", "timestamp")],
        ),
        ({"type": "track", "event": "A", "userId": "u", "timestamp": "x"}, [("invalid_field", "timestamp")]),
        ("junk", [("unreadable", "")]),
    ],
)
def test_what_was_refused_is_told_by_its_field(raw: Any, findings: list[tuple[str, str]]) -> None:
    faults = read_event(raw, Reception(received_at=NOON, trust=Trust.PUBLIC, source="http"))

    assert isinstance(faults, list)
    assert [(finding.flaw.value, finding.place) for finding in findings_of_faults(faults)] == findings


@pytest.mark.parametrize(
    ("raw", "place"),
    [({"type": "track", "event": "B", "userId": "u"}, "event"), ({"type": "alias", "previousId": "a"}, "type")],
)
def test_what_the_key_may_not_send_is_told_as_such(raw: Any, place: str) -> None:
    rules = KeyRules(events=("A",), calls=(EventType.TRACK,))
    faults = read_event(raw, Reception(received_at=NOON, trust=Trust.PUBLIC, source="http", rules=rules))

    assert isinstance(faults, list)
    assert Finding(Flaw.NOT_ALLOWED, place) in findings_of_faults(faults)


@pytest.mark.parametrize(
    ("kind", "details", "finding"),
    [
        (
            "trait_unread",
            {"trait": "email", "reason": "malformed"},
            Finding(Flaw.INVALID_EMAIL, "traits.email (malformed)"),
        ),
        ("trait_unread", {"trait": "phone", "reason": "unknown_region"}, Finding(Flaw.UNKNOWN_REGION, "traits.phone")),
        (
            "trait_unread",
            {"trait": "phone", "reason": "wrong_length"},
            Finding(Flaw.INVALID_PHONE, "traits.phone (wrong_length)"),
        ),
        (
            "trait_unread",
            {"trait": "birthday", "reason": "ambiguous"},
            Finding(Flaw.UNREADABLE_TRAIT, "traits.birthday (ambiguous)"),
        ),
        ("trait_unread", {"trait": "phone", "reason": "empty"}, None),
        ("trait_refused", {"trait": "ana@example.com", "reason": "too_many"}, Finding(Flaw.REFUSED_TRAIT, "traits")),
        ("contact_refused", {"contact": "email"}, Finding(Flaw.REFUSED_CONTACT, "traits.email")),
        ("join_refused", {"other": "u2", "reason": "public_key"}, Finding(Flaw.REFUSED_JOIN, "")),
        ("statement_refused", {"reason": "too_many"}, Finding(Flaw.REFUSED_CONSENT, "")),
        ("journey_entered", {}, None),
    ],
)
def test_what_a_decision_tells_may_be_a_fault(kind: str, details: dict[str, Any], finding: Finding | None) -> None:
    assert finding_told(kind, details) == finding


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(["order_id", "products", "total", "price", "currency", "cart_id"])


@settings(max_examples=150)
@given(properties=st.dictionaries(NAMES, VALUES), context=VALUES, channel=st.text(max_size=200))
def test_nothing_that_was_said_is_repeated(properties: dict[str, Any], context: Any, channel: str) -> None:
    places = {place for _, place in found(properties=properties)}
    allowed = {"order_id", "products", "total or revenue or value or subtotal", "currency", "cart_id", "total", "price"}

    assert {place.removeprefix("Order Completed: ").removeprefix("products.*.") for place in places} <= allowed
    source = source_of("http", context)
    assert source in {"http", "http other"}
    assert len(source_of(channel, context)) <= 64 + len(" other")
