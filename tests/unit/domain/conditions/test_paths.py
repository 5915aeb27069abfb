"""Paths lead to values, or to none; they never fail."""

from typing import Any

import pytest

from shared.domain.conditions.paths import EVENT_ROOTS, MISSING, ROOTS, Path, parse_path
from shared.domain.conditions.trees import Scope
from shared.domain.language.reading import Faults
from tests.builders import NOON, an_event

EVENT = an_event(
    "Order Completed",
    properties={
        "total": 20,
        "nothing": None,
        "products": [{"sku": "a", "tags": ["new"]}, {"sku": "b"}, {"tags": ["old", "sale"]}, "loose"],
        "1": "one",
        "text": "abc",
    },
    context={"page": {"path": "/"}},
)
SCOPE = Scope(NOON, traits={"city": "Cork"}, event=EVENT, entry={"properties": {"cart_id": "c1"}})


def path(text: str) -> Path:
    faults = Faults()
    found = parse_path(text, (), faults)
    assert not faults
    return found


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("event", ["Order Completed"]),
        ("properties.total", [20]),
        ("context.page.path", ["/"]),
        ("traits.city", ["Cork"]),
        ("entry.properties.cart_id", ["c1"]),
        ("properties.products.0.sku", ["a"]),
        ("properties.products.1.sku", ["b"]),
        ("properties.products.*.sku", ["a", "b"]),
        ("properties.products.*.tags.*", ["new", "old", "sale"]),
        ("properties.1", ["one"]),
        ("properties.nothing", []),
        ("properties.absent", []),
        ("properties.absent.deeper", []),
        ("properties.total.deeper", []),
        ("properties.text.0", []),
        ("properties.products.9.sku", []),
        ("properties.products.-1.sku", []),
        ("properties.products.²", []),
        ("properties.products.sku", []),
        ("traits.*", []),
    ],
)
def test_a_path_leads_to_its_values(text: str, values: list[Any]) -> None:
    assert path(text).values(SCOPE) == values
    assert path(text).value(SCOPE) == (values[0] if values else MISSING)


@pytest.mark.parametrize("text", ["event", "properties.total", "context.page"])
def test_without_an_event_its_paths_lead_nowhere(text: str) -> None:
    assert path(text).values(Scope(NOON)) == []


@pytest.mark.parametrize("text", ["traits.city", "entry.properties.cart_id", "event", "properties.a.0.*.b"])
def test_a_path_is_written_as_it_is_read(text: str) -> None:
    assert str(path(text)) == text


@pytest.mark.parametrize(
    ("text", "roots", "message"),
    [
        ("trait.city", ROOTS, 'did you mean "traits"?'),
        ("price", ROOTS, "it begins with one of event, properties, context, traits, entry"),
        ("properties", ROOTS, "names are separated by single dots"),
        ("properties.", ROOTS, "names are separated by single dots"),
        ("properties..price", ROOTS, "names are separated by single dots"),
        ("event.name", ROOTS, "names are separated by single dots"),
        ("traits.city", EVENT_ROOTS, "there is no traits to look at"),
        ("properties.price", ("traits", "entry"), 'did you mean "entry.properties.price"?'),
    ],
)
def test_what_is_no_path_here_is_a_fault_that_says_why(text: str, roots: tuple[str, ...], message: str) -> None:
    faults = Faults()
    parse_path(text, ("if",), faults, roots=roots)
    (fault,) = faults
    assert fault.path == ("if",)
    assert message in fault.message
