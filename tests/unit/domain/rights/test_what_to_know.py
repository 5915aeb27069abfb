"""What a salesperson is told: short, true, with a reason, whatever a browser sent."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.consent.words import Channel, Statement, SuppressionReason
from shared.domain.events import Event
from shared.domain.locales.spoken_words import MAX_SPOKEN, spoken
from shared.domain.profiles import Profile, Run, Suppression, Touch
from shared.domain.rights.what_to_know import TOPICS, what_to_know
from shared.domain.timing import DAY, HOUR, parse_instant
from tests.builders import NOON, a_profile, an_event
from tests.playbooks import a_playbook

PLAYBOOK = a_playbook()


def told(profile: Profile | None = None, *events: Event, now: int = NOON) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for note in what_to_know(profile or Profile(id="u1"), events, PLAYBOOK, now):
        assert note.why
        found.setdefault(note.topic, []).append(note.text)
    return found


def adds(name: str, n: int = 0, **properties: Any) -> Event:
    return an_event("Product Added", id=f"a{n}", at=NOON + n, properties={"cart_id": "c1", "name": name, **properties})


def test_of_somebody_unknown_nothing_is_told() -> None:
    assert told() == {}


@pytest.mark.parametrize(
    ("traits", "text"),
    [
        ({"firstName": "Ana", "lastName": "Silva"}, "This is Ana Silva."),
        ({"name": "Ana Silva", "locale": "de-AT"}, "This is Ana Silva, who reads German."),
        ({"language": "fr"}, "A person without a name, who reads French."),
        ({"firstName": "Ana", "language": "tlh"}, "This is Ana, who reads tlh."),
    ],
)
def test_they_are_greeted_by_name_and_in_their_language(traits: dict[str, str], text: str) -> None:
    assert told(a_profile(traits=traits))["greeting"] == [text]


def test_the_open_cart_is_told_with_its_products() -> None:
    events = [
        adds("Mug", 1, product_id="p1", price=34.5, currency="EUR", quantity=2),
        adds("Board", 2, product_id="p2", price="56", currency="EUR"),
        adds("Spoon", 3, product_id="p3"),
        an_event("Product Removed", id="r", at=NOON + 4, properties={"cart_id": "c1", "product_id": "p3"}),
    ]

    assert told(None, *events)["cart"] == ["Has in the cart: 2 × Mug, Board (125.00 EUR)."]
    assert told(None, *reversed(events))["cart"] == ["Has in the cart: 2 × Mug, Board (125.00 EUR)."]


@pytest.mark.parametrize("properties", [{"cart_id": "c1"}, {}], ids=["the cart", "a till"])
def test_what_was_ordered_is_in_no_cart_any_more(properties: dict[str, str]) -> None:
    bought = an_event(
        "Order Completed",
        id="o",
        at=NOON + 9,
        properties={**properties, "order_id": "1", "total": 60.5, "currency": "EUR", "products": [{"name": "Mug"}]},
    )

    known = told(None, adds("Mug"), bought)

    assert "cart" not in known
    assert known["orders"] == ["Last bought Mug for 60.50 EUR on 2 November 2026."]


def test_an_old_cart_is_forgotten() -> None:
    assert told(None, adds("Mug"), now=NOON + 31 * DAY) == {}


def test_an_order_that_was_undone_says_so() -> None:
    bought = an_event("Order Completed", properties={"order_id": "1"})
    undone = an_event("Order Refunded", id="m2", at=NOON + 1, properties={"order_id": "1"})

    assert told(None, bought, undone)["orders"] == ["Last bought something on 2 November 2026, which was refunded."]


@pytest.mark.parametrize(
    ("birthday", "text"),
    [
        ("1990-11-02", ["Has a birthday today, on 2 November."]),
        ("--11-05", ["Has a birthday in 3 days, on 5 November."]),
        ("1990-10-31", ["Has a birthday 2 days ago, on 31 October."]),
        ("1990-11-17", None),
        ("soon", None),
        ("1990-13-45", None),
    ],
)
def test_a_birthday_that_is_near_is_told(birthday: str, text: list[str] | None) -> None:
    assert told(a_profile(traits={"birthday": birthday})).get("birthday") == text


def test_a_birthday_over_the_new_year_and_on_a_leap_day_is_near() -> None:
    at = parse_instant("2026-12-28T12:00:00Z")
    assert told(a_profile(traits={"birthday": "1990-01-02"}), now=at)["birthday"]
    at = parse_instant("2027-02-27T12:00:00Z")
    assert told(a_profile(traits={"birthday": "1992-02-29"}), now=at)["birthday"] == [
        "Has a birthday tomorrow, on 28 February."
    ]


def test_who_must_not_be_written_to_is_told() -> None:
    profile = a_profile(
        consent={("*", "*"): Statement(subscribed=False, at=NOON, source="page")},
        suppressed={("email", "ana@example.com"): Suppression(SuppressionReason.COMPLAINT, NOON)},
    )

    assert told(profile)["do_not_write"] == [
        "Wants no marketing at all.",
        "Must not be written to by email: they complained about a message of ours as spam.",
    ]


def test_what_we_wrote_and_are_about_to_write_is_told() -> None:
    profile = a_profile(
        touches=(Touch(Channel.EMAIL, "marketing", NOON, "cart_reminder", is_answered=True),),
        runs={
            "r1": Run(id="r1", journey="gone", key=None, version="v", entered_at=NOON, wait_until=NOON + HOUR),
            "r2": Run(id="r2", journey="gone", key=None, version="v", entered_at=NOON, ended_at=NOON),
        },
    )

    known = told(profile)

    assert known["messages"] == ["We wrote last: cart reminder by email on 2 November 2026 (answered)."]
    assert known["journeys"] == ["We are about to write: gone, on 2 November 2026."]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=200),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)
PROPERTIES = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(
        ("cart_id", "order_id", "product_id", "name", "price", "quantity", "currency", "total", "products"), ANYTHING
    ),
)


@given(
    st.lists(
        st.tuples(st.sampled_from(["Product Added", "Product Removed", "Order Completed"]), PROPERTIES), max_size=6
    ),
    st.dictionaries(st.sampled_from(["firstName", "birthday", "language", "timezone"]), ANYTHING, max_size=4),
)
def test_whatever_a_browser_sent_is_told_in_lines_that_can_be_read_out(
    happened: list[tuple[str, dict[str, Any]]], traits: dict[str, Any]
) -> None:
    events = [an_event(name, id=str(n), properties=properties) for n, (name, properties) in enumerate(happened)]

    for note in what_to_know(a_profile(traits=traits), events, PLAYBOOK, NOON):
        assert note.topic in TOPICS
        assert len(note.text) < 12 * MAX_SPOKEN
        assert note.text.isprintable()


@pytest.mark.parametrize(
    ("value", "text"), [("a\nb\x00c", "a b c"), (True, ""), (None, ""), (5, "5"), ("x" * 100, "x" * 79 + "…")]
)
def test_what_is_spoken_is_short_and_plain(value: Any, text: str) -> None:
    assert spoken(value) == text
