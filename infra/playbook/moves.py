"""People in flight when a playbook takes another's place: where journeys ask to move them, can they be moved?"""

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from infra.playbook.source import CheckedSource, check_source, read_source
from shared.domain.journeys.program import Resting
from shared.domain.journeys.versions import place_in
from shared.errors import PlaybookFault

TIMEOUT: Final = 60
"""Seconds for git to give out an earlier playbook."""


class NoSuchPlaybookError(Exception):
    """What was given is no folder, and no revision that git knows."""


def lost_places(former: CheckedSource, checked: CheckedSource) -> Iterator[PlaybookFault]:
    """A fault for each step of an earlier version from which nobody can tell where people move on to."""
    for name, journey in checked.playbook.journeys.items():
        before = former.playbook.journeys.get(name)
        if not journey.migrates or before is None or before.version == journey.version:
            continue
        for position, placed in before.program.items():
            if isinstance(placed.step, Resting) and place_in(before, journey, position) is None:
                step = f'"{placed.name}"' if placed.name else f"{position}, which has no name"
                message = (
                    f"nobody can tell where those go on who stand at the former step {step}: "
                    "keep it, or name the steps before you move them; those would finish on the version they entered"
                )
                yield checked.source.fault(f"journeys/{name}.yaml", ("in_flight",), message)


@contextmanager
def earlier(playbook: Path, against: str) -> Iterator[CheckedSource]:
    """The playbook of another folder, or this one as a revision of git has it.

    Raises:
        NoSuchPlaybookError: neither.
    """
    if Path(against).is_dir():
        yield check_source(read_source(Path(against)))
        return
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(_archive(playbook, against))) as archive:
            archive.extractall(folder, filter="data")
        yield check_source(read_source(Path(folder)))


def _archive(playbook: Path, revision: str) -> bytes:
    command = ["git", "-C", str(playbook), "archive", "--format=tar", "--end-of-options", revision, "."]
    try:
        return subprocess.run(command, check=True, capture_output=True, timeout=TIMEOUT).stdout
    except FileNotFoundError:
        reason = "git is not installed"
    except subprocess.CalledProcessError as error:
        reason = error.stderr.decode(errors="replace").strip().removeprefix("fatal: ")
    raise NoSuchPlaybookError(f"{revision} is no folder, and no revision of git: {reason}")
