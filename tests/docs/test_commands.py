"""Every command in the documentation exists, with every option that it is given."""

import re

import botocore.session
import pytest
import typer
from botocore import xform_name

from infra.cli import app
from infra.commands import COMMANDS, PANELS
from tests.docs.examples import ROOT, Command, commands

GLOBAL_OPTIONS = {"query", "output", "region", "profile"}
OUTSIDE_THE_API = {("s3", "cp"), ("s3", "ls")}
"""What the AWS CLI has beside the services' own operations."""

CARILLON = typer.main.get_group(app).commands
AWS = botocore.session.get_session()


@pytest.mark.parametrize("command", commands("carillon"), ids=str)
def test_every_carillon_command_takes_its_options(command: Command) -> None:
    _, name, *words = command.words
    found = CARILLON[name]
    found = getattr(found, "commands", {}).get(words[0] if words else "", found)
    known = {option for parameter in found.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known


@pytest.mark.parametrize("command", commands("aws"), ids=str)
def test_every_aws_command_is_one_of_its_service(command: Command) -> None:
    _, service, operation, *words = command.words
    if (service, operation) in OUTSIDE_THE_API:
        return
    model = AWS.get_service_model(service)
    operations = {xform_name(name, "-"): name for name in model.operation_names}
    shape = model.operation_model(operations[operation]).input_shape
    members = {xform_name(name, "-"): name for name in shape.members} if shape else {}
    given = {word.removeprefix("--") for word in words if word.startswith("--")}
    for option in given - GLOBAL_OPTIONS:
        assert option in members or option.removeprefix("no-") in members, option
    required = {xform_name(name, "-") for name in shape.required_members} if shape else set()
    assert required <= {option.removeprefix("no-") for option in given}


def test_the_cdk_is_pinned_alike_everywhere() -> None:
    files = ["README.md", "infra/local/deployment.py", ".github/workflows/deploy-stage.yml"]
    pins = {pin for file in files for pin in re.findall(r"aws-cdk@[\w.]+", (ROOT / file).read_text("utf-8"))}
    assert len(pins) == 1


def test_the_two_commands_are_the_ones_that_are_checked() -> None:
    assert "\nuv run pytest\n" in (ROOT / ".ci/run").read_text("utf-8")
    assert "pip install uv && uv run carillon demo\nuv run pytest\n" in (ROOT / "README.md").read_text("utf-8")


def test_the_help_names_every_command_once() -> None:
    assert sorted(name for names in PANELS.values() for name in names) == sorted(COMMANDS)
