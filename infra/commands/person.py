"""``carillon person``: what whoever serves somebody should know of them, from a deployed Carillon."""

import json
import sys
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Annotated, Any, Final

import typer

from infra.commands.up import DEFAULT_PORT, CloudPort, StageOption

NOBODY: Final = 1
LAST: Final = 5
"""Messages that are shown; `--json` has all that the API tells."""

Identifier = Annotated[
    str,
    typer.Argument(help="A profile's id, email:ana@example.com, phone:+353…, anonymous:…, or loyalty:… and the like."),
]


def person(
    identifier: Identifier,
    stage: StageOption = "local",
    json_: Annotated[bool, typer.Option("--json", help="Print all that the staff API answers.")] = False,
    port: CloudPort = DEFAULT_PORT,
) -> None:
    """Tell what to know of a person now: segments, journeys under way, consent, the last messages."""
    from infra.operations.cloud import connect
    from infra.operations.staff import StaffApi

    found = StaffApi(connect(stage, port)).find(identifier)
    if found is None:
        print("Nobody is known by that.", file=sys.stderr)
        raise typer.Exit(NOBODY)
    if json_:
        print(json.dumps(found, ensure_ascii=False))
    else:
        print("\n".join(words(found)))


def words(found: Mapping[str, Any]) -> Iterator[str]:
    """The person, line by line."""
    yield found["id"]
    yield from (f"  {note['text']}" for note in found["what_to_know"]["notes"])
    parts = {
        "Known by": [f"{one['kind']}:{one['value']}" for one in found["identifiers"]],
        "Segments": [f"{one['title']}, since {_minute(one['since'])}" for one in found["segments"]],
        "Journeys": [_run(one) for one in found["runs"]],
        "Consent": [*_consent(found["consent"])],
        "Sent": [_sent(one) for one in found["touches"][:LAST]],
    }
    for title, lines in parts.items():
        yield ""
        for number, line in enumerate(lines or ["-"]):
            yield f"{'' if number else title:9} {line}"


def _run(run: Mapping[str, Any]) -> str:
    waits = f", until {_minute(run['waits_until'])}" if run["waits_until"] else ""
    held = "".join(
        f"; {channel} held until {_minute(why['until'])} ({why['because']})"
        for channel, why in run.get("held", {}).items()
    )
    return f"{run['title']}: {run['doing'] or 'ending'}{waits}{held}"


def _consent(rulings: list[dict[str, Any]]) -> Iterator[str]:
    for title, of_topic in groupby(rulings, key=lambda one: one["title"]):
        said = (f"{one['channel']} {'yes' if one['subscribed'] else 'no'}{_because(one)}" for one in of_topic)
        yield f"{title}: {', '.join(said)}"


def _because(ruling: Mapping[str, Any]) -> str:
    """Why, where it is not the plain word of the person."""
    return "" if ruling["because"] in {"yes", "no"} else f" ({ruling['because']})"


def _sent(touch: Mapping[str, Any]) -> str:
    answered = ", answered" if touch["answered"] else ""
    return f"{_minute(touch['at'])}  {touch['message']} by {touch['channel']}{answered}"


def _minute(instant: str) -> str:
    return instant[:16].replace("T", " ")
