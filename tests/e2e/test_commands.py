"""The commands as a person runs them: the demo ends well, and nothing outlives its command."""

import signal
import subprocess
import uuid

import pytest

from tests.e2e.commands import CARILLON, MARK, PROC, plain_environment, processes_marked, until

pytestmark = pytest.mark.e2e


def test_the_demo_sends_exactly_what_it_should() -> None:
    command = [CARILLON, "demo", "--port=0"]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=400, env=plain_environment())

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "Exactly what should have arrived did" in ended.stdout


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
    ],
)
def test_no_process_outlives_the_command(phase: str, number: signal.Signals, mark: str) -> None:
    """What one leaves that was ready is looked for wherever a test's cloud ends (``conftest.local_cloud``)."""
    process = subprocess.Popen(
        [CARILLON, "up", "--json", "--port=0"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=plain_environment(**{MARK: mark}),
    )
    assert process.stderr is not None
    with process, process.stderr:
        said = next((line for line in process.stderr if phase in line), None)
        assert said is not None, f"never came to {phase}"
        assert until(lambda: len(processes_marked(mark)) > 1), "it started nothing that could outlive it"

        process.send_signal(number)
        process.wait(30)

    assert until(lambda: not processes_marked(mark)), processes_marked(mark)
