"""``carillon up``: the local cloud, until someone stops it."""

import json
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from infra.local.processes import StopSignal

DEFAULT_PORT = 4600

Port = Annotated[int, typer.Option(help="Where everything is served, on 127.0.0.1.", min=0, max=65_535)]

StageOption = Annotated[
    str, typer.Option("--stage", help="The deployed stage, or local: `carillon up` as it runs.", metavar="NAME")
]
CloudPort = Annotated[int, typer.Option("--port", help="Where the local cloud is served.", min=1, max=65_535)]


def up(
    json_: Annotated[
        bool, typer.Option("--json", help="Print one line of JSON when ready, and nothing else, to standard output.")
    ] = False,
    speed: Annotated[
        float, typer.Option(help="Run the system's clock this much faster: 3600 makes an hour pass in a second.", min=1)
    ] = 1,
    port: Port = DEFAULT_PORT,
    playbook: Annotated[
        Path | None,
        typer.Option("--playbook", help="The folder of another playbook than the project's.", metavar="DIR"),
    ] = None,
) -> None:
    """Start the local cloud: deploy to MiniStack, serve the API and the outbox, until stopped."""
    from infra.local.cloud import LocalCloud, local_cloud
    from infra.local.errors import LocalCloudError

    began = time.monotonic()

    def report(phase: str) -> None:
        print(f"{time.monotonic() - began:5.1f} s  {phase}", file=sys.stderr, flush=True)

    def announce(cloud: LocalCloud) -> None:
        urls = {
            "ingest_url": cloud.base_url,
            "write_key": cloud.write_key,
            "secret_key": cloud.secret_key,
            "outbox_url": cloud.outbox_url,
            "console_url": cloud.console_url,
        }
        report("Ready")
        if json_:
            print(json.dumps(urls), flush=True)
        else:
            print("\n".join(f"{name:11} {value}" for name, value in urls.items()), flush=True)
            print("Stop it with Ctrl-C.", file=sys.stderr, flush=True)

    # Once it is there, being stopped is how it ends well.
    with local_cloud(port=port, speed=speed, report=report, playbook=playbook) as cloud, suppress(StopSignal):
        announce(cloud)
        while cloud.program.is_running:
            time.sleep(0.2)
        raise LocalCloudError(
            f"MiniStack ended by itself ({cloud.program.last_words()})", f"read {cloud.program.log}, start again"
        )
