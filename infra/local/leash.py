"""Keep a command on a leash: it, and all that it started, ends when whoever holds the leash ends, however that ends.

The leash is this process's standard input: a pipe that the holder keeps open and never writes to. It closes when the
holder lets go, is interrupted, or is killed outright. Standard library only: it runs before anything is installed.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from types import FrameType

GRACE = 4.0
"""Seconds between asking the process group to end and ending it."""


def main(command: list[str]) -> int:
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        threading.Thread(target=_end, args=(child,)).start()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, on_signal)
    threading.Thread(target=_await_release, args=(child,), daemon=True).start()
    code = child.wait()
    _end(child)
    return code if code >= 0 else 128 - code


def _await_release(child: subprocess.Popen[bytes]) -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    _end(child)


def _end(child: subprocess.Popen[bytes]) -> None:
    """Ask the whole group, wait, then insist: a child that has ended may have left grandchildren."""
    deadline = time.monotonic() + GRACE
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGTERM)
        while time.monotonic() < deadline:
            child.poll()
            os.killpg(child.pid, 0)
            time.sleep(0.02)
        os.killpg(child.pid, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
