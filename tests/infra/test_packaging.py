"""What the functions are packed from: just enough, the same bytes each time, and provably importable."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from aws_cdk import App, Stack

from infra import layer, packaging
from infra.app import main
from infra.bytecode import compile_all, interpreter
from infra.stages import GRAVITON, LOCAL, THIS_MACHINE
from tests.unit.infra.playbook_folder import write_playbook


@pytest.fixture
def scope() -> Stack:
    return Stack(App(), "Anything")


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Archives go here instead of to the project's own folder."""
    monkeypatch.setattr(packaging, "BUILD", tmp_path / "build")
    monkeypatch.setattr(packaging, "PLAYBOOK", tmp_path / "build" / "playbook")
    return tmp_path / "build"


def test_our_archive_holds_the_functions_what_they_share_and_the_playbook_and_is_packed_once(
    scope: Stack, shelf: Path
) -> None:
    packaging.application(scope, LOCAL.target)

    (archive,) = shelf.glob("application-*.zip")
    made = archive.stat().st_mtime_ns
    names = zipfile.ZipFile(archive).namelist()
    assert {name.split("/")[0] for name in names} == {"functions", "shared", "playbook"}
    assert {"functions/ingest_events/handler.py", "shared/settings/__init__.py", "playbook/playbook.json"} <= set(names)

    packaging.application(scope, LOCAL.target)  # again, of unchanged input

    (again,) = shelf.glob("application-*.zip")
    assert again.stat().st_mtime_ns == made


def test_another_playbook_than_the_projects_may_be_deployed(tmp_path: Path, scope: Stack, shelf: Path) -> None:
    packaging.application(scope, LOCAL.target, str(write_playbook(tmp_path / "templates")))

    (archive,) = shelf.glob("application-*.zip")
    compiled = json.loads(zipfile.ZipFile(archive).read("playbook/playbook.json"))
    assert set(compiled["journeys"]) == {"hello"}
    assert not packaging.PLAYBOOK.exists()


def test_a_faulty_playbook_is_told_before_anything_is_deployed(
    tmp_path: Path, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_playbook(tmp_path / "templates", {"brand.yaml": "nmae: Alder & Oat\n"})
    monkeypatch.setattr(packaging, "PLAYBOOK_SOURCE", tmp_path / "templates")
    monkeypatch.setenv("CDK_OUTDIR", str(tmp_path / "out"))

    with pytest.raises(SystemExit, match=r'brand.yaml:1: unknown key "nmae", did you mean "name"'):
        main(["stage=local"])


def test_a_doubtful_playbook_is_told_and_packed(
    scope: Stack, tmp_path: Path, shelf: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    doubtful = "purpose: transactional\nenter: {on: Order Complete}\nsteps: [{exit: done}]\n"
    templates = write_playbook(tmp_path / "templates", {"journeys/doubtful.yaml": doubtful})
    monkeypatch.setattr(packaging, "PLAYBOOK_SOURCE", templates)

    packaging.application(scope, LOCAL.target)

    assert list(shelf.glob("application-*.zip"))
    assert 'journeys/doubtful.yaml:2: warning: enter.on: "Order Complete" is nearly' in capsys.readouterr().err


def test_nothing_is_packed_for_a_stack_that_is_not_deployed(shelf: Path) -> None:
    scope = Stack(App(context={"aws:cdk:bundling-stacks": []}), "Skipped")

    packaging.application(scope, LOCAL.target)
    packaging.dependencies(scope, LOCAL.target)

    assert not shelf.exists()


def test_the_layer_for_this_machine_imports_and_makes_every_client(tmp_path: Path) -> None:
    """Building it proves so; a service whose model is missing is told."""
    folder = tmp_path / "layer" / "python"
    folder.parent.mkdir()
    layer.install(packaging.ROOT, folder, THIS_MACHINE, Path(sys.executable))

    assert {model.name for model in (folder / "botocore" / "data").iterdir() if model.is_dir()} == set(layer.SERVICES)
    assert list((folder / "boto3" / "__pycache__").glob("session.*.pyc"))
    (folder / "botocore" / "data" / "sqs").rename(folder / "gone")
    with pytest.raises(subprocess.CalledProcessError):
        layer.verify(folder, Path(sys.executable))


def test_byte_code_is_used_whatever_the_archive_says_of_times(tmp_path: Path) -> None:
    module = tmp_path / "greeting.py"
    module.write_text("print('from source')")
    compile_all(tmp_path, Path(sys.executable))
    module.write_text("print('recompiled')")

    said = subprocess.run([sys.executable, "-c", "import greeting"], cwd=tmp_path, capture_output=True, check=True)

    assert said.stdout == b"from source\n"


def test_a_missing_interpreter_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert interpreter("3.99") is None
    assert "no Python 3.99" in capsys.readouterr().err


def test_lambdas_layer_is_for_its_own_platform() -> None:
    assert layer.options(GRAVITON) == ["--python-version", "3.13", "--python-platform", "aarch64-manylinux_2_28"]
    assert "--python-platform" not in layer.options(THIS_MACHINE)
