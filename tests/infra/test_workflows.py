"""The workflows: plain, keyless, and of one mind with the stacks about names and versions."""

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from infra.stages import LOCAL, STAGES
from tests.infra.synthesis import Synthesised

FOLDER = Path(__file__).resolve().parents[2] / ".github" / "workflows"
WORKFLOWS = sorted(path.name for path in FOLDER.glob("*.yml"))


@pytest.mark.parametrize("name", WORKFLOWS)
def test_actions_of_others_are_pinned(name: str) -> None:
    used = re.findall(r"uses: (\S+)", (FOLDER / name).read_text())

    assert all(re.search(r"@v\d+", action) or action.startswith("./") for action in used)


@pytest.mark.parametrize("name", WORKFLOWS)
def test_no_workflow_holds_a_key(name: str) -> None:
    assert "secrets." not in (FOLDER / name).read_text()


def test_changes_are_checked_before_they_are_deployed() -> None:
    deploy = read("deploy.yml")["jobs"]

    assert "bash .ci/run" in (FOLDER / "checks.yml").read_text()
    assert deploy["dev"]["needs"] == "check"
    assert deploy["prod"]["needs"] == "dev"


def test_every_stage_in_aws_is_deployed_by_the_role_that_it_trusts(prod: Synthesised) -> None:
    deployed = {job["with"]["stage"] for job in read("deploy.yml")["jobs"].values() if "with" in job}
    assumed = "role/carillon-${{ inputs.stage }}-deploy"

    assert deployed == set(STAGES) - {LOCAL.name}
    assert assumed in (FOLDER / "deploy-stage.yml").read_text()
    assert "carillon-prod-deploy" in {role.get("RoleName") for role in prod.resources("AWS::IAM::Role").values()}


def read(name: str) -> Any:
    return YAML(typ="safe").load(FOLDER / name)
