"""``carillon split``: two people who were taken for one are two again."""

import time
from typing import TYPE_CHECKING, Annotated, Final

import typer

from infra.commands.up import DEFAULT_PORT, CloudPort, StageOption

if TYPE_CHECKING:
    from infra.operations.cloud import Cloud
    from shared.domain.profiles import Profile

PATIENCE: Final = 120.0
"""Seconds until the event must have had its turn: a person's queue is rarely longer."""

LOOK_EVERY: Final = 0.5


def split(
    name: Annotated[
        str,
        typer.Argument(
            help="Who was joined to somebody else: a profile's id, or the anonymous id, email, phone or external id "
            "(loyalty:4711) that it was named after. With --list: whose joins are listed."
        ),
    ],
    list_: Annotated[
        bool, typer.Option("--list", help="Only list who was joined to this person and can be split.")
    ] = False,
    stage: StageOption = "local",
    port: CloudPort = DEFAULT_PORT,
) -> None:
    """Part two people who were taken for one, as they were, with what each did since; within 90 days."""
    from botocore.exceptions import BotoCoreError, ClientError

    from infra.errors import CommandError
    from infra.operations.cloud import connect

    try:
        cloud = connect(stage, port)
        if list_:
            _list(cloud, name)
        else:
            _split(cloud, name)
    except (BotoCoreError, ClientError) as error:
        raise CommandError(
            f"AWS does not do it ({error})", "mend that and start it again: nothing is done twice"
        ) from None


def _list(cloud: "Cloud", name: str) -> None:
    from infra.errors import CommandError
    from infra.operations.joined import find_survivor, undoable
    from shared.domain.timing import format_instant

    person = find_survivor(cloud, name)
    if person is None:
        raise CommandError(f"nobody is known as {name}", "give a profile's id or what the person is known by")
    found = [*undoable(cloud, person.id)]
    for merge in found:
        print(f"{merge.absorbed.id}  joined to {person.id} at {format_instant(merge.at)}")
    if not found:
        print(f"Nobody was joined to {person.id} within the last 90 days.")


def _split(cloud: "Cloud", name: str) -> None:
    from infra.errors import CommandError
    from infra.operations.joined import ask, find_absorbed, is_too_much, load, undoable
    from shared.services.part_people import MAX_EVENTS

    absorbed = find_absorbed(cloud, name)
    if absorbed is None or absorbed.merged_into is None:
        raise CommandError(f"{name} was not joined to anybody", "see who was with `carillon split --list <person>`")
    survivor = load(cloud, absorbed.merged_into)
    if survivor.merged_into is not None:
        raise CommandError(
            f"{survivor.id}, to whom {absorbed.id} was joined, was joined to {survivor.merged_into} since",
            f"split {survivor.id} first",
        )
    merge = next((one for one in undoable(cloud, survivor.id) if one.absorbed.id == absorbed.id), None)
    if merge is None:
        raise CommandError(
            f"{absorbed.id} was joined to {survivor.id} more than 90 days ago",
            "what it takes to undo it is no longer kept",
        )
    if is_too_much(cloud, merge):
        raise CommandError(
            f"more than {MAX_EVENTS:,} events happened to one of the two since they were joined",
            "so many cannot be decided anew at once: leave them joined, and correct what is wrong by `identify`",
        )
    ask(cloud, survivor.id, absorbed.id)
    _wait(cloud, survivor, absorbed)
    print(f"{absorbed.id} and {survivor.id} are two people again, and are kept apart from now on.")
    print("To join them again, send `alias` with the secret key.")


def _wait(cloud: "Cloud", survivor: "Profile", absorbed: "Profile") -> None:
    from infra.errors import CommandError
    from infra.operations.joined import load

    ends_at = time.monotonic() + PATIENCE
    while time.monotonic() < ends_at:
        if load(cloud, absorbed.id).merged_into != survivor.id:
            return
        time.sleep(LOOK_EVERY)
    raise CommandError(
        f"{absorbed.id} is not split from {survivor.id} after {PATIENCE:g} s",
        "it waits on the person's queue: look again, or see the dead-letter queue and the log of evaluate-events",
    )
