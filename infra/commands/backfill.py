"""``carillon backfill``: what the playbook newly counts, counted of everybody from their timelines."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.commands.check import PlaybookOption
from infra.commands.up import DEFAULT_PORT, CloudPort, StageOption

if TYPE_CHECKING:
    from infra.backfill.screen import Screen
    from infra.operations.cloud import Cloud
    from shared.domain.behaviour.counting import Counting

SOME_LEFT = 1


def backfill(
    stage: StageOption = "local",
    status: Annotated[bool, typer.Option("--status", help="Only say what is incomplete, and who asks for it.")] = False,
    everybody: Annotated[
        bool, typer.Option("--everybody", help="Ask those too who lack nothing: new segments look at them now.")
    ] = False,
    rate: Annotated[float, typer.Option(help="How many people are asked in a second.", min=0.1)] = 100,
    restart: Annotated[bool, typer.Option("--restart", help="Begin anew where one was broken off.")] = False,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Stay until everybody is filled up.")] = True,
    port: CloudPort = DEFAULT_PORT,
    playbook: PlaybookOption = Path("templates"),
) -> None:
    """Count what the deployed playbook newly asks for from everybody's timeline; goes on where it was broken off."""
    from botocore.exceptions import BotoCoreError, ClientError

    from infra.backfill.people import items_about
    from infra.backfill.screen import Screen
    from infra.errors import CommandError
    from infra.operations.cloud import connect

    try:
        cloud = connect(stage, port)
        counting = cloud.agreed()
        with Screen(items_about(cloud)) as screen:
            if not status:
                _fill(cloud, counting, screen, everybody=everybody, rate=rate, restart=restart, wait=wait)
            left = _tell(cloud, counting, screen, playbook) if status or wait else 0
    except (BotoCoreError, ClientError) as error:
        raise CommandError(f"AWS does not do it ({error})", "mend that and start it again: it goes on") from None
    raise typer.Exit(SOME_LEFT if left and not status else 0)


def _fill(cloud: "Cloud", counting: "Counting", screen: "Screen", *, wait: bool, **options: Any) -> None:
    asked = _ask(cloud, counting, screen, **options)
    if not wait:
        screen.say(f"{asked:,} people are asked; `carillon backfill --status` tells when they are filled up.")
        return
    from infra.backfill import asking

    for left in asking.wait(cloud, counting.latest):
        screen.left(left, max(asked, left))


def _ask(cloud: "Cloud", counting: "Counting", screen: "Screen", *, everybody: bool, rate: float, restart: bool) -> int:
    from infra.backfill import asking
    from infra.backfill.position import Position, load_position

    began = Position(generation=counting.latest, everybody=everybody, began_at=cloud.clock.now())
    position = None if restart else load_position(cloud, generation=counting.latest, everybody=everybody)
    if position is not None:
        screen.say(f"Going on where it was broken off, after {position.asked:,} people.")
    asked = position or began
    screen.asked(asked)
    for asked in asking.ask(cloud, asked, asking.Pace(cloud, rate)):  # noqa: B020  # the generator has the first
        screen.asked(asked)
    return asked.asked


def _tell(cloud: "Cloud", counting: "Counting", screen: "Screen", playbook: Path) -> int:
    """Say what is incomplete, for how many, and who asks for it; how many people lack something."""
    from infra.backfill.asked_by import asked_by
    from infra.backfill.people import generations
    from shared.domain.timing import format_instant

    people = generations(cloud)
    lacking = {id_: sum(n for whole, n in people.items() if whole < b.generation) for id_, b in counting.begun.items()}
    left = sum(count for whole, count in people.items() if whole < counting.latest)
    everyone = sum(people.values())
    if not left:
        screen.say(f"Complete: all that the playbook asks is counted of all {everyone:,} people.")
        return 0
    screen.say(f"Incomplete for {left:,} of {everyone:,} people, of whom more happened than was counted:")
    asked = asked_by(playbook)
    for id_, begun in sorted(counting.begun.items(), key=lambda entry: (entry[1].since, entry[0])):
        if lacking[id_]:
            since = format_instant(begun.since)
            for place, words in asked.get(id_, [(f"not in {playbook}", id_)]):
                screen.say(f"  {place}: {words}: counted only since {since}, for {lacking[id_]:,} people")
    return left
