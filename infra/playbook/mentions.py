"""Where a message's files first say something: its own, then those that messages share."""

import re
from pathlib import Path


def first_mention(playbook: Path, message: str, said: re.Pattern[str], *, but: str = "") -> tuple[str, int]:
    """File and line; the message's settings where it is nowhere to be found. ``but``: a file that is passed over."""
    own, shared = playbook / "messages" / message, playbook / "partials"
    for path in (*sorted(own.rglob("*")), *sorted(shared.rglob("*"))):
        if (
            path.is_file()
            and path.name != but
            and (found := said.search(text := path.read_text("utf-8", errors="replace")))
        ):
            return path.relative_to(playbook).as_posix(), 1 + text.count("\n", 0, found.start())
    return f"messages/{message}/message.yaml", 1
