"""The commands as a person runs them: the demo ends well, and nothing outlives its command."""

import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

pytestmark = pytest.mark.e2e

CARILLON: Final = str(Path(sys.executable).with_name("carillon"))
PROC: Final = Path("/proc")


def plain_environment(**additions: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | additions


def test_the_demo_sends_exactly_what_it_should() -> None:
    command = [CARILLON, "demo", "--port=0"]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=400, env=plain_environment())

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "Exactly what should have arrived did" in ended.stdout


def processes_marked(mark: str) -> list[str]:
    """Command lines of the living processes that have the mark in their environment."""
    found = []
    for folder in PROC.iterdir():
        if not folder.name.isdigit():
            continue
        try:
            if mark.encode() in (folder / "environ").read_bytes():
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return [line for line in found if line]


@pytest.fixture
def mark() -> str:
    return uuid.uuid4().hex


@pytest.mark.skipif(not PROC.is_dir(), reason="looks into /proc")
@pytest.mark.parametrize(
    ("phase", "number"),
    [
        ("Synthesising", signal.SIGINT),
        ("Bootstrapping", signal.SIGHUP),
        ("Deploying", signal.SIGKILL),
        ("Ready", signal.SIGTERM),
    ],
)
def test_no_process_outlives_the_command(phase: str, number: signal.Signals, mark: str) -> None:
    process = subprocess.Popen(
        [CARILLON, "up", "--json", "--port=0"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=plain_environment(CARILLON_TEST_MARK=mark),
    )
    assert process.stderr is not None
    with process, process.stderr:
        said = next((line for line in process.stderr if phase in line), None)
        assert said is not None, f"never came to {phase}"
        assert until(lambda: len(processes_marked(mark)) > 1), "it started nothing that could outlive it"

        process.send_signal(number)
        process.wait(30)

    if (phase, number) == ("Ready", signal.SIGTERM):
        assert process.returncode == 0
    assert until(lambda: not processes_marked(mark)), processes_marked(mark)


def until(holds: Callable[[], bool], seconds: float = 15) -> bool:
    """Whether it came to hold in time."""
    deadline, pause = time.monotonic() + seconds, threading.Event()
    while not holds():
        if time.monotonic() > deadline:
            return False
        pause.wait(0.05)
    return True
