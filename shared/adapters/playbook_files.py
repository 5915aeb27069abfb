"""Reads the playbook's YAML files: the 1.2 core schema, nothing more, each value with the line it stands on.

Refused: a key twice, tags, anchors and aliases, several documents, bytes that are not UTF-8, files over 1 MB,
more than 64 levels. Used where playbooks are checked and built, never in Lambda.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from shared.errors import PlaybookError, PlaybookFault

MAX_BYTES: Final = 1_000_000
MAX_DEPTH: Final = 64

_CORE_SCHEMA: Final[tuple[tuple[re.Pattern[str], Callable[[str], Any]], ...]] = (
    (re.compile(r"null|Null|NULL|~|"), lambda _: None),
    (re.compile(r"true|True|TRUE|false|False|FALSE"), lambda text: text.lower() == "true"),
    (re.compile(r"[-+]?[0-9]{1,40}", re.ASCII), int),
    (re.compile(r"0o[0-7]{1,40}", re.ASCII), lambda text: int(text, 8)),
    (re.compile(r"0x[0-9a-fA-F]{1,40}", re.ASCII), lambda text: int(text, 16)),
    (re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII), float),
    (re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"), lambda text: float(text.replace(".", ""))),
)
"""How a plain scalar is read (YAML 1.2, chapter 10.3.2); what matches none is a string."""


_PLAIN_WORDS: Final[tuple[tuple[str, str], ...]] = (
    (r"character '\\t' that cannot start", "a tab: indent with spaces"),
    (r"character '(.)' that cannot start", r'text that begins with "\1" stands in quotes'),
    (r"mapping values are not allowed", 'a ":" where none can stand: indent alike, or put text with a colon in quotes'),
    (r"could not find expected ':'", 'a line without ":" and a space after its key'),
    (r"end of stream while scanning a quoted", "a quotation mark is never closed"),
    (r"parsing a flow sequence", 'a list in brackets is never closed, or lacks a ","'),
    (r"parsing a flow mapping", 'a mapping in braces is never closed, or lacks a ","'),
    (r"parsing a block", 'this line does not go with those above: indent alike, give each item of a list "- "'),
)
"""What the parser says, by its own words, and what to do about it."""


def _in_plain_words(problem: str) -> str:
    for pattern, words in _PLAIN_WORDS:
        match = re.search(pattern, problem)
        if match is not None:
            return match.expand(words)
    return problem


@dataclass(frozen=True, slots=True)
class YamlFile:
    """A file's plain value, and on which line each path of it stands."""

    name: str
    value: Any
    lines: Mapping[tuple[str, ...], int] = field(default_factory=dict)

    def line_of(self, path: tuple[str, ...]) -> int:
        """The line of the path, or of the nearest thing around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def fault(self, path: tuple[str, ...], message: str, *, key: str = "") -> PlaybookFault:
        """A fault at a path; with ``key``, on the line of that key of it."""
        return PlaybookFault(self.name, self.line_of((*path, key) if key else path), ".".join(path), message)


def read_yaml(file: Path, name: str) -> YamlFile:
    """Read one file; ``name`` is how faults call it.

    Raises:
        PlaybookError: with everything in it that is not plain YAML 1.2.
    """
    raw = file.read_bytes()
    if len(raw) > MAX_BYTES:
        raise PlaybookError([PlaybookFault(name, 1, "", f"{len(raw):,} bytes; a file may have {MAX_BYTES:,}")])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise PlaybookError([PlaybookFault(name, line, "", "not UTF-8: save the file as UTF-8")]) from None
    return _Reader(name).read(text)


class _Reader:
    def __init__(self, name: str) -> None:
        self._name = name
        self._faults: list[PlaybookFault] = []
        self._lines: dict[tuple[str, ...], int] = {}

    def read(self, text: str) -> YamlFile:
        try:
            events = self._events(text)
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            message = " ".join(part for part in (error.problem, error.context) if part)
            raise self._refused((mark.line if mark else 0) + 1, _in_plain_words(message)) from None
        except ReaderError as error:
            line = text.count("\n", 0, error.position) + 1
            raise self._refused(
                line, f"the character U+{ord(text[error.position]):04X} has no place in a file"
            ) from None
        except YAMLError as error:
            raise self._refused(1, " ".join(str(error).split())) from None
        value = None if self._faults else self._document(iter(events))
        if self._faults:
            raise PlaybookError(sorted(self._faults))
        return YamlFile(self._name, value, self._lines)

    def _refused(self, line: int, message: str) -> PlaybookError:
        return PlaybookError([*self._faults, PlaybookFault(self._name, line, "", f"not YAML: {message}")])

    def _events(self, text: str) -> list[Event]:
        """What the file consists of; what makes YAML more than plain data is reported before anything is built."""
        depth = documents = 0
        events = []
        for event in YAML(typ="safe", pure=True).parse(text):
            events.append(event)
            line = event.start_mark.line + 1
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents == 2:
                    self._fault(line, "a second document: one file holds one")
            elif isinstance(event, AliasEvent):
                self._fault(line, f"alias *{event.anchor}: write the value out")
            elif isinstance(event, NodeEvent) and event.anchor:
                self._fault(line, f"anchor &{event.anchor}: write the value out where it is used")
            tag = getattr(event, "tag", None)
            if tag is not None and isinstance(event, NodeEvent):
                self._fault(line, f"tag {tag}: plain values need none")
            kind = type(event).__name__
            depth += kind.endswith("StartEvent") - kind.endswith("EndEvent")
            if depth > MAX_DEPTH + 2:  # the stream and the document are levels of their own
                self._fault(line, f"more than {MAX_DEPTH} levels")
                break
        return events

    def _fault(self, line: int, message: str, path: tuple[str, ...] = ()) -> None:
        self._faults.append(PlaybookFault(self._name, line, ".".join(path), message))

    def _document(self, events: Iterator[Event]) -> Any:
        """The one document's value; ``None`` where there is none."""
        for event in events:
            if isinstance(event, NodeEvent):
                return self._plain(event, events, ())
        return None

    def _plain(self, event: Event, rest: Iterator[Event], path: tuple[str, ...]) -> Any:
        """The value that begins with ``event``; ``rest`` goes on behind it."""
        self._lines.setdefault(path, event.start_mark.line + 1)
        match event:
            case MappingStartEvent():
                return self._mapping(rest, path)
            case SequenceStartEvent():
                items = takewhile(lambda item: not isinstance(item, SequenceEndEvent), rest)
                return [self._plain(item, rest, (*path, str(index))) for index, item in enumerate(items)]
            case ScalarEvent():
                return self._scalar(event, path)
        raise TypeError(type(event))

    def _mapping(self, rest: Iterator[Event], path: tuple[str, ...]) -> dict[str, Any]:
        plain: dict[str, Any] = {}
        for key in takewhile(lambda event: not isinstance(event, MappingEndEvent), rest):
            line = key.start_mark.line + 1
            if not isinstance(key, ScalarEvent):
                self._fault(
                    line, "a key is a word, not a list or a mapping; text that begins with { stands in quotes", path
                )
                _skip(key, rest)
                _skip(next(rest), rest)
                continue
            if key.value in plain:
                self._fault(line, f'the key "{key.value}" stands twice', path)
                _skip(next(rest), rest)
                continue
            self._lines[*path, key.value] = line
            plain[key.value] = self._plain(next(rest), rest, (*path, key.value))
        return plain

    def _scalar(self, event: ScalarEvent, path: tuple[str, ...]) -> Any:
        text: str = event.value
        if event.style in {"'", '"', "|", ">"}:
            return text
        for pattern, read in _CORE_SCHEMA:
            if pattern.fullmatch(text):
                value = read(text)
                if isinstance(value, float) and not math.isfinite(value):
                    self._fault(event.start_mark.line + 1, f"{text}: a number must be finite", path)
                return value
        return text


def _skip(event: Event, rest: Iterator[Event]) -> None:
    """Go on behind the value that begins with ``event``."""
    depth = int(isinstance(event, CollectionStartEvent))
    while depth:
        event = next(rest)
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
