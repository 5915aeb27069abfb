"""``carillon consent``: what a person said of consent, and what proves it, from a deployed Carillon."""

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from infra.commands.up import DEFAULT_PORT, CloudPort, StageOption

if TYPE_CHECKING:
    from shared.domain.messages import ConsentRecorded

NOBODY: Final = 1


def consent(
    person: Annotated[str, typer.Argument(help="A profile's id, email:ana@example.com, phone:+353…, or anonymous:… .")],
    stage: StageOption = "local",
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
    port: CloudPort = DEFAULT_PORT,
) -> None:
    """Print everything that a person said of consent, the oldest first, with its wording and evidence."""
    from infra.operations.cloud import connect
    from shared.adapters.dynamodb.aliases import DynamoAliases
    from shared.adapters.dynamodb.consent_history import DynamoConsentHistory
    from shared.adapters.dynamodb.person_records import DynamoPersonRecords
    from shared.adapters.dynamodb.profiles import DynamoProfiles
    from shared.services.find_people import PeopleFinder

    cloud = connect(stage, port)
    finder = PeopleFinder(
        profiles=DynamoProfiles(cloud.dynamodb, table=cloud.table),
        aliases=DynamoAliases(cloud.dynamodb, table=cloud.table),
        records=DynamoPersonRecords(cloud.dynamodb, table=cloud.table),
    )
    profile = finder.find(person)
    if profile is None:
        print("Nobody is known by that.", file=sys.stderr)
        raise typer.Exit(NOBODY)
    history = DynamoConsentHistory(cloud.dynamodb, table=cloud.table)
    said = [(id_, one) for id_ in finder.partitions(profile) for one in history.of(id_)]
    said.sort(key=lambda found: (found[1].at, found[1].id))
    if not said:
        print(f"{profile.id} said nothing of consent.", file=sys.stderr)
    for id_, one in said:
        _print(id_, one, as_json=json_)


def _print(profile_id: str, said: "ConsentRecorded", *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(_plain(profile_id, said), ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(_words(said) + "\n")


def _plain(profile_id: str, said: "ConsentRecorded") -> dict[str, Any]:
    from shared.domain.messages import consent_to_dict
    from shared.domain.timing import format_instant

    plain = {"profile": profile_id, **consent_to_dict(said)}
    return plain | {name: format_instant(plain[name]) for name in ("at", "until") if name in plain}


def _words(said: "ConsentRecorded") -> str:
    from shared.domain.consent.words import ANY
    from shared.domain.timing import format_instant

    channel = "all channels" if said.channel == ANY else said.channel
    topic = "all topics" if said.topic == ANY else said.topic
    until = "" if said.until is None else f" until {format_instant(said.until)}"
    more = [f"wording {said.wording}"] if said.wording else []
    more += ["confirmed"] if said.is_confirmed else []
    more += [f"{name} {digest}" for name, digest in said.evidence.items()]
    proof = f"; {', '.join(more)}" if more else ""
    return f"{format_instant(said.at)}  {said.state.value:12}  {topic} by {channel}{until} (by {said.source}{proof})"
