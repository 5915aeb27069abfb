"""``carillon quality``: what is wrong with what comes in, and what to do about it."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.commands.check import PlaybookOption
from infra.commands.coupons import low_pools, pools
from infra.commands.up import DEFAULT_PORT, CloudPort, StageOption

if TYPE_CHECKING:
    from shared.domain.intake.tallies import Tally


def quality(
    stage: StageOption = "local",
    days: Annotated[int, typer.Option(help="How many days are looked at, today included.", min=1, max=90)] = 7,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
    playbook: PlaybookOption = Path("templates"),
    port: CloudPort = DEFAULT_PORT,
) -> None:
    """Say what is wrong with the events that came in, from whom, how often, since when, and what to do about it."""
    from infra.operations.cloud import connect
    from shared.adapters.dynamodb.coupons import DynamoCoupons
    from shared.adapters.dynamodb.quality_counts import DynamoQualityCounts
    from shared.domain.timing import DAY

    cloud = connect(stage, port)
    now = cloud.clock.now()
    tallies = DynamoQualityCounts(cloud.dynamodb, table=cloud.table).read(now - (days - 1) * DAY, now)
    rows = [row(tally, tallies) for tally in worst_first(tallies)]
    if json_:
        for one in rows:
            sys.stdout.write(json.dumps(one, ensure_ascii=False) + "\n")
    else:
        _print_table(rows, sum(tally.events for tally in tallies if tally.flaw is None), days)
        kept = DynamoCoupons(cloud.dynamodb, table=cloud.table)
        for line in low_pools({name: kept.left(name) for name in pools(playbook)}):
            print(line)


def worst_first(tallies: "Sequence[Tally]") -> "list[Tally]":
    return sorted((one for one in tallies if one.flaw is not None), key=lambda one: (-one.events, one.source, one.flaw))


def row(tally: "Tally", tallies: "Sequence[Tally]") -> dict[str, Any]:
    """The tally in words; ``share`` is of all events of that source that are counted yet."""
    from infra.operations.quality_advice import ADVICE, PAGE
    from shared.domain.timing import format_instant

    assert tally.flaw is not None  # noqa: S101  # of all events there is nothing to say
    total = sum(one.events for one in tallies if one.flaw is None and one.source == tally.source)
    return {
        "source": tally.source,
        "reason": tally.flaw.value,
        "events": tally.events,
        "share": round(min(1.0, tally.events / total), 4) if total else None,
        "places": list(tally.places),
        "since": format_instant(tally.first_at),
        "latest": format_instant(tally.last_at),
        "advice": ADVICE[tally.flaw],
        "docs": f"{PAGE}#{tally.flaw.value}",
    }


def _print_table(rows: Sequence[dict[str, Any]], total: int, days: int) -> None:
    if not rows:
        print(f"Nothing wrong was noticed in {total:,} events of the last {days} days.")
        return
    width = max(len(one["source"]) for one in rows)
    for one in rows:
        share = "" if one["share"] is None else f"{one['share']:.1%}"
        since = one["since"][:16].replace("T", " ")
        places = ", ".join(one["places"][:3]) or "-"
        print(f"{one['source']:{width}}  {one['reason']:17} {one['events']:>9,} {share:>7}  since {since}  {places}")
        print(f"{'':{width}}  {one['advice']} ({one['docs']})")
    print(f"\n{total:,} events in the last {days} days; counts of the last minutes may be missing yet.")
