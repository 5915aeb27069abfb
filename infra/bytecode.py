"""Byte code made ahead: Lambda's disks are read-only, so without it every cold start compiles every module again."""

import subprocess
import sys
from functools import cache
from pathlib import Path


@cache
def interpreter(version: str) -> Path | None:
    """A Python of the version on this machine; says so loudly where there is none."""
    if version == f"{sys.version_info.major}.{sys.version_info.minor}":
        return Path(sys.executable)
    found = subprocess.run(
        ["uv", "python", "find", "--no-python-downloads", "--system", version],
        capture_output=True,
        text=True,
        check=False,
    )
    if found.returncode == 0:
        return Path(found.stdout.strip())
    print(
        f"WARNING: no Python {version} on this machine, so the functions are packed without byte code: each cold start "
        f"compiles what it imports, which costs about a second. `uv python install {version}` mends it.",
        file=sys.stderr,
    )
    return None


def compile_all(folder: Path, python: Path | None) -> None:
    """Put byte code beside every module.

    It is marked as never to be checked against its source: archives forget the times by which Python would.
    """
    if python is not None:
        subprocess.run(
            [python, "-m", "compileall", "-q", "-j", "0", "--invalidation-mode", "unchecked-hash", folder],
            check=True,
        )
