"""What one message says in each of its languages: the catalogues in its folder `languages`, beside the shared texts.

A message is laid out once (`email.mjml`, `push.yaml`, `sms.txt`), and its words stand in the catalogues, so that no
translation can differ in what it shows and where it leads. Words may hold Jinja, since a name or a number does not
stand in the same place in every language. `{{ text.heading }}` puts them in when the playbook is built: what is
rendered is a template a language, which looks nothing up.
"""

import html
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from infra.playbook.catalogues import catalogue_files, differences, nested, own_language, texts_of
from infra.playbook.jinja_pieces import change_literals, literals, pieces_of
from infra.playbook.languages import FOLDER as SHARED_FOLDER
from infra.playbook.languages import Languages
from shared.adapters.playbook_files import read_yaml
from shared.adapters.templating import placeholders
from shared.domain.consent.words import Channel
from shared.errors import PlaybookError, PlaybookFault, PlaybookWarning

FOLDER: Final = "languages"
WORDS_OF: Final = {"sms": Channel.SMS, "push": Channel.PUSH}
"""Keys of a catalogue that are all that a channel needs."""

_USE: Final = re.compile(r"\{\{[-+]?\s*text((?:\.\w+)+)\s*(?:\|\s*fill\s*\((.*)\))?\s*[-+]?\}\}", re.DOTALL)
_ASKED_FOR: Final = re.compile(r"\btext\s*\.\s*(\w+(?:\s*\.\s*\w+)*)")
_BOLD: Final = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)
_LINK: Final = re.compile(r"\[([^\[\]]+)\]\(((?:\{\{.*?\}\}|[^()\s{}])+)\)", re.DOTALL)
_PLACEHOLDER: Final = re.compile(r"\{([a-z_]+)\}")
_FILLED: Final = re.compile(r"(?:^|,)\s*(\w+)\s*=(?!=)")


@dataclass(frozen=True, slots=True)
class Word:
    """One text of a catalogue and where it stands."""

    text: str
    file: str
    line: int
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Use:
    """Words that a template prints: ``{{ text.heading }}``, or filled in: ``{{ text.total | fill(n=3) }}``."""

    word: Word
    arguments: str

    @property
    def template(self) -> str:
        """The Jinja that stands in their place."""
        if not self.arguments:
            return self.word.text
        filled = change_literals(self.word.text, lambda literal: _PLACEHOLDER.sub(r"{{ \1 }}", literal))
        return f"{{% with {self.arguments} %}}{filled}{{% endwith %}}"

    @property
    def unfilled(self) -> list[str]:
        """Placeholders of the words that nothing fills in."""
        return sorted(placeholders(literals(self.word.text)) - set(_FILLED.findall(self.arguments)))


@dataclass(frozen=True, slots=True)
class Words:
    """What a message may say in one language.

    Attributes:
        tag: the language's.
        own: the message's words; ``shared``: those of the playbook's pages and messages.
        used: the paths that templates were found to print.
    """

    tag: str
    own: Mapping[tuple[str, ...], Word] = field(default_factory=dict)
    shared: Mapping[tuple[str, ...], Word] = field(default_factory=dict)
    used: set[tuple[str, ...]] = field(default_factory=set)

    def use_in(self, construct: str) -> Use | None:
        """The words that a whole ``{{ … }}`` stands for."""
        found = _USE.fullmatch(construct)
        if found is None:
            return None
        path = tuple(found[1].split(".")[1:])
        word = self.own.get(path) or self.shared.get(path)
        if word is None:
            return None
        self.used.add(path)
        return Use(word, (found[2] or "").strip().rstrip(","))

    def misused_in(self, construct: str) -> tuple[str, ...] | None:
        """The path of own words that a piece of Jinja asks for otherwise than by printing them."""
        for found in _ASKED_FOR.finditer(construct):
            path = tuple(re.split(r"\s*\.\s*", found[1]))
            if path in self.own:
                return path
        return None

    def printed(self, *path: str) -> str:
        """The template that prints the message's own words of a path; empty where there are none."""
        return f"{{{{ text.{'.'.join(path)} }}}}" if path in self.own else ""

    def expanded(self, template: str) -> str:
        """A template that is no markup, with the words in it."""
        pieces: list[str] = []
        for piece in pieces_of(template):
            use = self.use_in(piece.text) if piece.is_jinja else None
            pieces.append(piece.text if use is None else _without_markup(use.template))
        return "".join(pieces)

    @property
    def stand_ins(self) -> dict[str, Any]:
        """``text`` as templates are checked with it: without the Jinja that words may hold."""
        return nested({path: literals(word.text) for path, word in (*self.shared.items(), *self.own.items())})


