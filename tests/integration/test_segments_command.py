"""``carillon segments`` on a deployment that CloudFormation knows, by moto."""

import json
from pathlib import Path

import boto3
import pytest
from typer.testing import CliRunner, Result

from infra.cli import app
from infra.errors import CommandError
from infra.local.servers import listen
from shared.adapters.dynamodb.members import DynamoMembers
from tests.builders import NOON
from tests.unit.infra.playbook_folder import write_playbook

SEGMENTS = {
    "segments/regulars.yaml": "title: Regulars\nif: {did: {event: Order Completed, at_least: 2}}\n",
    "segments/vip.yaml": "title: Our best\nif: {segment: regulars}\n",
}


@pytest.fixture
def playbook(tmp_path: Path) -> Path:
    return write_playbook(tmp_path / "playbook", SEGMENTS)


@pytest.fixture
def members(table_name: str) -> DynamoMembers:
    """Those of the deployed stage ``prod``."""
    deploy("prod", TableName=table_name, EventsQueueUrl="https://sqs.example/events.fifo")
    return DynamoMembers(boto3.client("dynamodb"), table=table_name)


def deploy(stage: str, **outputs: str) -> None:
    template = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {name: {"Value": value} for name, value in outputs.items()},
    }
    name = f"carillon-{stage}-messaging"
    boto3.client("cloudformation").create_stack(StackName=name, TemplateBody=json.dumps(template))


def segments(playbook: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["segments", "--playbook", str(playbook), "--stage=prod", *arguments])


def test_the_people_of_every_segment_are_counted(members: DynamoMembers, playbook: Path) -> None:
    for number in range(1_234):
        members.enter("regulars", f"u{number}", NOON, version=1)

    ended = segments(playbook)

    assert ended.stdout.splitlines() == ["regulars      1,234  Regulars", "vip               0  Our best"]
    assert ended.exit_code == 0


def test_counts_come_as_json(members: DynamoMembers, playbook: Path) -> None:
    members.enter("vip", "u1", NOON, version=1)

    lines = segments(playbook, "--json").stdout.splitlines()

    assert [json.loads(line) for line in lines] == [
        {"segment": "regulars", "title": "Regulars", "people": 0},
        {"segment": "vip", "title": "Our best", "people": 1},
    ]


def test_everybody_in_a_segment_is_printed_a_line_each(members: DynamoMembers, playbook: Path) -> None:
    for person in ("u1", "u2", "Zoë"):
        members.enter("vip", person, NOON, version=1)
    members.leave("vip", "u2", NOON, version=2)
    members.enter("regulars", "u3", NOON, version=1)

    ended = segments(playbook, "vip")

    assert sorted(ended.stdout.splitlines()) == ["Zoë", "u1"]
    assert ended.exit_code == 0


def test_people_come_as_json_with_since_when(members: DynamoMembers, playbook: Path) -> None:
    members.enter("vip", "u1", NOON, version=1)

    ended = segments(playbook, "vip", "--json")

    assert json.loads(ended.stdout) == {"profile": "u1", "since": "2026-11-02T12:00:00.000Z"}


def test_a_segment_that_the_playbook_no_longer_has_is_printed_while_people_are_left(
    members: DynamoMembers, playbook: Path
) -> None:
    members.enter("bygone", "u1", NOON, version=1)

    assert segments(playbook, "bygone").stdout == "u1\n"


def test_a_faulty_playbook_hinders_counting_and_nothing_else(members: DynamoMembers, playbook: Path) -> None:
    (playbook / "segments/vip.yaml").write_text("title: VIP\n")
    members.enter("vip", "u1", NOON, version=1)

    counted = segments(playbook)

    assert (counted.exit_code, counted.stdout) == (2, "")
    assert "segments/vip.yaml:1:" in counted.stderr
    assert segments(playbook, "vip").stdout == "u1\n"


def test_an_empty_segment_is_no_failure_and_a_misspelt_one_is(members: DynamoMembers, playbook: Path) -> None:
    empty, misspelt = segments(playbook, "vip"), segments(playbook, "regular")

    assert (empty.exit_code, empty.stdout, empty.stderr) == (0, "", "Nobody is in vip.\n")
    assert (misspelt.exit_code, misspelt.stdout) == (1, "")
    assert 'did you mean "regulars"?' in misspelt.stderr


def test_a_playbook_without_segments_says_so(members: DynamoMembers, tmp_path: Path) -> None:
    ended = segments(write_playbook(tmp_path / "bare"))

    assert (ended.exit_code, ended.stdout) == (0, "")
    assert "has no segments" in ended.stderr


def test_a_stage_that_is_not_deployed_is_told(members: DynamoMembers, playbook: Path) -> None:
    ended = segments(playbook, "--stage=dev")

    assert isinstance(ended.exception, CommandError)
    assert "carillon-dev-messaging" in str(ended.exception)


def test_a_stage_that_is_deployed_by_half_is_told(members: DynamoMembers, playbook: Path) -> None:
    deploy("dev")

    assert isinstance(segments(playbook, "--stage=dev").exception, CommandError)


def test_an_account_that_cannot_be_asked_is_told(playbook: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")

    assert isinstance(segments(playbook).exception, CommandError)


def test_a_local_cloud_that_is_not_there_is_told(playbook: Path) -> None:
    with listen(0) as free:
        port = free.getsockname()[1]

    ended = segments(playbook, "--stage=local", f"--port={port}")

    assert isinstance(ended.exception, CommandError)
    assert f":{port}" in str(ended.exception)
    assert "carillon up" in str(ended.exception)
