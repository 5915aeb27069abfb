"""``carillon demo``: a storefront's morning on the local cloud, judged message by message."""

import json
import sys
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from infra.commands.up import DEFAULT_PORT, Port

if TYPE_CHECKING:
    from infra.local.cloud import LocalCloud

SPEED: Final = 3_600
"""An hour a second: a day and an hour of journeys in 25 seconds, and room for a slow machine between two messages."""

PATIENCE: Final = 60.0


def demo(
    speed: Annotated[
        float, typer.Option(help="How much faster than real time; above 7200 a busy machine may not keep up.", min=60)
    ] = SPEED,
    port: Port = DEFAULT_PORT,
) -> None:
    """Start the local cloud and play a storefront's morning on it; fails if any message differs from the script."""
    from infra.demo.play import Play
    from infra.demo.scenes import SCENES
    from infra.demo.screen import Screen
    from infra.demo.script import expectations
    from infra.demo.storefront import Storefront
    from infra.demo.verdict import judge
    from infra.demo.watch import OutboxWatch
    from infra.local.cloud import local_cloud
    from infra.local.errors import LocalCloudError

    began = time.monotonic()
    with (
        Screen(expectations(SCENES).total()) as screen,
        local_cloud(port=port, speed=speed, report=screen.phase) as cloud,
        OutboxWatch(cloud.outbox_url) as watch,
        Storefront(base_url=cloud.base_url, key=cloud.secret_key, put_on_bus=_bus_of(cloud)) as storefront,
    ):
        screen.ready(cloud.outbox_url, time.monotonic() - began)
        stage = _Stage(cloud)
        play = Play(
            SCENES,
            storefront=storefront,
            watch=watch,
            stage=stage,
            on_arrival=screen.arrival,
            on_phase=screen.phase,
        )
        play.perform(patience=PATIENCE)
        dead = stage.dead_letters()
        verdict = judge(SCENES, play.arrived)
    screen.verdict(SCENES, verdict, seconds=time.monotonic() - began)
    if storefront.failures:
        raise LocalCloudError(f"the storefront was refused ({storefront.failures[0]})", f"read {cloud.program.log}")
    if dead:
        raise LocalCloudError(f"{dead} messages ended among the dead letters", f"read {cloud.program.log}")
    if not verdict.is_right:
        sys.exit(1)


class _Stage:
    """The local cloud as the play sees it."""

    def __init__(self, cloud: "LocalCloud") -> None:
        from infra.local.queues import Queues

        self._clock = cloud.clock
        self._queues = Queues(cloud.aws_url)

    def now(self) -> int:
        return self._clock.now()

    def wall(self) -> int:
        return self._clock.wall()

    def is_quiet(self) -> bool:
        return self._queues.depths().under_way == 0

    def dead_letters(self) -> int:
        return self._queues.depths().dead


def _bus_of(cloud: "LocalCloud") -> Any:
    events = cloud.client("events")

    def put(detail_type: str, detail: Mapping[str, Any]) -> None:
        entry = {
            "EventBusName": cloud.deployment.bus_name,
            "Source": "shop.till",
            "DetailType": detail_type,
            "Detail": json.dumps(detail),
        }
        answer = events.put_events(Entries=[entry])
        if answer["FailedEntryCount"]:
            raise RuntimeError(f"the bus refused the till's order: {answer['Entries'][0].get('ErrorCode')}")

    return put
