"""The compiled playbook's plain values, as the build wrote them: all that sending and the pages need of it."""

import json
import os
from pathlib import Path
from typing import Any, Final

FILE: Final = "playbook.json"


def playbook_directory() -> Path:
    """Where the artefact lies: beside ``shared`` in Lambda, elsewhere where ``PLAYBOOK_DIR`` says so."""
    return Path(os.environ.get("PLAYBOOK_DIR") or Path(__file__).resolve().parents[2] / "playbook")


def load_plain(directory: Path) -> dict[str, Any]:
    """The artefact's plain values: brand, policy, journeys, segments, messages."""
    plain: dict[str, Any] = json.loads((directory / FILE).read_bytes())
    return plain
