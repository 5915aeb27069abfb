"""Imports point inwards: functions → bootstrap → adapters | services → ports → domain; any layer may import errors."""

import ast
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from infra.layer import SERVICES

ROOT = Path(__file__).resolve().parents[2]
OUTSIDE = ("boto3", "botocore", "aws_lambda_powertools", "jinja2", "pydantic", "os")
"""What talks to the world or shapes its input: none of it in the rules, so that they run anywhere and start fast."""

FORBIDDEN = {
    "shared/domain": (
        *OUTSIDE,
        "shared.ports",
        "shared.services",
        "shared.adapters",
        "shared.bootstrap",
        "shared.settings",
        "functions",
        "infra",
        "tests",
    ),
    "shared/services": (
        *OUTSIDE,
        "shared.adapters",
        "shared.bootstrap",
        "shared.settings",
        "functions",
        "infra",
        "tests",
    ),
    "shared/ports": (
        *OUTSIDE,
        "shared.services",
        "shared.adapters",
        "shared.bootstrap",
        "functions",
        "infra",
        "tests",
    ),
    "shared/adapters": ("shared.bootstrap", "shared.settings", "functions", "infra", "tests"),
    "shared": ("functions", "infra", "tests"),
    # A handler parses, which adapters.sources help it with; what it talks to comes from its bootstrap.
    "functions": ("boto3", "botocore", "shared.adapters.dynamodb", "shared.adapters.channels", "infra", "tests"),
    "infra": ("tests",),
}

RUNTIME = {
    "aws_lambda_powertools",
    "boto3",
    "botocore",
    "idna",
    "jinja2",
    "markupsafe",
    "phonenumbers",
    "pydantic",
    "pydantic_core",
    "re2",
    "segno",
    "tzdata",
}
"""What the dependency layer holds and our code may name; a test holds it to the project's dependencies."""


@pytest.mark.parametrize("layer", FORBIDDEN)
def test_imports_point_inwards(layer: str) -> None:
    broken = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules_of(ROOT / layer)
        for name in imported_names(path)
        if any(name == forbidden or name.startswith(f"{forbidden}.") for forbidden in FORBIDDEN[layer])
    }

    assert not broken


@pytest.mark.parametrize("function", sorted(path.parent.name for path in ROOT.glob("functions/*/handler.py")))
def test_a_function_imports_nothing_that_its_layer_lacks(function: str) -> None:
    needed = {
        name.partition(".")[0]: str(path.relative_to(ROOT))
        for path in reached_from(ROOT / "functions" / function / "handler.py")
        for name in imported_names(path)
    }
    own = {"functions", "shared"}

    assert not {name: path for name, path in needed.items() if name not in RUNTIME | own | set(sys.stdlib_module_names)}


def test_the_layer_holds_the_projects_dependencies() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = {item.split(">")[0].split("=")[0].split("[")[0].replace("-", "_") for item in project["dependencies"]}

    assert {{"google_re2": "re2"}.get(name, name) for name in named} <= RUNTIME


def test_the_layer_keeps_the_model_of_every_service_that_is_called() -> None:
    """Botocore's models of all other services are left out of the layer, and resources need more than models."""
    made = {
        (call.func.attr, argument.value)
        for folder in ("shared", "functions")
        for path in modules_of(ROOT / folder)
        for call in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in {"client", "resource"}
        for argument in call.args[:1]
        if isinstance(argument, ast.Constant)
    }

    assert {kind for kind, _ in made} <= {"client"}
    assert {service for _, service in made} <= set(SERVICES)


def modules_of(place: Path) -> list[Path]:
    return sorted(place.rglob("*.py")) if place.is_dir() else [place]


@cache
def imported_names(path: Path) -> frozenset[str]:
    """Every module that the file imports when it runs; those for type checkers only do not count."""
    return frozenset(_imports(ast.parse(path.read_bytes())))


def _imports(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return
        case ast.Import(names=names):
            yield from (alias.name for alias in names)
        case ast.ImportFrom(module=str() as module, names=names, level=0):
            yield module
            yield from (f"{module}.{alias.name}" for alias in names)
    for child in ast.iter_child_nodes(node):
        yield from _imports(child)


def reached_from(start: Path) -> set[Path]:
    """The file and all of ours that it imports, directly or not."""
    reached, waiting = set[Path](), [start]
    while waiting:
        path = waiting.pop()
        if path not in reached:
            reached.add(path)
            waiting += [found for name in imported_names(path) for found in _files_of(name)]
    return reached


def _files_of(name: str) -> list[Path]:
    place = ROOT.joinpath(*name.split("."))
    return [path for path in (place.with_suffix(".py"), place / "__init__.py") if path.is_file()]
