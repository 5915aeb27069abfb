"""What templates need of the entry event, and journeys whose people do not bring it."""

from typing import Any

import pytest
from jinja2 import Environment

from infra.playbook.compiled_message import CompiledMessage
from infra.playbook.locales import Locales
from infra.playbook.needs import entry_events, unprovided
from infra.playbook.properties import missing_conditions, misspelt_conditions, misspelt_templates
from infra.playbook.template_needs import Need, needs_of

ENVIRONMENT: Environment = Locales({"locale": "en"})["en"].environment


@pytest.mark.parametrize(
    ("template", "fields"),
    [
        ("{{ entry.properties.total }}", {"total"}),
        ("{{ entry['properties']['total'] }}", {"total"}),
        ("{{ entry.properties.products.0.sku }}", {"products"}),
        ("{{ entry.properties.total | money }}", {"total"}),
        ("{{ entry.properties.total | money(entry.properties.currency) }}", {"total"}),
        ("{{ entry.properties.total | default(0) | money }}", set()),
        ("{{ entry.properties.total | default(entry.properties.value) }}", {"value"}),
        ("{{ entry.properties.address.city | default('') }}", {"address"}),
        ("{{ entry.properties.url | shop_url }}", set()),
        ("{% if entry.properties.total %}a{% endif %}", {"total"}),
        ("{% if entry.properties.total is known %}{{ entry.properties.total }}{% endif %}", set()),
        ("{% if entry.properties.total is not defined %}-{% else %}{{ entry.properties.total }}{% endif %}", set()),
        ("{% if entry.properties.total is amount %}{{ entry.properties.value }}{% endif %}", {"value"}),
        ("{% if entry.properties.a is known and entry.properties.a > 1 %}a{% endif %}", set()),
        ("{% if entry.properties.a is not defined or entry.properties.a > 1 %}a{% endif %}", set()),
        ("{% if entry.properties.a > 1 and entry.properties.a is known %}a{% endif %}", {"a"}),
        ("{{ entry.properties.a if entry.properties.a is known else 'x' }}", set()),
        ("{% for line in entry.properties.lines %}{{ line.sku }}{% endfor %}", {"lines"}),
        (
            "{% if entry.properties.rows is list %}{% for l in entry.properties.rows %}{{ l }}{% endfor %}{% endif %}",
            set(),
        ),
        ("{% set all = entry.properties %}{{ all.a }}", set()),
        ("{{ traits.total }} {{ entry.timestamp }}", set()),
    ],
)
def test_a_template_needs_what_it_does_not_ask_for(template: str, fields: set[str]) -> None:
    assert {need.field for need in needs_of(ENVIRONMENT.parse(template))} == fields


def test_a_need_knows_its_line_and_root() -> None:
    found = needs_of(ENVIRONMENT.parse("Hello\n{{ entry.context.locale }}"))
    assert [(need.line, need.path) for need in found] == [(2, "entry.context.locale")]


def a_journey(enter: Any = None, **step: Any) -> dict[str, Any]:
    return {"enter": enter, "steps": [{"if": {}, "then": [step]}]}


def a_message(*fields: str) -> CompiledMessage:
    needs = {Need("messages/hello/sms.txt", 3, "properties", field) for field in fields}
    return CompiledMessage("hello", "Hello", needs=needs, reads=needs)


SEND = {"send": "hello", "via": ["sms"]}


@pytest.mark.parametrize(
    ("enter", "how"),
    [
        ({"segment": "vip"}, "by a segment"),
        ({"date": "traits.birthday"}, "on a date"),
        ({"on": "Segment Left"}, 'by "Segment Left"'),
        ({"on": ["Order Completed", "Segment Entered"]}, "by a segment"),
        ({"on": "Order Completed"}, None),
        (None, None),
    ],
)
def test_a_message_that_reads_what_people_do_not_bring_is_a_fault(enter: Any, how: str | None) -> None:
    found = list(unprovided({"a": a_journey(enter, **SEND)}, {"hello": a_message("total", "segment", "date", "trait")}))
    told = [said.partition(" (")[0] for _, _, said in found]
    assert {(file, ".".join(path)) for file, path, _ in found} <= {("journeys/a.yaml", "steps.0.then.0.send")}
    assert all(f"messages/hello/sms.txt:3), which is missing where people enter {how}" in said for _, _, said in found)
    assert ('"hello" reads entry.properties.total' in told) == (how is not None)


