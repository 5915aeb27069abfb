"""``carillon bench`` runs, whatever its figures: benchmarks that nobody runs stop running."""

import json

import pytest
from typer.testing import CliRunner

from infra.cli import app
from infra.commands.bench import SUBJECTS
from tests.benchmarks import decide, measure, simulate
from tests.docs.examples import ROOT


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every contender runs, with little to do."""
    monkeypatch.setattr(measure, "ROUND_TIME", 0.0)
    monkeypatch.setattr(decide, "DEAD", (1, 10))
    monkeypatch.setattr(decide, "HISTORIES", (10, 200))
    monkeypatch.setattr(simulate, "EVENTS", 500)
    monkeypatch.setattr(simulate, "PEOPLE", 50)
    monkeypatch.setattr(simulate, "LENGTHS", (50, 100))


def bench(*words: str) -> str:
    result = CliRunner().invoke(app, ["bench", "--rounds", "1", *words])
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.parametrize("subject", ["decide", "fold", "ingest", "render", "dispatch", "simulate"])
def test_a_subject_is_measured_beside_its_baseline(subject: str) -> None:
    measured = json.loads(bench(subject, "--json"))
    assert measured["rounds"] == 1
    for table in measured["tables"]:
        assert table["figures"][0]["ratio"] == 1
        assert all(figure["value"] > 0 for figure in table["figures"])


def test_every_handler_is_imported_without_an_environment() -> None:
    printed = bench("imports")
    for handler in (ROOT / "functions").glob("*/handler.py"):
        assert handler.parent.name in printed


def test_a_subject_that_does_not_exist_is_told_with_those_that_do() -> None:
    result = CliRunner().invoke(app, ["bench", "everything"])
    assert result.exit_code == 2
    assert SUBJECTS[0] in result.output


def test_every_benchmark_is_a_subject() -> None:
    modules = (ROOT / "tests/benchmarks").glob("*.py")
    assert {path.stem for path in modules if "\ndef run(" in path.read_text("utf-8")} == set(SUBJECTS)
