"""The CDK app: one stage's stacks. The CDK CLI runs it; ``python -m infra.app`` synthesises without one.

Context: ``stage`` (local, dev, prod; dev unless given), ``public_url``, ``playbook`` (a folder other than
``templates``), for the local cloud ``clock_speed``, ``clock_epoch`` and ``webhook_gateway``; and to let a GitHub
repository deploy, ``github_repository`` (``owner/name``), with ``github_provider=existing`` where the account trusts
GitHub already.
"""

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import replace

from aws_cdk import Annotations, App, Tags, Validations
from cdk_nag import AwsSolutionsChecks

from infra.data_stack import DataStack
from infra.deployment_stack import DeploymentStack
from infra.messaging_stack import MessagingStack
from infra.stages import DEV, LOCAL, STAGES, GitHubDeployment, Stage
from shared.errors import PlaybookError

FEATURES = {
    "@aws-cdk/aws-iam:minimizePolicies": True,
    "@aws-cdk/aws-lambda:recognizeLayerVersion": True,
    "@aws-cdk/core:checkSecretUsage": True,
    "@aws-cdk/core:defaultCrossStackReferences": "strong",
    "@aws-cdk/core:target-partitions": ["aws"],
}
"""The CDK's present behaviour where its default is an old one; here, so that it holds without the CLI too.

Strong references between stacks: CloudFormation refuses to replace the table while functions are told of the old one.
"""

LOCAL_ONLY = ("clock_speed", "clock_epoch", "webhook_gateway")
CONTEXT = ("stage", "public_url", "playbook", "github_repository", "github_provider", *LOCAL_ONLY)
REPOSITORY = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")


def build(app: App, stage: Stage) -> tuple[DataStack, MessagingStack]:
    """Add the stage's stacks."""
    data = DataStack(app, f"{stage.prefix}-data", stage=stage)
    messaging = MessagingStack(app, f"{stage.prefix}-messaging", stage=stage, data=data)
    if stage.github:
        DeploymentStack(app, f"{stage.prefix}-deployment", stage=stage, github=stage.github)
    if stage.name != LOCAL.name and stage.email_identity.endswith(".example"):
        Annotations.of(messaging).add_warning_v2(
            "carillon:sender",
            f"No mail can be sent from {stage.email_identity}: set email_from and email_identity of the stage "
            f"{stage.name} in infra/stages.py to a domain that is verified in SES.",
        )
    Tags.of(app).add("application", "carillon")
    Tags.of(app).add("stage", stage.name)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    return data, messaging


def chosen_stage(context: Mapping[str, str | None]) -> Stage:
    """The stage that the context names, with what it overrides."""
    name = context.get("stage") or DEV.name
    if name not in STAGES:
        raise SystemExit(f"No stage {name!r}: say -c stage= one of {', '.join(STAGES)}.")
    stage = STAGES[name]
    if name != LOCAL.name and any(context.get(key) for key in LOCAL_ONLY):
        only = ", ".join(LOCAL_ONLY)
        raise SystemExit(f"Only the local cloud has a clock and partners of its own: leave {only} out.")
    return replace(
        stage,
        clock_speed=context.get("clock_speed") or stage.clock_speed,
        clock_epoch=context.get("clock_epoch") or stage.clock_epoch,
        public_url=context.get("public_url") or stage.public_url,
        webhook_gateway=context.get("webhook_gateway") or stage.webhook_gateway,
        playbook=context.get("playbook") or stage.playbook,
        github=_github(context),
    )


def _github(context: Mapping[str, str | None]) -> GitHubDeployment | None:
    repository = context.get("github_repository")
    if not repository:
        return None
    if not REPOSITORY.fullmatch(repository):
        raise SystemExit(f"No repository {repository!r}: say -c github_repository=owner/name.")
    return GitHubDeployment(repository=repository, creates_provider=context.get("github_provider") != "existing")


def main(arguments: list[str]) -> None:
    """Synthesise into ``cdk.out``; ``name=value`` arguments stand in for the CLI's ``-c``."""
    app = App(
        context={**FEATURES, **dict(argument.split("=", 1) for argument in arguments)},
        outdir=os.environ.get("CDK_OUTDIR", "cdk.out"),
    )
    stage = chosen_stage({key: app.node.try_get_context(key) for key in CONTEXT})
    try:
        build(app, stage)
    except PlaybookError as error:
        raise SystemExit(f"The playbook has faults, so nothing is deployed:\n{error}") from None
    app.synth()


if __name__ == "__main__":
    main(sys.argv[1:])