def test_who_starts_a_journey_brings_what_it_reads() -> None:
    journeys = {
        "a": a_journey({"segment": "vip"}, start="b"),
        "b": a_journey({"on": "Signed Up"}, start="c"),
        "c": a_journey(None, **SEND),
    }
    assert entry_events(journeys)["c"] == {"Segment Entered", "Signed Up"}
    assert [file for file, _, _ in unprovided(journeys, {"hello": a_message("total")})] == ["journeys/c.yaml"]


@pytest.mark.parametrize(
    ("events", "field", "meant"),
    [
        (["Order Completed"], "oder_id", "order_id"),
        (["Order Completed"], "order_id", None),
        (["Order Completed"], "gift_note", None),
        (["Order Completed", "Cart Viewed"], "product", "products"),
        (["Order Completed", "Order Rated"], "oder_id", None),
        (["Order Completed"], "tex", None),
    ],
)
def test_a_property_that_is_nearly_one_of_the_spec_is_told(events: list[str], field: str, meant: str | None) -> None:
    found = list(misspelt_templates({"a": a_journey({"on": events}, **SEND)}, {"hello": a_message(field)}))
    assert [(warning.file, warning.line) for warning in found] == ([("messages/hello/sms.txt", 3)] if meant else [])
    assert all(f'entry.properties.{field} is nearly "{meant}"' in warning.message for warning in found)


@pytest.mark.parametrize(
    ("journey", "place", "meant"),
    [
        ({"enter": {"on": "Order Completed", "where": {"properties.totl": 1}}}, "enter.where.properties.totl", "total"),
        (
            {"enter": {"on": "Order Completed", "where": {"properties.totl.a": 1}}},
            "enter.where.properties.totl.a",
            "total",
        ),
        ({"enter": {"on": "Order Placed", "where": {"properties.totl": 1}}}, None, None),
        ({"enter": {"on": ["Order Completed", "Rated"], "where": {"properties.totl": 1}}}, None, None),
        ({"enter": {"on": "Order Completed", "where": {"traits.totl": 1, "properties.gift": 1}}}, None, None),
        ({"key": "properties.cartid", "enter": {"on": "Product Added"}}, "key", "cart_id"),
        (
            {"exit": {"if": {"any": [{"sum": {"event": "Order Completed", "of": "properties.revenu"}}]}}},
            "exit.if.any.0.sum.of",
            "revenue",
        ),
        (
            {"steps": [{"await": {"on": "Cart Viewed", "where": {"all": [{"not": {"properties.cart_di": 1}}]}}}]},
            "steps.0.await.where.all.0.not.properties.cart_di",
            "cart_id",
        ),
        (
            {"if": {"did": {"event": "Product Viewed", "where": {"properties.skus": 1, "properties.varient": 2}}}},
            "if.did.where.properties.varient",
            "variant",
        ),
    ],
)
def test_a_condition_on_what_is_nearly_a_property_of_the_spec_is_told(
    journey: dict[str, Any], place: str | None, meant: str | None
) -> None:
    found = [(".".join(path), said.split('"')[1]) for path, said in misspelt_conditions(journey)]
    assert found == ([(place, meant)] if place else [])


@pytest.mark.parametrize(
    ("enter", "step", "said"),
    [
        ({"segment": "vip"}, {"if": {"entry.properties.total": 1}}, "entry.properties.total is always missing: people"),
        ({"segment": "vip"}, {"if": {"entry.properties.segment": "vip"}}, None),
        ({"date": "traits.b"}, {"wait": {"date": "entry.properties.ships_on"}}, "entry.properties.ships_on is always"),
        (
            {"date": "traits.b"},
            {"set": {"traits.a": {"path": "entry.context.locale"}}},
            "entry.context.locale is always",
        ),
        ({"date": "traits.b"}, {"if": {"traits.total": 1}}, None),
        ({"on": "Order Completed"}, {"if": {"entry.properties.total": 1}}, None),
        ({"on": ["Order Completed", "Segment Entered"]}, {"if": {"entry.properties.total": 1}}, None),
    ],
)
def test_a_step_that_asks_for_what_nobody_brings_is_told(enter: Any, step: dict[str, Any], said: str | None) -> None:
    found = [(file, said) for file, _, said in missing_conditions({"a": {"enter": enter, "steps": [step]}})]
    assert [told.startswith(said) for _, told in found if said] == ([True] if said else [])
    assert bool(found) == (said is not None)
