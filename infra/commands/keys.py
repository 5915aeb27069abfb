"""``carillon keys``: what clients present, and a new one in the place of an old one without an event lost."""

import json
from typing import Annotated, Final

import typer

from infra.commands.up import DEFAULT_PORT, CloudPort, StageOption
from infra.errors import CommandError

keys = typer.Typer(help="Print a stage's keys, or rotate one.", invoke_without_command=True, add_completion=False)

AFTERWARDS: Final = {
    "public": "Put the new keys (`carillon keys`) into your pages and apps; those with names derive from this secret.",
    "secret": "Give your servers the new key (`carillon keys`); they may use it at once. Make userHashes with it after"
    " five minutes, and with the old one until then.",
    "link": "Nothing is to be done: links in messages that were sent stay good.",
}


@keys.callback()
def show(
    context: typer.Context,
    stage: StageOption = "local",
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
    port: CloudPort = DEFAULT_PORT,
) -> None:
    """Print every key of a stage: its own two, and the public ones that have a name."""
    if context.invoked_subcommand is not None:
        return
    from infra.operations.cloud import connect
    from infra.operations.keys import KeyRing
    from infra.stages import STAGES

    known = STAGES.get(stage)
    for key in KeyRing(connect(stage, port)).show(known.public_keys if known else {}):
        if json_:
            print(json.dumps({"name": key.name, "key": key.key, "previous": key.previous}))
        else:
            before = f"  (also, until the next rotation: {key.previous})" if key.previous else ""
            print(f"{key.name:12}  {key.key}{before}")


@keys.command("rotate")
def rotate(
    which: Annotated[str, typer.Argument(help="public, secret or link.")],
    stage: StageOption = "local",
    end_previous: Annotated[
        bool,
        typer.Option("--end-previous", help="Go on though the value before the current one still works, and ends."),
    ] = False,
    port: CloudPort = DEFAULT_PORT,
) -> None:
    """Put a new value in the place of a secret's; the one before stays good until the next rotation."""
    from infra.operations.cloud import connect
    from infra.operations.keys import KeyRing, Which

    if which not in tuple(Which):
        raise CommandError(
            f'"{which}" is no secret that may be rotated', f"name one of {', '.join(Which)}; the digest secret never"
        )
    ring = KeyRing(connect(stage, port))
    if ring.has_previous(Which(which)) and not end_previous:
        raise CommandError(
            f"the {which} secret was rotated before, and what it was then still works",
            "rotating ends that within five minutes: where nobody needs it any more, add --end-previous",
        )
    ring.rotate(Which(which))
    print(f"The {which} secret of {stage} has a new value. The one before stays good until the next rotation.")
    print(AFTERWARDS[which])
