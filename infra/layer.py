"""The dependency layer: the locked packages for the functions' Python and platform, less what no function reads."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from infra.bytecode import compile_all
from infra.stages import Target

SERVICES: Final = (
    "dynamodb",
    "events",
    "pinpoint",
    "pinpoint-sms-voice-v2",
    "s3",
    "scheduler",
    "secretsmanager",
    "sesv2",
    "sns",
    "socialmessaging",
    "sqs",
)
"""The services whose models are kept of botocore's four hundred; a test holds this to the clients that we make."""

EXPORT: Final = ("uv", "export", "--frozen", "--no-dev", "--no-emit-project", "--quiet", "--output-file")
INSTALL: Final = (
    "uv", "pip", "install", "--quiet", "--only-binary", ":all:", "--require-hashes", "--no-installer-metadata",
)  # fmt: skip

UNREAD: Final = (
    "bin",
    "boto3/examples",
    "botocore/data/*/*/examples-1.json*",
    "phonenumbers/carrierdata",
    "phonenumbers/geodata",
    "phonenumbers/tzdata",
    "**/tests",
    "**/*.pyi",
    "**/py.typed",
)


def recipe(target: Target) -> Sequence[object]:
    """All but the lock that decides what comes out."""
    return [*INSTALL, *options(target), *SERVICES, *UNREAD]


def options(target: Target) -> list[str]:
    """How uv is told of the target."""
    foreign = ["--python-platform", target.platform] if target.platform else []
    return ["--python-version", target.python, *foreign]


def install(project: Path, folder: Path, target: Target, python: Path | None) -> None:
    """Fill the folder; where this machine can run the result, prove that it imports and makes every client."""
    requirements = folder.parent / "requirements.txt"
    subprocess.run([*EXPORT, requirements], cwd=project, check=True)
    subprocess.run([*INSTALL, *options(target), "--target", folder, "--requirement", requirements], check=True)
    requirements.unlink()
    prune(folder)
    if python is not None and not target.platform:
        verify(folder, python)
    compile_all(folder, python)


def prune(folder: Path) -> None:
    """Remove what no function reads: nearly all of botocore's models, tests, type stubs."""
    for pattern in UNREAD:
        for path in list(folder.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for model in (folder / "botocore" / "data").iterdir():
        if model.is_dir() and model.name not in SERVICES:
            shutil.rmtree(model)
    for resource in (folder / "boto3" / "data").iterdir():
        shutil.rmtree(resource) if resource.is_dir() else resource.unlink()


VERIFICATION: Final = """
import sys
sys.path.insert(0, sys.argv[1])
import boto3, idna, jinja2, phonenumbers, pydantic, re2, segno, tzdata
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.utilities.batch import SqsFifoPartialProcessor
assert boto3.__file__.startswith(sys.argv[1]), boto3.__file__
for service in sys.argv[2:]:
    boto3.client(service, region_name="eu-west-1", aws_access_key_id="none", aws_secret_access_key="none")
"""


def verify(folder: Path, python: Path) -> None:
    """Import the packages from the folder alone and make a client of each service."""
    subprocess.run([python, "-I", "-S", "-B", "-c", VERIFICATION, folder, *SERVICES], check=True)
