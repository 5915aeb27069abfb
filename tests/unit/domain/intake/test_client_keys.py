"""What a public key may do: pages, events and calls by its rules; and how its text comes of one secret."""

import pytest

from shared.domain.events import EventType, Trust
from shared.domain.intake.client_keys import UNLIMITED, KeyRules, RateLimit, key_text, named, read_rules, write_rules
from shared.domain.intake.segment_batch import read_batch
from shared.domain.intake.segment_spec import NOT_ALLOWED, Reception
from tests.builders import NOON

SHOP = KeyRules(origins=("https://shop.example", "https://*.shop.example", "http://localhost:3000", "null"))


@pytest.mark.parametrize(
    ("origin", "is_allowed"),
    [
        ("", True),  # no browser
        ("https://shop.example", True),
        ("HTTPS://Shop.Example", True),
        ("https://de.shop.example", True),
        ("http://localhost:3000", True),
        ("null", True),
        ("http://shop.example", False),
        ("https://shop.example:8443", False),
        ("https://shop.example.evil.example", False),
        ("https://evilshop.example", False),
        ("https://.shop.exampl", False),
        ("http://localhost", False),
    ],
)
def test_a_key_is_for_the_pages_that_its_rules_name(origin: str, is_allowed: bool) -> None:
    assert SHOP.allows_origin(origin) is is_allowed
    assert UNLIMITED.allows_origin(origin)


@pytest.mark.parametrize(
    ("pattern", "name", "is_allowed"),
    [
        ("Order Completed", "Order Completed", True),
        ("Order Completed", "Order Completed ", False),
        ("Order *", "Order Completed", True),
        ("Order *", "Order ", True),
        ("Order *", "Reorder Completed", False),
        ("* Viewed", "Product Viewed", True),
        ("A*C*E", "ABCDE", True),
        ("A*C*E", "ACE", True),
        ("A*C*E", "AECE", True),
        ("A*C*E", "AEC", False),
        ("AB*BA", "ABA", False),
        ("*", "Anything", True),
        ("[a-z]?", "b!", False),
        ("*a" * 90 + "b", "a" * 200, False),
    ],
)
def test_an_event_is_sent_where_a_pattern_names_it(pattern: str, name: str, is_allowed: bool) -> None:
    assert KeyRules(events=(pattern,)).allows_event(name) is is_allowed


def test_an_event_that_the_key_may_not_send_is_named_by_its_index() -> None:
    rules = KeyRules(events=("Product *",), calls=(EventType.TRACK, EventType.IDENTIFY))
    who = {"userId": "u1"}
    raws = [
        {"type": "track", "event": "Product Viewed"} | who,
        {"type": "track", "event": "Order Completed"} | who,
        {"type": "identify"} | who,
        {"type": "page"} | who,
    ]
    reception = Reception(received_at=NOON, trust=Trust.PUBLIC, source="http", rules=rules)
    batch = read_batch({"batch": raws}, reception, body_size=1)
    assert [event.name for event in batch.events] == ["Product Viewed", "User Identified"]
    assert [(fault.path, fault.message) for one in batch.rejections for fault in one.placed_faults()] == [
        ("batch.1.event", NOT_ALLOWED),
        ("batch.3.type", NOT_ALLOWED),
    ]


def test_a_key_is_its_name_and_what_only_the_secret_makes_of_it() -> None:
    texts = {key_text(name, secret) for name in ("web", "app") for secret in ("one", "two")}
    assert len(texts) == 4
    assert {named(text) for text in texts} == {"web", "app"}


def test_rules_are_read_as_they_were_written() -> None:
    rules = {
        "web": KeyRules(origins=("https://shop.example",), rate=RateLimit(per_second=0.5, burst=3)),
        "app-2": KeyRules(events=("Order *", "été"), calls=(EventType.TRACK,)),
        "till": UNLIMITED,
    }
    assert read_rules(write_rules(rules)) == rules
    assert (write_rules({}), read_rules("")) == ("", {})


@pytest.mark.parametrize("origin", ["shop.example", "https://shop.example/", "https://*", "https://a*.b", "*", ""])
def test_what_is_no_origin_is_refused_when_it_is_written(origin: str) -> None:
    with pytest.raises(ValueError, match="origin"):
        KeyRules(origins=(origin,))


@pytest.mark.parametrize(("per_second", "burst"), [(0, 1), (-1, 1), (1, 0), (1e9, 1), (1, 10**9), (float("nan"), 1)])
def test_a_rate_that_is_none_is_refused(per_second: float, burst: int) -> None:
    with pytest.raises(ValueError, match="rate"):
        RateLimit(per_second=per_second, burst=burst)


@pytest.mark.parametrize("name", ["", "Web", "a_b", "1a", "a" * 41, "é"])
def test_a_name_that_would_break_a_key_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        write_rules({name: UNLIMITED})


def test_more_rules_than_a_function_can_be_told_are_refused() -> None:
    with pytest.raises(ValueError, match="at most"):
        write_rules({"web": KeyRules(events=tuple(f"Event {number}" for number in range(200)))})
