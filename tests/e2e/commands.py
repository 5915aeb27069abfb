"""The commands as a user runs them, and the processes that are left of one."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from tests.e2e.conftest import LocalCloud

CARILLON: Final = str(Path(sys.executable).with_name("carillon"))
PROC: Final = Path("/proc")
MARK: Final = "CARILLON_TEST_MARK"
"""In whose environment this stands was started by a test, however far below it."""


def plain_environment(**additions: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | additions


def carillon(cloud: "LocalCloud", *arguments: str) -> str:
    """What the command prints, which must end well, about a local cloud that is up."""
    command = [CARILLON, *arguments, "--port", str(urlsplit(cloud.ingest_url).port)]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300, env=plain_environment())
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def processes_marked(mark: str) -> list[str]:
    """Command lines of the living processes that have the mark in their environment; none where there is no /proc."""
    found = []
    for folder in PROC.iterdir() if PROC.is_dir() else ():
        if not folder.name.isdigit():
            continue
        try:
            if mark.encode() in (folder / "environ").read_bytes():
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return [line for line in found if line]


def until(holds: Callable[[], bool], seconds: float = 15) -> bool:
    """Whether it came to hold in time."""
    deadline, pause = time.monotonic() + seconds, threading.Event()
    while not holds():
        if time.monotonic() > deadline:
            return False
        pause.wait(0.05)
    return True
