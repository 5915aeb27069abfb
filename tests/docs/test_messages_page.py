"""What docs/messages.md says of words and formats is what they come to."""

import re
from pathlib import Path
from typing import Final

import pytest

from infra.playbook.build import build_playbook, check_messages
from infra.playbook.locales import Locales
from tests.docs.examples import ROOT, blocks

PAGE: Final = ROOT / "docs/messages.md"
ROWS: Final = re.findall(r"^\| `(\{\{.+)` \| ([^|]+) \| ([^|]+) \|$", PAGE.read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize(("source", "english", "german"), ROWS)
def test_a_format_comes_to_what_the_page_says(source: str, english: str, german: str) -> None:
    locales = Locales({"locale": "en-IE"})
    for tag, expected in (("en", english), ("de", german)):
        template = locales[tag].environment.from_string(source.replace("\\|", "|"))
        assert template.render().replace("\N{NO-BREAK SPACE}", " ") == expected


def test_the_page_has_an_example_of_every_format() -> None:
    assert len(ROWS) == 9


def test_the_catalogue_of_the_page_is_one(tmp_path: Path) -> None:
    (block,) = (block for block in blocks("yaml", PAGE) if "languages/de.yaml" in block.text)
    folder = tmp_path / "messages/welcome"
    (folder / "languages").mkdir(parents=True)
    (tmp_path / "brand.yaml").write_text("name: Shop\nlocale: de\nlinks: {shop: https://shop.example/}\n")
    (folder / "message.yaml").write_text("title: Welcome\n")
    (folder / "example.json").write_text(
        '{"traits": {"firstName": "Ana"}, "entry": {"properties": {"lines": [{"n": 1}]}}}'
    )
    (folder / "email.mjml").write_text(
        "<mjml><mj-body><mj-section><mj-column><mj-text>{{ text.heading }} {{ text.lead }}"
        "{% for line in entry.properties.lines %}{{ text.line | fill(count=line.n, name='x') }}{% endfor %}"
        "</mj-text></mj-column></mj-section></mj-body></mjml>"
    )
    (folder / "languages/de.yaml").write_text(block.text, "utf-8")

    assert check_messages(tmp_path) == []
    build_playbook(tmp_path, tmp_path / "target")
