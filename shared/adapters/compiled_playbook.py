"""The compiled playbook as ``decide`` reads it; its plain values are in ``playbook_artefact``."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from shared.adapters.playbook_lines import from_lines, to_lines
from shared.domain.playbook import Playbook, read_playbook
from shared.errors import PlaybookError, PlaybookFault

LINES: Final = "playbook.jsonl"


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
