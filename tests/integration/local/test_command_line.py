"""What goes wrong is told in one sentence, with the remedy."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from infra.local.servers import listen

CARILLON = str(Path(sys.executable).with_name("carillon"))


def carillon(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    whole = {**os.environ, **environment}
    return subprocess.run([CARILLON, *arguments], check=False, capture_output=True, text=True, timeout=60, env=whole)


def the_one_sentence(ended: subprocess.CompletedProcess[str]) -> str:
    assert ended.returncode == 1
    assert ended.stdout.strip() == ""
    (line,) = ended.stderr.splitlines()
    assert line.startswith("carillon: ")
    assert line.endswith(".")
    return line


@pytest.mark.parametrize("command", ["up", "demo"])
def test_a_port_in_use_is_told(command: str) -> None:
    with listen(0) as taken:
        port = taken.getsockname()[1]
        said = the_one_sentence(carillon(command, f"--port={port}"))

    assert f"port {port}" in said
    assert "--port" in said


def test_a_missing_tool_is_told(tmp_path: Path) -> None:
    said = the_one_sentence(carillon("up", "--port=0", PATH=str(tmp_path)))

    assert "uvx" in said
    assert "pip install uv" in said


def test_a_deployment_that_is_not_there_is_told() -> None:
    with listen(0) as free:
        port = free.getsockname()[1]

    said = the_one_sentence(carillon("segments", f"--port={port}"))

    assert f":{port}" in said
    assert "carillon up" in said


def test_wrong_usage_is_told() -> None:
    assert carillon("up", "--speed=0").returncode == 2
    assert carillon("nonsense").returncode == 2


def test_every_command_explains_itself() -> None:
    from infra.cli import app
    from infra.commands import COMMANDS

    assert carillon("check", "--help").returncode == 0
    for name in COMMANDS:
        assert CliRunner().invoke(app, [name, "--help"]).exit_code == 0, name
