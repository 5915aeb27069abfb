"""What the functions are made of, without Docker: one archive of our code and one of the packages it imports.

Both are built below ``.build/``, named by what they are built from, and taken from there while that is unchanged.
"""

import hashlib
import json
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from aws_cdk import Stack
from aws_cdk.aws_lambda import Code
from constructs import Construct

from infra import layer
from infra.bytecode import compile_all, interpreter
from infra.playbook.build import build_playbook
from infra.stages import Target

ROOT: Final = Path(__file__).resolve().parents[1]
BUILD: Final = ROOT / ".build"
PLAYBOOK_SOURCE: Final = ROOT / "templates"
PLAYBOOK: Final = BUILD / "playbook"
KEPT: Final = 8
"""Archives of a kind: enough for all stages, and for going back and forth between branches."""
SOURCES: Final = ("functions", "shared")

EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest date that a zip file can tell: the same input gives the same bytes."""


def application(scope: Construct, target: Target, playbook: str = "") -> Code:
    """Our code and the compiled playbook; a faulty playbook raises here, a doubtful one is told."""
    if not Stack.of(scope).bundling_required:
        return stand_in()
    compiled = BUILD / f"playbook-{digest_of([playbook.encode()])}" if playbook else PLAYBOOK
    for warning in build_playbook(Path(playbook) if playbook else PLAYBOOK_SOURCE, compiled):
        print(warning, file=sys.stderr)
    python = interpreter(target.python)
    folders = {name: ROOT / name for name in SOURCES} | {"playbook": compiled}
    digest = digest_of([*_contents(folders), str(python and target.python).encode()])

    def build(folder: Path) -> None:
        for name, source in folders.items():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        compile_all(folder, python)

    return _archive("application", digest, build)


def dependencies(scope: Construct, target: Target) -> Code:
    """The locked packages, for the target's Python and platform, less what no function reads."""
    if not Stack.of(scope).bundling_required:
        return stand_in()
    python = interpreter(target.python)
    inputs = [json.dumps([layer.recipe(target), bool(python)]).encode(), (ROOT / "uv.lock").read_bytes()]
    digest = digest_of(inputs)
    return _archive("dependencies", digest, lambda folder: layer.install(ROOT, folder / "python", target, python))


def stand_in() -> Code:
    """Takes the place of an archive where the CDK skips bundling: such a stack is not deployed."""
    return Code.from_asset(str(ROOT / "functions"))


def digest_of(inputs: Iterable[bytes]) -> str:
    """Names an archive by what goes into it and by the code that makes it."""
    digest = hashlib.sha256()
    for item in [*inputs, Path(__file__).read_bytes(), Path(layer.__file__).read_bytes()]:
        digest.update(len(item).to_bytes(8) + item)
    return digest.hexdigest()[:32]


def _archive(kind: str, digest: str, build: Callable[[Path], None]) -> Code:
    archive = BUILD / f"{kind}-{digest}.zip"
    if not archive.exists():
        print(f"Packing {archive.name}", file=sys.stderr)
        BUILD.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=BUILD) as workshop:
            folder, unfinished = Path(workshop, "content"), Path(workshop, "archive.zip")
            folder.mkdir()
            build(folder)
            _pack(folder, unfinished)
            unfinished.rename(archive)  # At once, so that whoever builds beside us never sees half an archive.
        for outdated in sorted(BUILD.glob(f"{kind}-*.zip"), key=_age)[KEPT:]:
            outdated.unlink(missing_ok=True)
    return Code.from_asset(str(archive), asset_hash=digest)


def _age(archive: Path) -> float:
    """Sorts the newest first, and what someone else has just removed last."""
    try:
        return -archive.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _contents(folders: dict[str, Path]) -> Iterator[bytes]:
    for name, folder in folders.items():
        for path in _files(folder):
            yield f"{name}/{path.relative_to(folder)}".encode()
            yield path.read_bytes()


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


def _pack(folder: Path, archive: Path) -> None:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as pack:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(str(path.relative_to(folder)), EPOCH)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            pack.writestr(entry, path.read_bytes())
