"""``carillon redrive``: what failed too often, listed, and put back where it came from."""

import json
import sys
from typing import Annotated, Any, Final

import typer

from infra.commands.up import DEFAULT_PORT, CloudPort, StageOption

SHOWN: Final = 10


def redrive(
    queue: Annotated[
        str | None,
        typer.Argument(help="Whose dead letters: events, marketing, …; all queues are counted unless given."),
    ] = None,
    stage: StageOption = "local",
    list_: Annotated[bool, typer.Option("--list", help="Only say what some of them are.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")] = False,
    port: CloudPort = DEFAULT_PORT,
) -> None:
    """Count dead letters; or put those of one queue back, each once, in the order and group that they had."""
    from infra.errors import CommandError
    from infra.operations.cloud import connect
    from infra.operations.dead_letters import DeadLetters

    cloud = connect(stage, port)
    letters = DeadLetters(cloud.sqs, stage)
    names = letters.names()
    if queue is not None and queue not in names:
        raise CommandError(f"there are no dead letters of {queue}", f"there are those of {', '.join(names)}")
    if queue is None:
        for name in names:
            _print({"queue": name, "dead_letters": letters.count(name)}, as_json=json_)
    elif list_:
        for told in letters.some(queue, SHOWN):
            _print(told, as_json=json_)
    else:
        _print({"queue": queue, "put_back": letters.put_back(queue), "left": letters.count(queue)}, as_json=json_)


def _print(plain: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(plain, ensure_ascii=False) + "\n")
    else:
        print("  ".join(f"{value}" if name == "queue" else f"{name} {value}" for name, value in plain.items()))
