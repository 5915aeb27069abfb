"""What every document promises: links that lead somewhere, paths that exist, JSON that parses, no machine's names."""

import json
import re
from pathlib import Path

import pytest

from tests.docs.examples import DOCUMENTS, ROOT, Block, blocks

LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE_PATH = re.compile(r"`((?:\.github|docs|functions|infra|shared|templates|tests)/[\w./-]*)`")
MACHINE = re.compile(r"/(?:work|root|home|tmp|Users)/|C:\\\\")


def anchors(text: str) -> set[str]:
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_between_files_leads_somewhere(document: Path) -> None:
    for link in LINK.findall(document.read_text("utf-8")):
        if link.startswith("https://"):
            continue
        file, _, anchor = link.partition("#")
        target = (document.parent / file).resolve() if file else document
        assert target.exists(), link
        assert not anchor or anchor in anchors(target.read_text("utf-8")), link


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_path_of_the_repository_exists(document: Path) -> None:
    planned = {block.file for language in ("yaml", "xml", "json") for block in blocks(language)}
    missing = [
        name
        for name in CODE_PATH.findall(document.read_text("utf-8"))
        if name not in planned and not (ROOT / name).exists()
    ]
    assert not missing


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_no_document_names_a_machine(document: Path) -> None:
    assert not MACHINE.search(document.read_text("utf-8"))


@pytest.mark.parametrize("block", blocks("json"), ids=str)
def test_every_json_example_parses(block: Block) -> None:
    json.loads(block.text)


@pytest.mark.parametrize("block", blocks("jsonl"), ids=str)
def test_every_line_of_json_parses(block: Block) -> None:
    assert all(isinstance(json.loads(line), dict) for line in block.text.splitlines())


def test_the_sums_of_the_cost_page_are_right() -> None:
    tables = re.split(r"\n\n", (ROOT / "docs/cost.md").read_text("utf-8"))
    summed = 0
    for table in tables:
        rows = re.findall(r"^\| (.+) \| ([0-9.]+) \|$", table, re.MULTILINE)
        totals = re.findall(r"^\| \*\*.+\*\* \| \*\*([0-9.]+)\*\* \|$", table, re.MULTILINE)
        if totals:
            summed += 1
            assert sum(float(value) for _, value in rows) == pytest.approx(float(totals[0])), table
    assert summed == 4


DECISIONS = sorted((ROOT / "docs/decisions").glob("*.md"))


def test_every_decision_has_a_number_of_its_own() -> None:
    numbers = [path.name.partition("-")[0] for path in DECISIONS]
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda path: path.name)
def test_a_decision_says_why_what_and_what_follows(decision: Path) -> None:
    headings = re.findall(r"^#+ (.+)$", decision.read_text("utf-8"), re.MULTILINE)
    assert headings[0].startswith(f"{int(decision.name[:4])}. ")
    assert headings[1:] == ["Context", "Decision", "Consequences"]
