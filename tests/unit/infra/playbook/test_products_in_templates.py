"""Products in templates, as ``carillon check`` sees them: names, misspelt fields, and what happens without one."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.playbook.build import build_playbook, review_playbook
from tests.unit.infra.playbook_folder import write_playbook

EXAMPLE: dict[str, Any] = {
    "traits": {"firstName": "Ana"},
    "entry": {"properties": {"cart_id": "c1", "sku": "MUG", "products": [{"sku": "MUG", "quantity": 2}]}},
    "products": [{"sku": "MUG", "title": "Mug", "price": 30, "currency": "EUR", "stock": 2}],
}
FIRST = "{% for line in lines(entry.properties.products) %}"


def faults_of(folder: Path, text: str, **changes: Any) -> list[str]:
    files = {"messages/hello/sms.txt": text, "messages/hello/example.json": json.dumps(EXAMPLE | changes)}
    return [fault.message for fault in review_playbook(write_playbook(folder, files)).faults]


@pytest.mark.parametrize(
    "text",
    [
        "{{ products[entry.properties.sku].title | default('Our mug') }}",
        "{% if products['MUG'].price is amount %}{{ products['MUG'].price | money }}{% endif %}",
        "{% set it = products[entry.properties.sku] %}{% if it.in_stock %}yes{% endif %}",
        FIRST + "{{ line.quantity | default(1) }} {{ line.title | default(line.sku) | default('piece') }}{% endfor %}",
        "{% if products[entry.properties.sku].told_price is amount %}less than before{% endif %}",
    ],
)
def test_products_are_known_and_may_be_shown(tmp_path: Path, text: str) -> None:
    assert faults_of(tmp_path, text) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ products[entry.properties.sku].prize }}", 'a product has no "prize", did you mean "price"?'),
        (FIRST + "{{ line.prize }}{% endfor %}", 'a product has no "prize", did you mean "price"?'),
        ("{% if product is defined %}{% endif %}", 'unknown name "product", did you mean "products"?'),
    ],
)
def test_what_no_product_has_is_named(tmp_path: Path, text: str, said: str) -> None:
    assert faults_of(tmp_path, text) == [said]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("{{ products[entry.properties.sku].title }}", "title"),
        ("{{ products['MUG'].price | money }}", "price"),
        ("{{ products['MUG'].title | short(9) }} for {{ products['MUG'].price | default(0) }}", "title"),
    ],
)
def test_a_message_must_render_without_the_product(tmp_path: Path, text: str, name: str) -> None:
    [said] = faults_of(tmp_path, text)

    assert said.startswith(f'does not render without "{name}", which the catalogue may lack')


@pytest.mark.parametrize(
    ("products", "said"),
    [
        ({}, "products: expected a list of products, as POST /v1/products takes them"),
        ([{"sku": "A", "price": -1}], "products.0.price: must be a number, from 0"),
    ],
)
def test_the_products_of_an_example_are_such_as_the_catalogue_takes(tmp_path: Path, products: Any, said: str) -> None:
    assert faults_of(tmp_path, "Hello", products=products) == [said]


def test_the_run_takes_along_what_the_event_tells_of_its_product(tmp_path: Path) -> None:
    text = "{{ products[entry.properties.sku].title | default('It') }} awaits you"
    files = {"messages/hello/sms.txt": text, "messages/hello/example.json": json.dumps(EXAMPLE)}
    build_playbook(write_playbook(tmp_path / "source", files), tmp_path / "built")
    plain = json.loads((tmp_path / "built" / "playbook.json").read_bytes())

    carried = {name for root, name in plain["messages"]["hello"]["entry_fields"] if root == "properties"}
    assert {"sku", "product_id", "name", "price", "currency", "image_url"} <= carried


@pytest.mark.parametrize(
    "text", ["{{ products[entry.properties.sku].title | default('It') }}", FIRST + "a{% endfor %}"]
)
def test_who_enters_by_a_segment_is_shown_no_product(tmp_path: Path, text: str) -> None:
    journey = "purpose: transactional\nenter: {segment: all}\nsteps: [{send: hello, via: [sms]}]\n"
    files = {
        "messages/hello/sms.txt": text,
        "messages/hello/example.json": json.dumps(EXAMPLE),
        "journeys/hello.yaml": journey,
        "segments/all.yaml": "title: All\nif: {traits.email: {exists: true}}\n",
    }

    assert review_playbook(write_playbook(tmp_path, files)).faults == []
