"""``carillon webhooks``: the secrets that sign for partners: which there are, and a new one for a partner."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from infra.commands.check import PlaybookOption
from infra.commands.up import DEFAULT_PORT, CloudPort, StageOption
from infra.errors import CommandError

webhooks = typer.Typer(
    help="Say which partners' secrets a stage has, make one, or rotate it.",
    invoke_without_command=True,
    add_completion=False,
)


@webhooks.callback()
def show(
    context: typer.Context,
    stage: StageOption = "local",
    playbook: PlaybookOption = Path("templates"),
    port: CloudPort = DEFAULT_PORT,
) -> None:
    """Say of each partner of the playbook whether the stage has its secret; the secrets themselves are not printed."""
    if context.invoked_subcommand is not None:
        return
    from infra.operations.cloud import connect
    from infra.operations.webhook_secrets import WebhookSecrets, webhook_secrets
    from infra.playbook.webhooks import partners_in

    partners = partners_in(playbook)
    if not partners and (playbook / "webhooks.yaml").is_file():
        raise CommandError(f"{playbook / 'webhooks.yaml'} names no partner that can be read", "see `carillon check`")
    if not partners:
        print(f"{playbook} has no webhooks.yaml, so nobody is told by webhook.")
        return
    kept = WebhookSecrets(connect(stage, port).client("secretsmanager"), _prefix(stage))
    is_whole = True
    for partner in partners.values():
        found = kept.find(partner.secret)
        is_whole = is_whole and found is not None
        how = "missing" if found is None else "there" if found.previous is None else "there, and the one before it too"
        print(f"{partner.name:20}  {webhook_secrets(_prefix(stage)) + partner.secret:50}  {how}")
    if not is_whole:
        print("Make what is missing with `carillon webhooks secret PARTNER`: until then its messages wait.")
        raise typer.Exit(1)


@webhooks.command("secret")
def secret(
    partner: Annotated[str, typer.Argument(help="Its name in webhooks.yaml.")],
    stage: StageOption = "local",
    playbook: PlaybookOption = Path("templates"),
    rotate: Annotated[bool, typer.Option("--rotate", help="Put a new one in its place; both sign then.")] = False,
    given: Annotated[bool, typer.Option("--given", help="Read the partner's own from standard input.")] = False,
    port: CloudPort = DEFAULT_PORT,
) -> None:
    """Make a partner's secret, or rotate it, and print it for the partner: it is shown nowhere else."""
    from infra.operations.cloud import connect
    from infra.operations.webhook_secrets import WebhookSecrets
    from infra.playbook.webhooks import partners_in
    from shared.domain.language.reading import suggestion

    partners = partners_in(playbook)
    if partner not in partners:
        raise CommandError(
            f'{playbook / "webhooks.yaml"} has no partner "{partner}"{suggestion(partner, partners)}',
            "name one that is there, or write it first",
        )
    kept = WebhookSecrets(connect(stage, port).client("secretsmanager"), _prefix(stage))
    name = partners[partner].secret
    if kept.find(name) is not None and not rotate:
        raise CommandError(f"{partner} has a secret in {stage}", "to put a new one in its place, add --rotate")
    made = kept.put(name, sys.stdin.readline().strip() if given else None)
    if given:
        print(f"What {partner} is sent from {stage} is signed with that within five minutes.")
    else:
        print(made.current)


def _prefix(stage: str) -> str:
    from infra.stages import STAGES

    return STAGES[stage].prefix if stage in STAGES else f"carillon-{stage}"
