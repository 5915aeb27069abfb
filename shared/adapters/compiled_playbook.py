"""Loads the compiled playbook: checked plain values in one JSON file, as the build wrote them."""

import json
import os
from pathlib import Path
from typing import Any, Final

from shared.domain.playbook import Playbook, read_playbook
from shared.errors import PlaybookError, PlaybookFault

FILE: Final = "playbook.json"


def playbook_directory() -> Path:
    """Where the artefact lies: beside ``shared`` in Lambda, elsewhere where ``PLAYBOOK_DIR`` says so."""
    return Path(os.environ.get("PLAYBOOK_DIR") or Path(__file__).resolve().parents[2] / "playbook")


def load_plain(directory: Path) -> dict[str, Any]:
    """The artefact's plain values: brand, policy, journeys, segments, messages."""
    plain: dict[str, Any] = json.loads((directory / FILE).read_bytes())
    return plain


def load(directory: Path) -> Playbook:
    """The playbook as ``decide`` wants it.

    Raises:
        PlaybookError: the artefact was not built by ``build_playbook``, which checks before it writes.
    """
    playbook, faults = read_playbook(load_plain(directory))
    if faults:
        raise PlaybookError([PlaybookFault(file, 1, ".".join(found.path), found.message) for file, found in faults])
    return playbook
