"""What the page on personal content shows is what is taken, and what renders."""

import json
from pathlib import Path

from infra.playbook.build import review_playbook
from shared.domain.shop.products import read_products
from tests.builders import NOON
from tests.docs.examples import ROOT, blocks
from tests.unit.infra.playbook_folder import write_playbook

PAGE = ROOT / "docs/personal.md"


def test_the_products_are_taken() -> None:
    [request] = [json.loads(block.text) for block in blocks("json", PAGE)]

    assert [product.sku for product in read_products(request, NOON)] == ["KIL-MUG-OAT", "VIL-TOWEL"]


def test_the_templates_render_with_and_without_what_they_show(tmp_path: Path) -> None:
    entry = {"properties": {"cart_id": "c1", "sku": "MUG", "products": [{"sku": "MUG"}]}}
    example = {"traits": {}, "entry": entry, "products": [{"sku": "MUG", "title": "Mug", "price": 30}]}
    for number, block in enumerate(blocks("jinja", PAGE)):
        files = {"messages/hello/sms.txt": block.text, "messages/hello/example.json": json.dumps(example)}
        assert review_playbook(write_playbook(tmp_path / str(number), files)).faults == []
