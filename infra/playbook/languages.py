"""Reads the catalogues of ``pages/languages``: what the pages say, one file a language, named by its tag.

The catalogue of the brand's own language says which texts there are; every other must have just these, with the same
placeholders. Titles of topics are the one thing that a language may leave out: people then read policy.yaml's.
"""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from infra.playbook.catalogues import Texts, catalogue_files, differences, nested, own_language, texts_of
from shared.adapters.playbook_files import YamlFile
from shared.domain.consent.words import Channel
from shared.domain.language.reading import suggestion
from shared.errors import PlaybookFault

FOLDER: Final = "pages/languages"
TOPICS: Final = "topics"
NAME: Final = "language"
CHANNELS: Final = "channels"


@dataclass(slots=True)
class Languages:
    """What was found.

    Attributes:
        catalogues: the texts of each language, by its tag, the brand's own first.
        own: the brand's language; empty where the playbook has none.
    """

    catalogues: dict[str, dict[str, Any]] = field(default_factory=dict)
    own: str = ""
    faults: list[PlaybookFault] = field(default_factory=list)
    _own_file: YamlFile | None = None
    _own_paths: tuple[tuple[str, ...], ...] = ()

    def report_unread(self, read: Set[tuple[str, ...]]) -> None:
        """Note the brand's own texts that no page shows; a path that is read stands for all below it."""
        if self._own_file is None:
            return
        for path in self._own_paths:
            if path != (NAME,) and not any(path[: len(shown)] == shown for shown in read):
                self.faults.append(self._own_file.fault(path, "no page shows this text"))

    @property
    def texts(self) -> Mapping[str, Any]:
        """The brand's own texts."""
        return self.catalogues.get(self.own, {})

    def nearest(self, tag: str) -> str:
        """The catalogue for a language: its very tag, or the language without its country; empty where none is."""
        while tag and tag not in self.catalogues:
            tag = tag.rpartition("-")[0]
        return tag

    def flat(self, tag: str) -> dict[tuple[str, ...], str]:
        """A catalogue's texts by their paths, without the topics' titles."""
        found: dict[tuple[str, ...], str] = {}

        def walk(value: Any, path: tuple[str, ...]) -> None:
            if isinstance(value, str):
                found[path] = value
            else:
                for key, below in value.items():
                    walk(below, (*path, key))

        walk({key: below for key, below in self.catalogues.get(tag, {}).items() if key != TOPICS}, ())
        return found


def read_languages(playbook: Path, locale: str, topics: Set[str] | None) -> Languages:
    """Every catalogue, and every fault in them; ``locale`` is the brand's.

    ``topics``: those of the policy; ``None`` where it cannot be read.
    """
    found = Languages()
    files = catalogue_files(playbook, FOLDER, found.faults)
    if not files:
        return found
    found.own = own_language(locale, FOLDER, files, found.faults)
    if not found.own:
        return found
    texts = {tag: texts_of(file, found.faults, but=(TOPICS,)) for tag, file in files.items()}
    reference = texts[found.own]
    found._own_file, found._own_paths = files[found.own], tuple(reference)
    for tag in (found.own, *(tag for tag in sorted(files) if tag != found.own)):
        file = files[tag]
        if (NAME,) not in texts[tag]:
            found.faults.append(file.fault((), f"`{NAME}` is missing: what the language calls itself"))
        found.faults.extend(differences(file, _unnamed(texts[tag]), _unnamed(reference), files[found.own].name))
        if topics is not None:
            found.faults.extend(_unknown_topics(file, topics))
        found.catalogues[tag] = {**nested(_on_one_line(texts[tag])), TOPICS: _topics(file)}
    return found


def unnamed_channels(languages: Languages, used: Set[Channel]) -> list[PlaybookFault]:
    """The channels that messages go by, and that the pages have no name for: nobody could say no to them there."""
    named = languages.texts.get(CHANNELS)
    if not isinstance(named, dict):
        return []
    return [
        PlaybookFault(f"{FOLDER}/{languages.own}.yaml", 1, CHANNELS, f'"{channel}" is missing: messages go by it')
        for channel in sorted(used - named.keys())
    ]


def _unnamed(texts: Texts) -> Texts:
    return {path: text for path, text in texts.items() if path != (NAME,)}


def _on_one_line(texts: Texts) -> Texts:
    return {path: " ".join(text.split()) for path, text in texts.items()}


def _topics(file: YamlFile) -> dict[str, str]:
    titles = file.value.get(TOPICS)
    return {name: title for name, title in titles.items() if isinstance(title, str)} if isinstance(titles, dict) else {}


def _unknown_topics(file: YamlFile, topics: Set[str]) -> Iterator[PlaybookFault]:
    titles = file.value.get(TOPICS, {})
    if not isinstance(titles, dict):
        yield file.fault((TOPICS,), "a mapping of topics to their titles in this language")
        return
    for name, title in titles.items():
        if name not in topics:
            yield file.fault((TOPICS,), f'policy.yaml has no topic "{name}"{suggestion(name, topics)}', key=name)
        elif not isinstance(title, str) or not title.strip():
            yield file.fault((TOPICS, name), "expected a text")
