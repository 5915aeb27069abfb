"""Reads the catalogues of ``pages/languages``: what the pages say, one file a language, named by its tag.

The catalogue of the brand's own language says which texts there are; every other must have just these, with the same
placeholders. Titles of topics are the one thing that a language may leave out: people then read policy.yaml's.
"""

import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from infra.playbook.locale_dates import date_table
from infra.playbook.locale_money import parse_locale
from shared.adapters.playbook_files import YamlFile, read_yaml
from shared.adapters.templating import placeholders
from shared.domain.language.reading import suggestion
from shared.errors import PlaybookError, PlaybookFault

FOLDER: Final = "pages/languages"
TOPICS: Final = "topics"
NAME: Final = "language"
MAX_LANGUAGES: Final = 60

_BRACE: Final = re.compile(r"[{}]")


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


def read_languages(playbook: Path, locale: str, topics: Set[str] | None) -> Languages:
    """Every catalogue, and every fault in them; ``locale`` is the brand's.

    ``topics``: those of the policy; ``None`` where it cannot be read.
    """
    found = Languages()
    files = _files(playbook, found)
    if not files:
        return found
    found.own = _own(locale, files)
    if not found.own:
        wanted = f"{FOLDER}/{parse_locale(locale).language}.yaml"
        message = f'missing: the locale of brand.yaml is "{locale}", and its language is what the others are held to'
        found.faults.append(PlaybookFault(wanted, 1, "", message))
        return found
    reference = dict(_texts(files[found.own], found.faults))
    found._own_file, found._own_paths = files[found.own], tuple(reference)
    for tag in (found.own, *(tag for tag in sorted(files) if tag != found.own)):
        texts = reference if tag == found.own else dict(_texts(files[tag], found.faults))
        found.faults.extend(_differences(files[tag], texts, reference, files[found.own].name))
        if topics is not None:
            found.faults.extend(_unknown_topics(files[tag], topics))
        dates = date_table(locale if tag == found.own else tag)
        found.catalogues[tag] = {**_nested(texts), TOPICS: _topics(files[tag]), "dates": dates}
    return found


def _files(playbook: Path, found: Languages) -> dict[str, YamlFile]:
    files: dict[str, YamlFile] = {}
    folder = playbook / FOLDER
    paths = [path for path in sorted(folder.glob("*")) if not path.name.startswith(".")]
    if len(paths) > MAX_LANGUAGES:
        found.faults.append(PlaybookFault(FOLDER, 1, "", f"{len(paths)} languages; there may be {MAX_LANGUAGES}"))
        return {}
    for path in paths:
        name = path.relative_to(playbook).as_posix()
        try:
            locale = parse_locale(path.stem)
        except ValueError:
            locale = None
        if path.suffix != ".yaml" or locale is None or str(locale).replace("_", "-") != path.stem:
            message = 'a catalogue is named by its language: "de.yaml", "pt-BR.yaml"'
            found.faults.append(PlaybookFault(name, 1, "", message))
            continue
        try:
            file = read_yaml(path, name)
        except PlaybookError as error:
            found.faults.extend(error.faults)
            continue
        if not isinstance(file.value, dict):
            found.faults.append(file.fault((), "a mapping of texts, beginning with `language: …`"))
            continue
        files[path.stem] = file
    return files


def _own(locale: str, files: Mapping[str, YamlFile]) -> str:
    """The catalogue of the locale: its very tag, or its language."""
    language = parse_locale(locale).language
    return next((tag for tag in (locale, language) if tag in files), "")


def _texts(file: YamlFile, faults: list[PlaybookFault]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Each text with its path; what is none is a fault."""

    def walk(value: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
        if isinstance(value, dict):
            for key, below in value.items():
                yield from walk(below, (*path, key))
        elif not isinstance(value, str) or not value.strip():
            faults.append(file.fault(path, "expected a text; numbers, and words like true, stand in quotes"))
        else:
            if _BRACE.search(re.sub(r"\{[a-z_]+\}", "", value)):
                faults.append(file.fault(path, "a placeholder is a name in braces, like {shop}"))
            yield path, value

    for key, value in file.value.items():
        if key != TOPICS:
            yield from walk(value, (key,))


def _differences(
    file: YamlFile, texts: Mapping[tuple[str, ...], str], reference: Mapping[tuple[str, ...], str], name: str
) -> Iterator[PlaybookFault]:
    """What the catalogue lacks, has too many, or fills in otherwise than the brand's own."""
    if (NAME,) not in texts:
        yield file.fault((), f"`{NAME}` is missing: what the language calls itself")
    known = [".".join(path) for path in reference]
    for path in reference:
        if path not in texts and path != (NAME,):
            yield file.fault(path[:-1], f"`{path[-1]}` is missing; in {name} it is {_quoted(reference[path])}")
    for path, text in texts.items():
        if path not in reference:
            yield file.fault(path, f"{name} has no such text{suggestion('.'.join(path), known)}")
            continue
        wanted, given = placeholders(reference[path]), placeholders(text)
        for placeholder in sorted(wanted - given):
            yield file.fault(path, f"lacks {{{placeholder}}}, which {name} has here")
        for placeholder in sorted(given - wanted):
            yield file.fault(path, f"{{{placeholder}}} means nothing here{suggestion(placeholder, wanted)}")


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


def _nested(texts: Mapping[tuple[str, ...], str]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for path, text in texts.items():
        below = nested
        for key in path[:-1]:
            below = below.setdefault(key, {})
        below[path[-1]] = " ".join(text.split())
    return nested


def _quoted(text: str) -> str:
    return f"“{text if len(text) <= 60 else text[:59] + '…'}”"
