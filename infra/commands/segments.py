"""``carillon segments``: who is in which segment of a deployed Carillon."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from infra.commands.check import PlaybookOption
from infra.commands.up import DEFAULT_PORT, CloudPort, StageOption

if TYPE_CHECKING:
    from shared.domain.segments import Segment
    from shared.ports.people import Members

PLAYBOOK_FAULTY: Final = 2


def segments(
    name: Annotated[
        str | None, typer.Argument(help="Whose people are printed; all segments are counted unless given.")
    ] = None,
    stage: StageOption = "local",
    playbook: PlaybookOption = Path("templates"),
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
    port: CloudPort = DEFAULT_PORT,
) -> None:
    """Count the people in each segment of the playbook, or print the profile id of everybody in one, a line each."""
    from infra.operations.cloud import connect
    from shared.adapters.dynamodb.members import DynamoMembers

    cloud = connect(stage, port)
    members = DynamoMembers(cloud.dynamodb, table=cloud.table)
    if name is None:
        _print_counts(members, _segments(playbook), as_json=json_)
    elif not _print_people(members, name, as_json=json_):
        _explain_nobody(name, playbook)


def _print_counts(members: "Members", known: "Mapping[str, Segment]", *, as_json: bool) -> None:
    width = max(map(len, known), default=0)
    for name, segment in sorted(known.items()):
        people = members.count(name)
        if as_json:
            _print({"segment": name, "title": segment.title, "people": people})
        else:
            print(f"{name:{width}}  {people:>9,}  {segment.title}", flush=True)


def _print_people(members: "Members", name: str, *, as_json: bool) -> bool:
    """As they are read; whether there was anybody."""
    from shared.domain.timing import format_instant

    is_anybody = False
    for profile_id, since in members.people(name):
        is_anybody = True
        if as_json:
            _print({"profile": profile_id, "since": format_instant(since)})
        else:
            sys.stdout.write(f"{profile_id}\n")
    return is_anybody


def _explain_nobody(name: str, playbook: Path) -> None:
    """A segment that the playbook has may be empty; another one is a slip of the pen."""
    from infra.playbook.source import read_source
    from shared.domain.language.reading import suggestion

    known = read_source(playbook).plain["segments"]
    if name in known:
        print(f"Nobody is in {name}.", file=sys.stderr)
        return
    print(f'Nobody is in "{name}", and {playbook} has no such segment{suggestion(name, known)}', file=sys.stderr)
    raise typer.Exit(1)


def _segments(directory: Path) -> "Mapping[str, Segment]":
    from infra.playbook.source import check_source, read_source

    checked = check_source(read_source(directory))
    if checked.faults:
        for fault in checked.faults:
            print(fault, file=sys.stderr)
        raise typer.Exit(PLAYBOOK_FAULTY)
    if not checked.playbook.segments.by_name:
        print(f"{directory} has no segments.", file=sys.stderr)
    return checked.playbook.segments.by_name


def _print(plain: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(plain, ensure_ascii=False) + "\n")
