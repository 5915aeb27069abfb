"""Loads the compiled playbook as the build wrote it: plain values in one file, and what ``decide`` reads in another."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from shared.adapters.playbook_lines import from_lines, to_lines
from shared.domain.playbook import Playbook, read_playbook
from shared.errors import PlaybookError, PlaybookFault

FILE: Final = "playbook.json"
LINES: Final = "playbook.jsonl"


def playbook_directory() -> Path:
    """Where the artefact lies: beside ``shared`` in Lambda, elsewhere where ``PLAYBOOK_DIR`` says so."""
    return Path(os.environ.get("PLAYBOOK_DIR") or Path(__file__).resolve().parents[2] / "playbook")


def load_plain(directory: Path) -> dict[str, Any]:
    """The artefact's plain values: brand, policy, journeys, segments, messages."""
    plain: dict[str, Any] = json.loads((directory / FILE).read_bytes())
    return plain


def load(directory: Path) -> Playbook:
    """The playbook as ``decide`` wants it: checked when it was built, and read as far as events touch it."""
    return from_lines((directory / LINES).read_bytes().split(b"\n"))


def lines_of(plain: Mapping[str, Any]) -> str:
    """What ``load`` reads, of the plain values.

    Raises:
        PlaybookError: they have faults.
    """
    playbook, faults = read_playbook(plain)
    if faults:
        raise PlaybookError([PlaybookFault(file, 1, ".".join(found.path), found.message) for file, found in faults])
    return "\n".join(to_lines(playbook))
