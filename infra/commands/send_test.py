"""``carillon send-test``: one message to one's own address, as a stage would send it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from infra.commands.preview import PlaybookOption
from infra.commands.up import DEFAULT_PORT, CloudPort, StageOption

if TYPE_CHECKING:
    from infra.preview.contents import Examples
    from shared.domain.consent.words import Channel

PLATFORMS: Final = ("ios", "android")


def send_test(
    message: Annotated[str, typer.Argument(help="The message's name in the playbook.")],
    to: Annotated[str, typer.Option("--to", help="A verified mail address or phone number, or a device's token.")],
    channel: Annotated[
        str, typer.Option(help="email, sms, push or whatsapp; else the one that the address is of.")
    ] = "",
    language: Annotated[str, typer.Option(help="Such as de; else the brand's.")] = "",
    platform: Annotated[str, typer.Option(help="Of a device's token: ios or android.")] = "",
    playbook: PlaybookOption = Path("templates"),
    stage: StageOption = "local",
    port: CloudPort = DEFAULT_PORT,
) -> None:
    """Send a message of this folder, filled by its example, to an address of your own that AWS knows as verified."""
    from infra.operations.cloud import connect
    from infra.operations.trial import Trial
    from infra.preview.contents import built
    from shared.domain.consent.words import Purpose

    cloud = connect(stage, port)
    with built(playbook) as examples:
        by = _channel(examples, message, to, channel)
        address = _address(by, to, platform)
        spoken = _language(examples, message, language)
        trial = Trial(cloud, examples.plain["brand"])
        trial.require_verified(by, address)
        content = examples.content(message, by, spoken, links=trial.links)
        provider_id = trial.send(
            message,
            by,
            address,
            content,
            purpose=Purpose.MARKETING if examples.is_marketing(message, by) else Purpose.TRANSACTIONAL,
            platform=platform,
        )
    print(f"{message} went to {address} by {by} in {spoken}: {provider_id}")


def _channel(examples: "Examples", message: str, to: str, asked: str) -> "Channel":
    from shared.domain.consent.words import Channel
    from shared.domain.language.reading import suggestion

    known = examples.plain["messages"]
    if message not in known:
        raise typer.BadParameter(f'the playbook has no message "{message}"{suggestion(message, known)}')
    has = examples.channels(message)
    fitting = [one for one in has if one in _fitting(to)]
    if asked:
        fitting = [one for one in has if one == asked]
    if asked == Channel.WEBHOOK:
        raise typer.BadParameter("a partner knows no address of yours: see `carillon preview`")
    if not fitting:
        wanted = asked or " or ".join(_fitting(to))
        raise typer.BadParameter(f"{message} has nothing for {wanted}; it has {', '.join(has)}")
    return Channel(fitting[0])


def _fitting(to: str) -> "tuple[Channel, ...]":
    """The channels whose addresses look like this, the likelier first."""
    from shared.domain.consent.words import Channel

    if "@" in to:
        return (Channel.EMAIL,)
    return (Channel.SMS, Channel.WHATSAPP) if to.startswith(("+", "00")) else (Channel.PUSH,)


def _address(channel: "Channel", to: str, platform: str) -> str:
    from shared.domain.consent.words import Channel
    from shared.domain.normalise.phones import e164_of
    from shared.domain.profiles import email_of

    if channel is Channel.PUSH:
        if platform not in PLATFORMS:
            raise typer.BadParameter("say with --platform whether the token is of ios or android")
        return to
    address = email_of(to) if channel is Channel.EMAIL else e164_of(to)
    if address is None:
        kind = "mail address" if channel is Channel.EMAIL else "phone number with its prefix, such as +353871234567"
        raise typer.BadParameter(f"--to is no {kind}")
    return address


def _language(examples: "Examples", message: str, asked: str) -> str:
    has = examples.languages(message)
    if asked and asked not in has:
        raise typer.BadParameter(f"{message} does not speak {asked}; it speaks {', '.join(has)}")
    return asked or examples.plain["language"]
