"""Reads the examples out of the documentation: fenced blocks, and the file that the line before one names."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
DOCUMENTS: Final = (
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").rglob("*.md")),
)

_FENCE: Final = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE_BEFORE: Final = re.compile(r"`([\w./-]+\.\w+)`:\s*\Z")


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block; ``file`` is what the sentence before it calls its text."""

    document: Path
    line: int
    language: str
    text: str
    file: str | None

    def __str__(self) -> str:
        return f"{self.document.relative_to(ROOT)}:{self.line}"


def blocks(language: str, *documents: Path) -> list[Block]:
    """The blocks of one language in the documents, or in all."""
    return [block for document in documents or DOCUMENTS for block in _blocks(document) if block.language == language]


def _blocks(document: Path) -> Iterator[Block]:
    text = document.read_text("utf-8")
    for match in _FENCE.finditer(text):
        before = text[: match.start()]
        named = _FILE_BEFORE.search(before)
        yield Block(document, before.count("\n") + 1, match[1], match[2], named[1] if named else None)


@dataclass(frozen=True, slots=True)
class Command:
    """One command line of a shell block, as words."""

    where: str
    words: tuple[str, ...]

    def __str__(self) -> str:
        return " ".join(self.words[:6])


def commands(program: str) -> list[Command]:
    """Every call of the program: in shell blocks, wherever on its line it stands, and within sentences."""
    lines = [(str(block), line) for block in blocks("sh") for line in _logical_lines(block.text)]
    for document in DOCUMENTS:
        spans = re.findall(rf"`((?:uv run )?{program} [^`]+)`", document.read_text("utf-8"))
        lines += [(document.name, span) for span in spans]
    found = []
    for where, line in lines:
        words = shlex.split(line.replace("$(", " ").replace(")", " "))
        found += [Command(where, tuple(words[index:])) for index, word in enumerate(words) if word == program]
    return found


def _logical_lines(text: str) -> Iterator[str]:
    """Lines, with those joined that an open quotation holds together."""
    held = ""
    for line in text.splitlines():
        held = f"{held}\n{line}" if held else line
        try:
            shlex.split(held)
        except ValueError:
            continue
        yield held
        held = ""
