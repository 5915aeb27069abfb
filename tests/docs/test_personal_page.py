"""What the page on personal content shows is what is taken, and what renders."""

import json
import re
from pathlib import Path

from ruamel.yaml import YAML

from functions.serve_shop.problems import PROBLEMS
from infra.playbook.build import review_playbook
from shared.domain.language.coupon_reader import read_offers
from shared.domain.language.reading import Faults
from shared.domain.shop.products import read_products
from shared.services.redeem_coupons import Refusal
from tests.builders import NOON
from tests.docs.examples import ROOT, blocks
from tests.unit.infra.playbook_folder import write_playbook

PAGE = ROOT / "docs/personal.md"
[COUPONS] = [block.text for block in blocks("yaml", PAGE)]


def test_the_products_are_taken() -> None:
    [request] = [json.loads(block.text) for block in blocks("json", PAGE)]

    assert [product.sku for product in read_products(request, NOON)] == ["KIL-MUG-OAT", "VIL-TOWEL"]


def test_the_templates_render_with_and_without_what_they_show(tmp_path: Path) -> None:
    entry = {"properties": {"cart_id": "c1", "sku": "MUG", "products": [{"sku": "MUG"}]}}
    example = {"traits": {}, "entry": entry, "products": [{"sku": "MUG", "title": "Mug", "price": 30}]}
    for number, block in enumerate(blocks("jinja", PAGE)):
        files = {
            "coupons.yaml": COUPONS,
            "messages/hello/sms.txt": block.text,
            "messages/hello/example.json": json.dumps(example),
        }
        assert review_playbook(write_playbook(tmp_path / str(number), files)).faults == []


def test_the_coupons_are_read() -> None:
    faults = Faults()

    assert read_offers(YAML(typ="safe").load(COUPONS), faults).keys() == {"welcome10", "spring"}
    assert not faults


def test_the_problems_of_a_redemption_are_those_that_are_answered() -> None:
    rows = re.findall(r"^\| `([\w-]+)` \((\d{3})\) \|", PAGE.read_text("utf-8"), re.MULTILINE)

    assert {code: int(status) for code, status in rows} == {one.value: PROBLEMS[one].status.value for one in Refusal}
