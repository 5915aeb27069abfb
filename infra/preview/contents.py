"""Renders every message of a playbook in each of its languages, on each of its channels, with its example."""

import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from infra.playbook.build import build_playbook
from infra.playbook.coupons import offers_of
from infra.playbook.examples import example_products, live_names
from shared.adapters.playbook_artefact import load_plain
from shared.adapters.renderer import JinjaRenderer
from shared.domain.channels.content import Content
from shared.domain.consent.words import Channel
from shared.errors import PlaybookFault, PlaybookWarning

LINKS: Final = {
    "confirm": "https://example.com/v1/confirm/example",
    "preferences": "https://example.com/v1/preferences/example",
    "unsubscribe": "https://example.com/v1/unsubscribe/example",
}


@dataclass(frozen=True, slots=True)
class Spoken:
    """A message in one language; ``contents`` by channel."""

    tag: str
    direction: str
    contents: dict[Channel, Content]


@dataclass(frozen=True, slots=True)
class Shown:
    """One message: ``reads`` is what it reads of its entry event, ``findings`` what `check` says of its files."""

    name: str
    title: str
    languages: list[Spoken]
    reads: list[str]
    findings: list[str]


def shown_messages(
    playbook: Path, findings: Sequence[PlaybookFault | PlaybookWarning], names: Sequence[str] = ()
) -> Iterator[Shown]:
    """The messages named, or all.

    Raises:
        PlaybookError: the playbook has faults.
    """
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "playbook"
        build_playbook(playbook, target)
        plain = load_plain(target)
        renderer = JinjaRenderer(target, playbook=plain)
        for name, message in plain["messages"].items():
            if names and name not in names:
                continue
            context = example_of(playbook, name)
            own = f"messages/{name}/"
            yield Shown(
                name,
                message["title"],
                [_spoken(renderer, name, tag, context, target) for tag in message["languages"] or [plain["language"]]],
                [f"entry.{root}.{field}" for root, field in message["entry_fields"]],
                [str(finding).removeprefix(own) for finding in findings if finding.file.startswith(own)],
            )


def example_of(playbook: Path, name: str) -> dict[str, Any]:
    """The context that a message's ``example.json`` describes."""
    example = json.loads((playbook / "messages" / name / "example.json").read_bytes())
    entry = {"event": "", "timestamp": "2026-01-01T00:00:00.000Z", "properties": {}, "context": {}}
    entry |= example.get("entry", {})
    products, _ = example_products(example.get("products", []))
    live = live_names(entry, products, offers_of(playbook))
    return {"traits": example.get("traits", {}), "entry": entry, "links": dict(LINKS), **live}


def _spoken(renderer: JinjaRenderer, name: str, tag: str, context: dict[str, Any], target: Path) -> Spoken:
    spoken_to = context | {"traits": context["traits"] | {"language": tag}}
    locale = json.loads((target / "locales" / f"{tag}.json").read_bytes())
    contents = {channel: renderer.render(name, channel, spoken_to) for channel in sorted(renderer.channels(name))}
    return Spoken(tag, locale["direction"], contents)
