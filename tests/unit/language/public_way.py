"""The public way through the language: a marketer's files in, a client's events in, the rows of ``simulate`` out."""

import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from infra.playbook.source import check_playbook
from infra.replay.event_files import EventFile
from shared.domain.events import Event
from shared.domain.playbook import Playbook, read_playbook
from shared.domain.timing import Duration, Instant, format_instant, parse_instant
from shared.services.simulate import Simulation, assuming_consent, row
from tests.builders import NOON

FILES: Final[Mapping[str, str]] = {
    "brand.yaml": "name: Example\n",
    "policy.yaml": "topics: {news: {title: News, default: true}, offers: {title: Offers, default: false}}\n",
    **{
        f"messages/{name}/{file}": ""
        for name in ("hello", "bye", "late")
        for file in ("email.mjml", "sms.txt", "push.yaml")
    },
}
"""What surrounds the journey that a test is about: a brand, two topics, three messages for every channel."""

HEAD: Final = "purpose: marketing\ntopic: news\nenter: {on: Start}\n"
"""The least that a journey begins with; its steps follow."""

STEPS: Final = "steps:\n  - {wait: 1 hour}\n  - {send: hello, via: [email]}\n"

Rows = list[dict[str, Any]]


def in_folder(files: Mapping[str, str], then: Callable[[Path], Any]) -> Any:
    """What ``then`` makes of a playbook's folder with these files beside, or instead of, the usual ones."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path, text in {**FILES, **files}.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
        return then(folder)


def faults_of(files: Mapping[str, str]) -> list[str]:
    """The lines that ``check`` prints of the files themselves."""
    return [str(fault) for fault in in_folder(files, check_playbook)[1]]


def playbook_of(files: Mapping[str, str]) -> Playbook:
    """The playbook of files that are in order."""
    plain, faults = in_folder(files, check_playbook)
    assert not faults, [str(fault) for fault in faults]
    return read_playbook(plain)[0]


def event(name: str, at: Duration = 0, *, arrives: Duration | None = None, **changes: Any) -> dict[str, Any]:
    """One line of a recording, ``at`` so long after noon; its other keywords are its properties."""
    more: dict[str, Any] = {
        key: changes.pop(key) for key in ("userId", "messageId", "context", "type", "traits") if key in changes
    }
    plain: dict[str, Any] = {
        "type": "track",
        "event": name,
        "userId": "u1",
        "messageId": f"{name} {at} {json.dumps(changes, sort_keys=True, default=str)}",
        "timestamp": format_instant(NOON + at),
        "properties": changes,
        **more,
    }
    if arrives is not None:
        plain["receivedAt"] = format_instant(NOON + arrives)
    return plain


def person(at: Duration = 0, user: str = "u1", **traits: Any) -> dict[str, Any]:
    """Who they are: reachable by email unless told otherwise."""
    known = {"email": f"{user}@example.com"} | traits
    identity = f"identify {user} {at} {json.dumps(known, sort_keys=True)}"
    return {"type": "identify", "userId": user, "messageId": identity, "timestamp": format_instant(NOON + at),
            "traits": known}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """What a simulation printed; instants are so long after noon."""

    rows: Rows

    def of(self, kind: str, *fields: str) -> list[Any]:
        """One field, or several as tuples, of the rows of a type."""
        found = [tuple(one[name] for name in fields) for one in self.rows if one["type"] == kind]
        return [one[0] for one in found] if len(fields) == 1 else found

    @property
    def sent(self) -> list[tuple[str, Duration]]:
        return self.of("send", "message", "at")

    @property
    def exits(self) -> list[tuple[str, Duration]]:
        return self.of("journey_exited", "reason", "at")

    @property
    def skipped(self) -> list[str]:
        return self.of("entry_skipped", "reason")

    @property
    def entered(self) -> list[Duration]:
        return self.of("journey_entered", "at")


def simulate(
    files: Mapping[str, str],
    *lines: Mapping[str, Any],
    until: Duration | None = None,
    assumed: bool = True,
) -> Told:
    """Replay the lines under the files, as ``carillon simulate`` does."""
    rules = playbook_of(files)
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as recording:
        recording.writelines(json.dumps(line) + "\n" for line in lines)
        recording.flush()
        with EventFile(Path(recording.name)) as file:
            arrivals = list(file)
    events = [one for one in arrivals if isinstance(one, Event)]
    assert len(events) == len(lines), arrivals
    end: Instant | None = None if until is None else NOON + until
    happened = Simulation(assuming_consent(rules) if assumed else rules).run(events, end)
    plain = (row(who, occurrence) for who, occurrence in happened)
    return Told([_since_noon(one) for one in plain if one is not None])


def journey(text: str, *, head: str = HEAD) -> dict[str, str]:
    """The one journey ``j``."""
    return {"journeys/j.yaml": head + text}


def _since_noon(plain: dict[str, Any]) -> dict[str, Any]:
    instants = {name: parse_instant(plain[name]) - NOON for name in ("at", "until") if plain.get(name) is not None}
    return plain | instants
