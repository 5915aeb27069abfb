"""``carillon coupons`` on a deployment that CloudFormation knows, by moto."""

from pathlib import Path

import boto3
import pytest
from typer.testing import CliRunner, Result

from infra.cli import app
from infra.commands.coupons import low_pools
from shared.adapters.dynamodb.coupons import DynamoCoupons
from tests.builders import a_coupon
from tests.integration.test_segments_command import deploy
from tests.unit.infra.playbook_folder import write_playbook

COUPONS = "welcome10: {title: 10 % off}\nspring: {title: Free delivery, kind: pool}\n"


@pytest.fixture
def coupons(table_name: str) -> DynamoCoupons:
    deploy("prod", TableName=table_name, EventsQueueUrl="https://sqs.example/events.fifo")
    return DynamoCoupons(boto3.client("dynamodb"), table=table_name)


def run(folder: Path, *arguments: str) -> Result:
    playbook = write_playbook(folder / "playbook", {"coupons.yaml": COUPONS})
    return CliRunner().invoke(app, ["coupons", *arguments, "--playbook", str(playbook), "--stage=prod"])


def test_codes_are_added_to_a_pool_and_counted(coupons: DynamoCoupons, tmp_path: Path) -> None:
    codes = tmp_path / "codes.txt"
    codes.write_text("\ufeffSpring-1\n\nSpring-2 \nspring1\n")

    added = run(tmp_path, "add", "spring", str(codes))
    assert added.stdout == "2 codes of the file are free in spring; 1 were given before, or stand twice.\n"
    coupons.draw(a_coupon("", offer="spring"))
    assert "1 codes of the file" in run(tmp_path, "add", "spring", str(codes)).stdout
    assert run(tmp_path, "list").stdout == "welcome10  generated  10 % off\nspring  1 left  Free delivery\n"


@pytest.mark.parametrize(
    ("pool", "codes", "problem"),
    [
        ("welcome10", "A\n", "coupons.yaml has no pool welcome10"),
        ("other", "A\n", "coupons.yaml has no pool other"),
        ("spring", "A\n---\n", "code 2 of codes.txt cannot be one"),
        ("spring", "A" * 65, "code 1 of codes.txt cannot be one"),
    ],
)
def test_what_cannot_be_added_is_said(
    coupons: DynamoCoupons, tmp_path: Path, pool: str, codes: str, problem: str
) -> None:
    (tmp_path / "codes.txt").write_text(codes)

    ended = run(tmp_path, "add", pool, str(tmp_path / "codes.txt"))
    assert ended.exit_code == 1
    assert problem in str(ended.exception)
    assert coupons.left("spring") == 0


def test_pools_with_few_codes_are_named() -> None:
    [line] = low_pools({"spring": 24, "autumn": 25})

    assert line.startswith("The pool of coupons spring has 24 codes left")
