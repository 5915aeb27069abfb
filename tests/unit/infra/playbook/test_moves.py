"""``carillon check --against``: whether people in flight can move on to a journey that has changed."""

import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from infra.cli import app
from tests.unit.infra.playbook_folder import HELLO, write_playbook

FILE = "journeys/hello.yaml"
MOVES = "in_flight: migrate\n" + HELLO
SHIFTED = MOVES.replace("steps:\n", "steps:\n  - wait: 5 minutes\n")
LOST = (
    "journeys/hello.yaml:1: in_flight: nobody can tell where those go on who stand at the former step 0, which has no "
    "name: keep it, or name the steps before you move them; those would finish on the version they entered"
)


def check(playbook: Path, against: str) -> tuple[int, list[str], str]:
    result = CliRunner().invoke(app, ["check", "--playbook", str(playbook), "--against", against])
    return result.exit_code, result.stdout.splitlines(), result.stderr


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (HELLO, HELLO, []),
        (HELLO, MOVES, []),
        (HELLO, MOVES.replace("1 hour", "2 hours"), []),
        (HELLO, HELLO.replace("steps:\n", "steps:\n  - wait: 5 minutes\n"), []),
        (HELLO, SHIFTED, [LOST, LOST.replace("step 0", "step 1")]),
        (
            HELLO.replace("wait: 1 hour", "wait: 1 hour\n    name: pause"),
            MOVES.replace("wait: 1 hour", "wait: 1 hour\n    name: rest"),
            [LOST.replace("0, which has no name", '"pause"')],
        ),
        (
            HELLO.replace("wait: 1 hour", "wait: 1 hour\n    name: pause"),
            MOVES.replace("  - wait: 1 hour", "  - wait: 1 hour\n    name: pause"),
            [],
        ),
    ],
)
def test_what_cannot_be_moved_is_told(tmp_path: Path, before: str, after: str, told: list[str]) -> None:
    former = write_playbook(tmp_path / "former", {FILE: before})
    code, lines, _ = check(write_playbook(tmp_path / "now", {FILE: after}), str(former))
    assert [line for line in lines if "in_flight" in line] == told
    assert code == (1 if told else 0)


def test_the_former_one_may_be_a_revision_of_git(tmp_path: Path) -> None:
    def git(*words: str) -> None:
        identity = ["-c", "user.name=Ana", "-c", "user.email=ana@example.com", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", "-C", str(tmp_path), *identity, *words], check=True, capture_output=True)

    playbook = write_playbook(tmp_path / "templates", {})
    git("init", "--quiet")
    git("add", ".")
    git("commit", "--quiet", "--message", "first")
    write_playbook(playbook, {FILE: SHIFTED})
    code, lines, _ = check(playbook, "HEAD")
    assert (code, lines[0]) == (1, LOST)


@pytest.mark.parametrize("against", ["nowhere", "--output=x", "HEAD"])
def test_one_that_is_nowhere_is_told(tmp_path: Path, against: str) -> None:
    code, lines, error = check(write_playbook(tmp_path / "now", {}), against)
    assert (code, lines) == (2, [])
    assert "is no folder, and no revision of git" in " ".join(error.replace("│", " ").split())