def _without_markup(words: str) -> str:
    """Words as they stand where nothing can be bold, and an address is written out."""
    return _LINK.sub(r"\1 (\2)", _BOLD.sub(r"\1", words))


def escaped(template: str) -> str:
    """A template of plain words as one of HTML: its literals escaped, its Jinja as it was."""
    return change_literals(template, lambda literal: html.escape(literal, quote=False))


def read_words(
    playbook: Path, stem: str, locale: str, languages: Languages, faults: set[PlaybookFault]
) -> tuple[list[Words], set[PlaybookWarning]]:
    """The message's words in each of its languages, the brand's own first; none where it has no catalogues.

    ``stem`` is the message's folder in the playbook.
    """
    folder = f"{stem}/{FOLDER}"
    found: list[PlaybookFault] = []
    files = catalogue_files(playbook, folder, found)
    own = own_language(locale, folder, files, found) if files else ""
    if not own:
        faults |= set(found)
        return [], set()
    texts = {tag: texts_of(file, found, literals=literals) for tag, file in files.items()}
    words: list[Words] = []
    for tag in (own, *(tag for tag in sorted(files) if tag != own)):
        file = files[tag]
        found += differences(file, texts[tag], texts[own], files[own].name, literals=literals)
        for key in languages.texts.keys() & file.value.keys():
            said = f"`{key}` is also among the texts that all share, in {SHARED_FOLDER}: give it another name"
            found.append(file.fault((), said, key=key))
        shared = languages.nearest(tag)
        if languages.own and not shared:
            said = f"{SHARED_FOLDER} has no {tag}.yaml, so what messages share would be in another language"
            found.append(file.fault((), said))
        own_words = {path: Word(text.strip(), file.name, file.line_of(path), path) for path, text in texts[tag].items()}
        words.append(Words(tag, own_words, shared_words(languages, shared or languages.own)))
    faults |= set(found)
    return words, set(_missing(folder, files.keys(), own, languages))


def spoken_channels(message: Path) -> set[Channel]:
    """The channels for which the catalogues in a message's folder have the words, so that no file is needed."""
    for path in sorted((message / FOLDER).glob("*.yaml")):
        try:
            found = read_yaml(path, path.name).value
        except PlaybookError:
            continue  # reported as it is read for good
        return {channel for key, channel in WORDS_OF.items() if isinstance(found, dict) and key in found}
    return set()


def shared_words(languages: Languages, tag: str) -> dict[tuple[str, ...], Word]:
    """The texts that all pages and messages share, in one language."""
    return {path: Word(text, f"{SHARED_FOLDER}/{tag}.yaml", 1, path) for path, text in languages.flat(tag).items()}


def _missing(folder: str, tags: Collection[str], own: str, languages: Languages) -> Iterator[PlaybookWarning]:
    spoken = {tag.partition("-")[0] for tag in tags}
    for tag in languages.catalogues:
        if tag.partition("-")[0] not in spoken:
            said = f"missing: the pages speak {tag}, and who reads that gets this message in {own}"
            yield PlaybookWarning(f"{folder}/{tag}.yaml", 1, "", said)
