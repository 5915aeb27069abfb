"""``carillon suppressions``: which addresses must not be written to, with what the providers know of it."""

from typing import TYPE_CHECKING, Annotated, Final

import typer

from infra.commands.up import DEFAULT_PORT, CloudPort, StageOption
from infra.errors import CommandError

if TYPE_CHECKING:
    from infra.operations.cloud import Cloud
    from shared.adapters.dynamodb.suppressions import DynamoSuppressions
    from shared.domain.consent.words import Channel

MAX_BECAUSE: Final = 500
PROVIDERS: Final = ("ses", "sns", "sms")

suppressions = typer.Typer(
    help="The addresses that must not be written to.", no_args_is_help=True, add_completion=False
)

Address = Annotated[str, typer.Argument(help="A mail address, or a phone number with its prefix: +353871234567.")]


@suppressions.command()
def sync(
    stage: StageOption = "local",
    provider: Annotated[str, typer.Option(help="Only of ses, sns or sms.")] = "",
    opt_out_list: Annotated[
        str, typer.Option("--opt-out-list", help="Of End User Messaging; else the stage's, if it names one.")
    ] = "",
    port: CloudPort = DEFAULT_PORT,
) -> None:
    """Bring what the providers know into the list, and to the people. It may be stopped and repeated at will."""
    from infra.operations import provider_lists
    from infra.operations.cloud import connect
    from infra.operations.suppression_sync import ListSync
    from infra.stages import STAGES
    from shared.adapters.dynamodb.aliases import DynamoAliases
    from shared.adapters.dynamodb.profiles import DynamoProfiles
    from shared.adapters.event_queue import SqsEventQueue

    if provider not in ("", *PROVIDERS):
        raise typer.BadParameter(f"name one of {', '.join(PROVIDERS)}")
    known = STAGES.get(stage)
    named = opt_out_list or (known.sms_opt_out_list if known else "")
    if provider == "sms" and not named:
        raise CommandError("no opt-out list is named", "give --opt-out-list, or sms_opt_out_list in infra/stages.py")
    cloud = connect(stage, port)
    pages = {"ses": provider_lists.ses(cloud.client), "sns": provider_lists.sns(cloud.client)}
    if named:
        pages["sms"] = provider_lists.sms(cloud.client, named)
    syncing = ListSync(
        suppressions=_list(cloud),
        aliases=DynamoAliases(cloud.dynamodb, table=cloud.table),
        profiles=DynamoProfiles(cloud.dynamodb, table=cloud.table),
        events=SqsEventQueue(cloud.sqs, queue_url=cloud.queue_url),
        clock=cloud.clock,
    )
    for name in [provider] if provider else pages:
        done = syncing.take(pages[name])
        print(
            f"{name}: {done.noted:,} newly noted ({done.told:,} told to their people), {done.known:,} known before, "
            f"{done.released:,} lifted here since, {done.unreadable:,} unreadable",
            flush=True,
        )


@suppressions.command()
def show(address: Address, stage: StageOption = "local", port: CloudPort = DEFAULT_PORT) -> None:
    """Say why an address must not be written to, and since when."""
    from infra.operations.cloud import connect
    from shared.domain.timing import format_instant

    channels, plain = _read(address)
    kept = _list(connect(stage, port))
    found = [(channel, *one) for channel in channels for one in sorted(kept.find(channel, plain).items())]
    for channel, reason, since in found:
        print(f"{channel.value}  {reason.value}  since {format_instant(since)}")
    if not found:
        print("It is not on the list.")


@suppressions.command()
def lift(
    address: Address,
    because: Annotated[str, typer.Option(help="Why; it stays with the person, so name nobody else.")],
    stage: StageOption = "local",
    port: CloudPort = DEFAULT_PORT,
) -> None:
    """Let an address be written to again that bounced, complained or was invalid. STOP is the person's to take back."""
    from infra.operations.cloud import connect
    from infra.operations.suppression_sync import identifier_of, released_event
    from shared.adapters.dynamodb.aliases import DynamoAliases
    from shared.adapters.event_queue import SqsEventQueue
    from shared.domain.consent.suppressions import LIFTED_BY_OPT_IN
    from shared.domain.identity.identifiers import provisional_profile_id

    if not because.strip() or len(because) > MAX_BECAUSE:
        raise typer.BadParameter(f"say why, in at most {MAX_BECAUSE} characters", param_hint="--because")
    channels, plain = _read(address)
    cloud = connect(stage, port)
    kept, now = _list(cloud), cloud.clock.now()
    found = {channel: reasons for channel in channels if (reasons := kept.find(channel, plain))}
    if not found:
        raise CommandError("the address is not on the list", "there is nothing to lift")
    liftable = {channel: [one for one in reasons if one not in LIFTED_BY_OPT_IN] for channel, reasons in found.items()}
    if not any(liftable.values()):
        raise CommandError("only the person may take that back", "by START, or by a new yes to the channel")
    identifier = identifier_of(plain)
    owner = DynamoAliases(cloud.dynamodb, table=cloud.table).owner(*identifier) or provisional_profile_id(identifier)
    queue = SqsEventQueue(cloud.sqs, queue_url=cloud.queue_url)
    for channel, theirs in liftable.items():
        if theirs:
            queue.put([released_event(channel, plain, theirs, because.strip(), owner, now)])
            kept.lift(channel, plain, theirs, now)
            print(f"{channel.value}: lifted {', '.join(sorted(theirs))}")
    if "@" in plain:
        print("Take it from SES's own list too (docs/suppression.md), or the next mail is refused and notes it again.")


def _read(address: str) -> "tuple[tuple[Channel, ...], str]":
    from shared.domain.consent.words import Channel
    from shared.domain.normalise.phones import e164_of
    from shared.domain.profiles import email_of

    email = email_of(address) if "@" in address else None
    if email is not None:
        return (Channel.EMAIL,), email
    number = e164_of(address)
    if number is None:
        raise typer.BadParameter("it is neither a mail address nor a phone number with its prefix")
    return (Channel.SMS, Channel.WHATSAPP), number


def _list(cloud: "Cloud") -> "DynamoSuppressions":
    from shared.adapters.dynamodb.suppressions import DynamoSuppressions
    from shared.adapters.secrets import CachedSecret, DigestSecret
    from shared.domain.timing import DAY
    from shared.services.digests import keyed_digest

    client, arn = cloud.client("secretsmanager"), cloud.outputs["DigestSecretArn"]
    secret = DigestSecret(CachedSecret(client, arn, clock=cloud.clock, kept_for=DAY))
    return DynamoSuppressions(
        cloud.dynamodb, table=cloud.table, digest=lambda kind, value: keyed_digest(secret.key(), kind, value)
    )
