"""``carillon quality``: every flaw has its advice and its place in the documentation; the worst comes first."""

import json
from types import SimpleNamespace

import boto3
import pytest
from typer.testing import CliRunner

import infra.operations.cloud
from infra.cli import app
from infra.operations.quality_advice import ADVICE, PAGE
from shared.adapters.dynamodb.quality_counts import DynamoQualityCounts
from shared.domain.intake.flaws import Flaw
from shared.domain.intake.tallies import Tally
from shared.domain.timing import DAY
from tests.builders import NOON
from tests.docs.examples import ROOT
from tests.fakes.clock import FakeClock


@pytest.fixture
def counts(table_name: str, monkeypatch: pytest.MonkeyPatch) -> DynamoQualityCounts:
    client = boto3.client("dynamodb")
    cloud = SimpleNamespace(dynamodb=client, table=table_name, clock=FakeClock(NOON))
    monkeypatch.setattr(infra.operations.cloud, "connect", lambda *_: cloud)
    return DynamoQualityCounts(client, table=table_name)


def run(*options: str) -> str:
    result = CliRunner().invoke(app, ["quality", *options])
    assert result.exit_code == 0, result.output
    return result.output


def test_every_flaw_has_its_advice_and_its_heading() -> None:
    page = (ROOT / PAGE).read_text("utf-8").splitlines()

    assert set(ADVICE) == set(Flaw)
    assert [line for line in page if line.startswith("### ")] == [f"### {flaw}" for flaw in Flaw]


def test_the_report_tells_the_worst_first_with_its_share_and_what_to_do(counts: DynamoQualityCounts) -> None:
    counts.add(Tally("http:web analytics.js", None, 1_000, (), NOON, NOON))
    counts.add(Tally("http:web analytics.js", Flaw.NO_CURRENCY, 120, ("Order Completed: currency",), NOON, NOON))
    counts.add(Tally("bus:till", Flaw.MISSING_ID, 3, ("userId",), NOON - DAY, NOON - DAY))

    first, second = map(json.loads, run("--json").splitlines())
    assert first == {
        "source": "http:web analytics.js",
        "reason": "no_currency",
        "events": 120,
        "share": 0.12,
        "places": ["Order Completed: currency"],
        "since": "2026-11-02T12:00:00.000Z",
        "latest": "2026-11-02T12:00:00.000Z",
        "advice": ADVICE[Flaw.NO_CURRENCY],
        "docs": "docs/quality.md#no_currency",
    }
    assert (second["reason"], second["share"]) == ("missing_id", None)
    table = run()
    assert "http:web analytics.js  no_currency             120   12.0%  since 2026-11-02 12:00  Order" in table
    assert ADVICE[Flaw.MISSING_ID] in table
    assert "missing_id" not in run("--days", "1")


def test_where_nothing_is_wrong_it_says_so(counts: DynamoQualityCounts) -> None:
    counts.add(Tally("http", None, 12, (), NOON, NOON))

    assert "Nothing wrong was noticed in 12 events" in run()
    assert run("--json") == ""
