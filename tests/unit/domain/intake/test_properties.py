"""Numbers that came as text in the spec's own events: read exactly, or left as they came."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.behaviour.counting import needed
from shared.domain.behaviour.recount import Recount
from shared.domain.events import Event
from shared.domain.normalise.properties import in_one_form, misread
from tests.builders import NOON, an_event
from tests.stories import Story, a_journey, a_playbook
from tests.unit.domain.behaviour.test_counting import a_playbook_that_asks


def an_order(**properties: Any) -> Event:
    return an_event("Order Completed", properties=properties)


@pytest.mark.parametrize(
    ("text", "currency", "number"),
    [
        ("20", None, 20),
        ("20.00", None, 20),
        ("-5.00", None, -5),
        ("12,50", None, 12.5),
        ("0.125", None, 0.125),
        ("1.2345", None, 1.2345),
        ("1.234,56 €", None, 1234.56),
        ("$1,299.00", None, 1299),
        ("US$ 12.50", None, 12.5),
        ("EUR12.50", None, 12.5),
        ("12.50EUR", None, 12.5),
        ("Rs. 1,299.00", None, 1299),
        ("R$ 1.299,90", None, 1299.9),
        ("1\u202f299,00 Kč", None, 1299),
        ("1'299.–", None, 1299),
        ("CHF 1'299.--", None, 1299),
        ("20,-", None, 20),
        ("1.234.567", None, 1234567),
        ("1,234", "JPY", 1234),
        ("12.990", "clp", 12990),
        ("¥1,234", "JPY", 1234),
    ],
)
def test_an_amount_is_read_exactly(text: str, currency: str | None, number: float) -> None:
    read = in_one_form(an_order(total=text, **({"currency": currency} if currency else {})))

    assert (read.properties["total"], type(read.properties["total"])) == (number, type(number))


@pytest.mark.parametrize(
    ("name", "value", "currency"),
    [
        ("total", "1,234", "USD"),
        ("total", "1.234", "EUR"),
        ("total", "1.234", None),
        ("total", "free", None),
        ("total", "10 abc", None),
        ("total", "1e3", None),
        ("total", "", None),
        ("total", "12345678901234567", None),
        ("total", "9" * 1_000, None),
        ("discount", "10%", None),
        ("quantity", "2.5", None),
        ("quantity", "-1", None),
        ("total", ["20"], None),
        ("total", {"amount": "20"}, None),
        ("total", True, None),
        ("order_id", "1001", None),
        ("coupon", "20", None),
        ("currency", "$", None),
    ],
)
def test_what_is_not_certain_or_no_number_of_the_spec_stays_as_it_came(
    name: str, value: Any, currency: str | None
) -> None:
    event = an_order(**{"currency": currency or "USD", name: value})

    assert in_one_form(event) is event


def test_products_are_read_by_the_currency_of_their_order() -> None:
    event = an_order(currency="jpy", products=[{"sku": "a", "price": "1,234", "quantity": "2"}, {"sku": "b"}, "odd"])

    assert in_one_form(event).properties == {
        "currency": "JPY",
        "products": [{"sku": "a", "price": 1234, "quantity": 2}, {"sku": "b"}, "odd"],
    }
    assert event.properties["products"][0]["price"] == "1,234"


def test_a_yes_or_no_of_the_spec_is_read() -> None:
    event = an_event("Application Opened", properties={"from_background": "true"})

    assert in_one_form(event).properties == {"from_background": True}


def test_events_of_the_shops_own_stay_as_they_came() -> None:
    event = an_event("Bought", properties={"price": "20", "currency": "eur"})

    assert in_one_form(event) is event


def test_conditions_and_sums_see_the_number_and_the_event_keeps_its_text() -> None:
    enter = {"on": "Order Completed", "where": {"properties.total": {"at_least": 20}}}
    rich = {"sum": {"event": "Order Completed", "of": "properties.total", "at_least": 0.3}}
    story = Story(a_playbook(segments={"rich": rich}, j=a_journey(enter=enter)))
    event = an_order(total="20,00 €")
    story.take([event], NOON)

    assert len(story.profile.runs) == 1
    assert "rich" in story.profile.segments
    assert event.properties == {"total": "20,00 €"}


def test_counting_again_from_the_timeline_reads_alike() -> None:
    asked = {"sum": {"event": "Order Completed", "of": "properties.total", "above": 100}}
    playbook = a_playbook_that_asks(asked)
    story = Story(playbook)
    story.take([an_order(total="60,10")], NOON)
    recount = Recount(needed(playbook).values(), NOON)
    recount.add(an_order(total="60,10"))

    assert recount.sums == story.profile.sums


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["price", "currency", "x"]), inner),
    max_leaves=6,
)
NAMES = ["price", "total", "quantity", "currency", "products", "rating", "order_id"]


@settings(max_examples=150)
@given(properties=st.dictionaries(st.sampled_from(NAMES), JSON))
def test_nothing_makes_it_fail_and_reading_twice_changes_nothing(properties: dict[str, Any]) -> None:
    once = in_one_form(an_order(**properties))

    assert in_one_form(once) is once
    assert once.properties.keys() == properties.keys()
    assert not [path for path, is_read in misread("Order Completed", once.properties) if is_read]
    assert all(path for path, _ in misread("Order Completed", properties))


@given(cents=st.integers(-(10**12), 10**12))
def test_every_price_is_read_however_it_is_written(cents: int) -> None:
    number = f"{cents / 100:.2f}"
    written = f"{cents / 100:,.2f}"
    for text in (number, number.replace(".", ","), written, written.translate(str.maketrans(",.", ".,"))):
        assert in_one_form(an_order(total=text)).properties["total"] == float(number)
