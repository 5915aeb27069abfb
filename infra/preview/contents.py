"""Renders every message of a playbook in each of its languages, on each of its channels, with its example."""

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from infra.playbook.advertising import advertised
from infra.playbook.build import build_playbook
from infra.playbook.coupons import offers_of
from infra.playbook.examples import example_products, live_names
from shared.adapters.compiled_playbook import load
from shared.adapters.playbook_artefact import load_plain
from shared.adapters.renderer import JinjaRenderer
from shared.domain.channels.content import Content
from shared.domain.consent.words import Channel
from shared.errors import PermanentError, PlaybookFault, PlaybookWarning

WAY_OUT: Final = "unsubscribe"

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
    with built(playbook) as examples:
        for name, message in examples.plain["messages"].items():
            if names and name not in names:
                continue
            own = f"messages/{name}/"
            yield Shown(
                name,
                message["title"],
                [examples.spoken(name, tag) for tag in examples.languages(name)],
                [f"entry.{root}.{field}" for root, field in message["entry_fields"]],
                [str(finding).removeprefix(own) for finding in findings if finding.file.startswith(own)],
            )


@contextmanager
def built(playbook: Path) -> Iterator["Examples"]:
    """The playbook, built for as long as this lasts.

    Raises:
        PlaybookError: it has faults.
    """
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "playbook"
        build_playbook(playbook, target)
        yield Examples(playbook, target)


class Examples:
    """The messages of a playbook that was built from ``source`` to ``folder``, each with its example."""

    def __init__(self, source: Path, folder: Path) -> None:
        self.plain = load_plain(folder)
        self._renderer = JinjaRenderer(folder, playbook=self.plain)
        self._source = source
        self._folder = folder
        self._playbook = load(folder)

    def languages(self, name: str) -> list[str]:
        """Of a message, by their tags; the brand's own first."""
        return list(self.plain["messages"][name]["languages"] or [self.plain["language"]])

    def channels(self, name: str) -> list[Channel]:
        return sorted(self._renderer.channels(name))

    def is_marketing(self, name: str, channel: Channel) -> bool:
        """Whether any journey sends it as that: it leads to its way out then."""
        return name in advertised(self._playbook, channel)

    def content(self, name: str, channel: Channel, tag: str, *, links: Mapping[str, str] = LINKS) -> Content:
        """What somebody who reads that language gets."""
        return self._render(example_of(self._source, name, links), name, channel, tag)

    def spoken(self, name: str, tag: str) -> Spoken:
        """On all its channels."""
        context = example_of(self._source, name)
        locale = json.loads((self._folder / "locales" / f"{tag}.json").read_bytes())
        contents = {channel: self._render(context, name, channel, tag) for channel in self.channels(name)}
        return Spoken(tag, locale["direction"], contents)

    def _render(self, context: dict[str, Any], name: str, channel: Channel, tag: str) -> Content:
        spoken_to = context | {"traits": context["traits"] | {"language": tag}}
        if self.is_marketing(name, channel):
            return self._renderer.render(name, channel, spoken_to)
        ways = {name: link for name, link in context["links"].items() if name != WAY_OUT}
        try:
            return self._renderer.render(name, channel, spoken_to | {"links": ways})
        except PermanentError as error:
            if error.context.get("variable") != f"links.{WAY_OUT}":
                raise
            return self._renderer.render(name, channel, spoken_to)  # meant as marketing, by no journey yet


def example_of(playbook: Path, name: str, links: Mapping[str, str] = LINKS) -> dict[str, Any]:
    """The context that a message's ``example.json`` describes."""
    example = json.loads((playbook / "messages" / name / "example.json").read_bytes())
    entry = {"event": "", "timestamp": "2026-01-01T00:00:00.000Z", "properties": {}, "context": {}}
    entry |= example.get("entry", {})
    products, _ = example_products(example.get("products", []))
    live = live_names(entry, products, offers_of(playbook))
    return {"traits": example.get("traits", {}), "entry": entry, "links": dict(links), **live}
