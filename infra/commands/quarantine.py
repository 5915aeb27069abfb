"""``carillon quarantine``: what could not be understood: listed, looked at, and sent back in once it is mended."""

import json
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from infra.commands.up import DEFAULT_PORT, CloudPort, StageOption

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.operations.cloud import CorrectedClock
    from infra.quarantine.doors import Door
    from infra.quarantine.kept import Kept, Shelf
    from shared.adapters.clock import SystemClock
    from shared.domain.events import Trust

SOME_LEFT: Final = 1
SHOWN: Final = 3
"""Reasons of one thing in a list."""

quarantine = typer.Typer(
    help="List, look at, and send back in what could not be understood.", no_args_is_help=True, add_completion=False
)

SourceFilter = Annotated[str, typer.Option("--source", help="Only of sources that begin so: http, http:web, bus.")]
SinceFilter = Annotated[
    str | None, typer.Option("--since", help="Only what came since this date (2026-11-02) or instant.")
]
ReasonFilter = Annotated[str, typer.Option("--reason", help="Only where a reason has this in its path or words.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")]


@quarantine.command("list")
def list_(
    stage: StageOption = "local",
    source: SourceFilter = "",
    since: SinceFilter = None,
    reason: ReasonFilter = "",
    json_: JsonOption = False,
    port: CloudPort = DEFAULT_PORT,
) -> None:
    """List what is kept, the oldest first: its id, when it came, from whom, how many events, and why it was refused."""
    from infra.quarantine.redrive import events_in
    from shared.domain.timing import format_instant

    shelf, _, _ = _open(stage, port)
    count = 0
    for kept in _chosen(shelf, source, since, reason):
        count += 1
        reasons = [f"{fault.path}: {fault.message}".removeprefix(": ") for fault in kept.faults]
        at, events = format_instant(kept.received_at), events_in(kept.raw)
        if json_:
            _print({"id": kept.id, "received_at": at, "source": kept.source, "events": events, "reasons": reasons})
        else:
            more = f" (and {len(reasons) - SHOWN} more)" if len(reasons) > SHOWN else ""
            print(f"{kept.id}  {at[:16].replace('T', ' ')}  {kept.source}  {events:,} events")
            for one in reasons[:SHOWN]:
                print(f"    {one}{more if one is reasons[:SHOWN][-1] else ''}")
    if not count and not json_:
        print("Nothing is in quarantine." if not (source or since or reason) else "Nothing in quarantine is like that.")


@quarantine.command()
def show(
    id_: Annotated[str, typer.Argument(metavar="ID", help="As `list` prints it.")],
    stage: StageOption = "local",
    json_: Annotated[bool, typer.Option("--json", help="Print all of it, to be mended and redriven.")] = False,
    port: CloudPort = DEFAULT_PORT,
) -> None:
    """Print one thing whole, with each fault beside the value that it is about."""
    from infra.quarantine.places import value_at
    from shared.domain.timing import format_instant

    shelf, _, _ = _open(stage, port)
    kept = shelf.find(id_)
    if json_:
        sys.stdout.write(json.dumps(json.loads(kept.to_json()), indent=2, ensure_ascii=False) + "\n")
        return
    print(f"{kept.id}, from {kept.source}, {format_instant(kept.received_at)}")
    for fault in kept.faults:
        print(f"  {fault.path or '(all of it)'}: {fault.message}")
        print(f"    {value_at(kept.raw, fault.path)}")
    print(json.dumps(kept.raw, indent=2, ensure_ascii=False))


@quarantine.command()
def redrive(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="As `list` prints them.")] = None,
    stage: StageOption = "local",
    all_: Annotated[bool, typer.Option("--all", help="All that is kept, or that the filters leave.")] = False,
    file: Annotated[
        Path | None, typer.Option("--file", help="What `show --json` printed, mended: it takes the place of what came.")
    ] = None,
    source: SourceFilter = "",
    since: SinceFilter = None,
    reason: ReasonFilter = "",
    port: CloudPort = DEFAULT_PORT,
) -> None:
    """Send things back in by the door they came by. What is still wrong stays, with its reasons as they are now."""
    from infra.errors import CommandError
    from infra.quarantine.mending import Clocks
    from infra.quarantine.redrive import redrive as send_back

    if bool(ids) == all_ or (file is not None and len(ids or ()) != 1):
        raise typer.BadParameter("name the ids, or --all; with --file a single id")
    corrected = None if file is None else _read(file)
    shelf, doors, clock = _open(stage, port)
    chosen = [shelf.find(one) for one in ids or ()] if ids else _chosen(shelf, source, since, reason)
    sent = refused = left = 0
    for kept in chosen:
        clocks = Clocks(then=clock.ahead_at(kept.received_at), now=clock.ahead_at(clock.now()))
        try:
            done = send_back(shelf, doors, kept, clocks, corrected)
        except CommandError as error:
            print(f"{kept.id}: {error}", file=sys.stderr)
            raise typer.Exit(SOME_LEFT) from None
        sent, refused, left = sent + done.sent, refused + done.refused, left + done.left
        again = f", {done.refused:,} refused again and kept anew" if done.refused else ""
        print(f"{kept.id}: {done.sent:,} sent, {done.left:,} stay{again}")
    print(f"{sent:,} events went back in; {left + refused:,} are still in quarantine.")
    raise typer.Exit(SOME_LEFT if left + refused else 0)


def _open(stage: str, port: int) -> "tuple[Shelf, dict[str, Door], SystemClock | CorrectedClock]":
    from infra.operations.cloud import connect
    from infra.quarantine.doors import BusDoor, HttpDoor
    from infra.quarantine.kept import Shelf

    cloud = connect(stage, port)

    @cache
    def key_of(trust: "Trust") -> str:
        secret = cloud.outputs["SecretKeySecretArn" if trust == "secret" else "WriteKeySecretArn"]
        found: str = cloud.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]
        return found

    inbound = cloud.queue_url.rpartition("/")[0] + f"/carillon-{stage}-inbound"
    doors: dict[str, Door] = {
        "http": HttpDoor(cloud.outputs["ApiUrl"], key_of),
        "bus": BusDoor(cloud.sqs, inbound),
    }
    return Shelf(cloud.client("s3"), cloud.outputs["QuarantineBucketName"]), doors, cloud.clock


def _chosen(shelf: "Shelf", source: str, since: str | None, reason: str) -> "Iterator[Kept]":
    from shared.domain.timing import parse_instant

    try:
        begin = None if since is None else parse_instant(since if "T" in since else f"{since}T00:00:00Z")
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    for kept in shelf.all(since=begin):
        if kept.source.startswith(source) and any(
            reason in fault.path or reason in fault.message for fault in kept.faults
        ):
            yield kept


def _read(file: Path) -> Any:
    """What came, mended; of all that ``show --json`` prints, ``raw``."""
    try:
        plain = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise typer.BadParameter(f"{file}: {error}") from None
    return plain["raw"] if isinstance(plain, dict) and {"raw", "reasons"} <= plain.keys() else plain


def _print(plain: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(plain, ensure_ascii=False) + "\n")
