"""Recommendations in templates, as ``carillon check`` sees them, and as its examples and previews show them."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.playbook.build import build_playbook, review_playbook
from infra.playbook.examples import example_products, live_names
from shared.adapters.compiled_playbook import load
from tests.unit.infra.playbook_folder import write_playbook

EXAMPLE: dict[str, Any] = {
    "traits": {},
    "entry": {"properties": {"cart_id": "c1", "sku": "POT"}},
    "products": [{"sku": sku, "title": sku.title(), "price": 30} for sku in ("POT", "MUG", "BOWL", "TRAY")],
}
EACH = "{% for product in recommendations(3) %}"
SOME = "{{ product.title | default('One') }}"


def files_of(text: str) -> dict[str, str]:
    return {"messages/hello/sms.txt": text, "messages/hello/example.json": json.dumps(EXAMPLE)}


def faults_of(folder: Path, text: str) -> list[str]:
    return [fault.message for fault in review_playbook(write_playbook(folder, files_of(text))).faults]


@pytest.mark.parametrize(
    "text",
    [
        "Look: " + EACH + SOME + "{% endfor %}",
        "{% if recommendations() %}Look{% else %}Nothing{% endif %}",
        EACH
        + "{% if product.reason == 'bought_together' %}goes with {{ product.because.title | default('it') }}"
        + "{% elif product.reason == 'looked_at' %}you looked at {{ product.because.title | default('it') }}"
        + "{% else %}popular{% endif %}{% endfor %}",
        "{% set some = recommendations(2) %}{{ some | length }}",
    ],
)
def test_recommendations_may_be_shown(tmp_path: Path, text: str) -> None:
    assert faults_of(tmp_path, text) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (EACH + "{{ product.prize }}{% endfor %}", 'a recommendation has no "prize", did you mean "price"?'),
        (EACH + "{{ product.because.prize }}{% endfor %}", 'a product has no "prize", did you mean "price"?'),
        ("{{ recommendations('two') }}", "say how many, up to 12: recommendations(4)"),
        ("{{ recommendations(entry.properties.sku) }}", "say how many, up to 12: recommendations(4)"),
        ("{{ recommendation(2) }}", 'unknown name "recommendation", did you mean "recommendations"?'),
    ],
)
def test_what_is_misspelt_is_named(tmp_path: Path, text: str, said: str) -> None:
    assert faults_of(tmp_path, text) == [said]


@pytest.mark.parametrize(
    "text",
    [
        EACH + "{{ product.title }}{% endfor %}",
        EACH + "{{ product.because.title | default('it') }}{% endfor %}",
        "{{ recommendations(1)[0].title | default('it') }}",
        "{{ (recommendations(1) | first).sku }}",
    ],
    ids=["without a title", "popular, because of nothing", "none at all", "no first one"],
)
def test_a_message_must_render_with_little_and_with_none(tmp_path: Path, text: str) -> None:
    [said] = faults_of(tmp_path, text)

    assert said.startswith(("does not render without", 'example.json has no "because"'))


def test_only_where_a_message_recommends_are_interests_kept(tmp_path: Path) -> None:
    for name, text, expected in (("with", "Look: " + EACH + SOME + "{% endfor %}", True), ("without", "Hello", False)):
        build_playbook(write_playbook(tmp_path / name, files_of(text)), tmp_path / f"{name}-built")

        plain = json.loads((tmp_path / f"{name}-built" / "playbook.json").read_bytes())["messages"]["hello"]
        assert load(tmp_path / f"{name}-built").recommends is expected
        assert plain.get("recommends", False) is expected
        carried = {tuple(field) for field in plain["entry_fields"]}
        assert ({("properties", "sku"), ("properties", "product_id")} <= carried) is expected


def test_an_example_shows_each_of_its_products_and_why() -> None:
    def shown(entry: Any) -> list[tuple[str, str, str]]:
        products, _ = example_products(EXAMPLE["products"])
        listed = live_names(entry, products, {})["recommendations"](9)
        return [(one["sku"], one["reason"], one.get("because", {}).get("title", "")) for one in listed]

    looked_at = [("MUG", "looked_at", "Pot"), ("BOWL", "looked_at", "Pot"), ("TRAY", "popular", "")]
    assert shown(EXAMPLE["entry"]) == looked_at
    assert shown({"properties": {}}) == [
        (sku, reason.replace("looked_at", "bought_together"), because) for sku, reason, because in looked_at
    ]
    assert live_names({}, [], {})["recommendations"]() == []
