"""``carillon webhooks`` on a deployed stage, by moto: what is missing, made, rotated, and what signs then."""

import base64
from pathlib import Path

import boto3
import pytest
from typer.testing import CliRunner, Result

from infra.cli import app
from infra.errors import CommandError
from shared.adapters.secrets import CachedSecret
from shared.domain.channels.webhooks import signing_key
from tests.fakes.clock import FakeClock
from tests.integration.test_segments_command import deploy
from tests.unit.infra.playbook_folder import write_playbook

NAME = "carillon-prod/webhooks/letters"
OWN = "whsec_" + base64.b64encode(b"p" * 32).decode()


@pytest.fixture
def playbook(tmp_path: Path, table_name: str) -> Path:
    deploy("prod", TableName=table_name, EventsQueueUrl="https://sqs.example/events.fifo")
    partners = "mailhouse: {url: 'https://api.mailhouse.example/', secret: letters}\n"
    return write_playbook(tmp_path, {"webhooks.yaml": partners})


def webhooks(playbook: Path, *arguments: str, said: str = "") -> Result:
    arguments = (*arguments, "--stage", "prod", "--playbook", str(playbook))
    return CliRunner().invoke(app, ["webhooks", *arguments], input=said)


def signing() -> tuple[str, ...]:
    """What the deployed dispatcher signs with."""
    return CachedSecret(boto3.client("secretsmanager"), NAME, clock=FakeClock()).values()


def test_what_is_missing_is_told_and_made_once(playbook: Path) -> None:
    missing = webhooks(playbook)
    assert missing.exit_code == 1
    assert missing.output.splitlines()[0].split() == ["mailhouse", NAME, "missing"]

    made = webhooks(playbook, "secret", "mailhouse").output.strip()
    assert len(signing_key(made)) == 32
    assert signing() == (made,)

    there = webhooks(playbook)
    assert there.exit_code == 0
    assert there.output.split() == ["mailhouse", NAME, "there"]
    assert made not in there.output
    again = webhooks(playbook, "secret", "mailhouse")
    assert isinstance(again.exception, CommandError)
    assert signing() == (made,)


def test_rotated_both_sign(playbook: Path) -> None:
    old = webhooks(playbook, "secret", "mailhouse").output.strip()
    new = webhooks(playbook, "secret", "mailhouse", "--rotate").output.strip()
    assert new != old
    assert signing() == (new, old)
    assert "the one before it too" in webhooks(playbook).output


def test_a_partners_own_secret_is_taken_from_standard_input_and_not_shown(playbook: Path) -> None:
    told = webhooks(playbook, "secret", "mailhouse", "--given", said=f"{OWN}\n")
    assert (told.exit_code, OWN in told.output) == (0, False)
    assert signing() == (OWN,)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["mailhuose"], ""), (["mailhouse", "--given"], "whsec_short\n"), (["mailhouse", "--given"], "\n")],
)
def test_what_cannot_sign_is_refused(playbook: Path, arguments: list[str], said: str) -> None:
    assert isinstance(webhooks(playbook, "secret", *arguments, said=said).exception, CommandError)
    assert webhooks(playbook).exit_code == 1, "nothing was made"


def test_a_playbook_without_partners_needs_none(playbook: Path) -> None:
    (playbook / "webhooks.yaml").unlink()
    assert "nobody is told by webhook" in webhooks(playbook).output
