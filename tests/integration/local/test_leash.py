"""The leash: whatever way its holder ends, what it held ends too."""

import subprocess
import sys
import threading
from pathlib import Path

from infra.local.processes import LEASH, Program, clean_environment, free_port

CHILD = (
    "import subprocess,sys;subprocess.Popen([sys.executable,'-c','import time;time.sleep(60)']);print('on',flush=True)"
)
STUBBORN = "import signal,time;signal.signal(signal.SIGTERM, signal.SIG_IGN);print('on',flush=True);time.sleep(60)"


def a_program(tmp_path: Path, code: str) -> Program:
    command = [sys.executable, "-c", code]
    return Program("program", command, log=tmp_path / "log", environment=clean_environment())


def wait_for_words(program: Program) -> None:
    pause = threading.Event()
    while not program.last_words() and program.is_running:
        pause.wait(0.02)


def test_its_exit_code_is_the_programs(tmp_path: Path) -> None:
    with a_program(tmp_path, "raise SystemExit(7)") as program:
        assert program.wait() == 7


def test_letting_go_ends_the_program(tmp_path: Path) -> None:
    with a_program(tmp_path, "import time; print('on', flush=True); time.sleep(60)") as program:
        wait_for_words(program)

    assert not program.is_running


def test_a_program_that_will_not_end_is_ended(tmp_path: Path) -> None:
    with a_program(tmp_path, STUBBORN) as program:
        wait_for_words(program)

    assert not program.is_running


def test_what_the_program_started_ends_with_it(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, str(LEASH), sys.executable, "-c", CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as leash:
        assert leash.stdout is not None
        # The grandchild has the other end of this pipe too: the end comes only when it has gone.
        said = leash.stdout.read()

    assert said == b"on\n"
    assert leash.returncode == 0


def test_last_words_are_the_last_lines(tmp_path: Path) -> None:
    with a_program(tmp_path, "print('one'); print(); print('two')") as program:
        program.wait()

    assert program.last_words() == "two"
    assert program.last_words(2) == "one\ntwo"


def test_a_free_port_is_free() -> None:
    assert 0 < free_port() < 65_536
