"""Start the programs that the local cloud is made of, and leave none of them behind."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn, Self

from infra.local.errors import LocalCloudError

LEASH: Final = Path(__file__).with_name("leash.py")

STOP_WITHIN: Final = 10.0
"""Seconds; the leash itself insists after four."""


class Program:
    """A program on a leash, its output in a file. Ends at the latest with the process that started it."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        environment: Mapping[str, str],
        folder: Path | None = None,
    ) -> None:
        self.name = name
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(LEASH), *command],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                cwd=folder,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def wait(self) -> int:
        """The exit code."""
        return self._process.wait()

    def stop(self) -> None:
        """Let go of the leash and see it end."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            self._process.stdin.close()
        try:
            self._process.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def last_words(self, lines: int = 1) -> str:
        """The end of what it said, for a message to a person."""
        said = [line for line in self.log.read_text(errors="replace").splitlines() if line.strip()]
        return "\n".join(said[-lines:])


def find_tool(name: str, remedy: str) -> str:
    """The path of a program: from this Python's own environment first, then from the PATH."""
    own = Path(sys.executable).parent / name
    found = str(own) if own.is_file() else shutil.which(name)
    if found is None:
        raise LocalCloudError(f"{name} was not found", remedy)
    return found


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def clean_environment(**additions: str) -> dict[str, str]:
    """This process's environment without what would lead a program to a real account or to our own packages."""
    tools = str(Path(sys.executable).parent)
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "CDK_", "PYTHON")) and name != "VIRTUAL_ENV"
    }
    return kept | {"PATH": f"{tools}{os.pathsep}{kept.get('PATH', os.defpath)}", "NO_PROXY": "127.0.0.1"} | additions


class StopSignal(BaseException):
    """Someone asked this process to end; like ``KeyboardInterrupt``, so that nothing but cleaning up catches it."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


@contextlib.contextmanager
def stop_signals() -> Iterator[None]:
    """SIGTERM, SIGINT and SIGHUP raise ``StopSignal`` here, once: cleaning up is not interrupted again."""
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

    def stop(number: int, _frame: FrameType | None) -> NoReturn:
        for each in numbers:
            signal.signal(each, signal.SIG_IGN)
        raise StopSignal(number)

    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
