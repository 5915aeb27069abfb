"""``carillon keys`` on a deployment that CloudFormation knows, by moto: printed, rotated, and accepted throughout."""

import json
from dataclasses import replace
from unittest.mock import patch

import boto3
import pytest
from typer.testing import CliRunner, Result

from infra.cli import app
from infra.errors import CommandError
from infra.operations.keys import LENGTH
from infra.stages import PROD, STAGES
from shared.adapters.secrets import CachedSecret
from shared.adapters.write_keys import SecretWriteKeys
from shared.domain.events import Trust
from shared.domain.intake.client_keys import UNLIMITED, key_text
from shared.domain.timing import MINUTE
from tests.fakes.clock import FakeClock
from tests.integration.test_segments_command import deploy

RULES = {"web": UNLIMITED}


@pytest.fixture
def prod(table_name: str) -> SecretWriteKeys:
    """The keys as the functions of the deployed stage know them."""
    client = boto3.client("secretsmanager")
    arns = {name: client.create_secret(Name=name, SecretString=f"first-{name}")["ARN"] for name in "WSL"}
    deploy(
        "prod",
        TableName=table_name,
        EventsQueueUrl="https://sqs.example/events.fifo",
        WriteKeySecretArn=arns["W"],
        SecretKeySecretArn=arns["S"],
        LinkSecretArn=arns["L"],
    )
    clock = FakeClock()
    public, secret = (CachedSecret(client, arns[name], clock=clock, kept_for=-MINUTE) for name in "WS")
    return SecretWriteKeys(public=public, secret=secret, clock=clock, rules=RULES)


def keys(*arguments: str) -> Result:
    with patch.dict(STAGES, {"prod": replace(PROD, public_keys=RULES)}):
        return CliRunner().invoke(app, ["keys", *arguments, "--stage=prod"])


def printed() -> dict[str, tuple[str, str | None]]:
    lines = [json.loads(line) for line in keys("--json").stdout.splitlines()]
    return {line["name"]: (line["key"], line["previous"]) for line in lines}


def test_every_key_that_is_printed_is_one_that_is_accepted(prod: SecretWriteKeys) -> None:
    assert printed() == {
        "public": ("first-W", None),
        "web": (key_text("web", "first-W"), None),
        "secret": ("first-S", None),
    }
    assert {name: prod.trust_of(key) for name, (key, _) in printed().items()} == {
        "public": Trust.PUBLIC,
        "web": Trust.PUBLIC,
        "secret": Trust.SECRET,
    }


@pytest.mark.parametrize(
    ("which", "concerned"), [("public", {"public", "web"}), ("secret", {"secret"}), ("link", set())]
)
def test_what_is_rotated_is_accepted_before_and_after(prod: SecretWriteKeys, which: str, concerned: set[str]) -> None:
    before = printed()
    told = keys("rotate", which)
    assert (told.exit_code, "stays good until the next rotation" in told.stdout) == (0, True)
    after = printed()
    for name, (key, previous) in after.items():
        assert (key != before[name][0], previous) == ((True, before[name][0]) if name in concerned else (False, None))
        assert prod.trust_of(key) is prod.trust_of(before[name][0]) is not None
    if which != "link":
        assert len(after[which][0]) == LENGTH


def test_the_second_rotation_ends_the_first_key_and_asks_before_it_does(prod: SecretWriteKeys) -> None:
    keys("rotate", "secret")
    second = printed()["secret"][0]
    refused = keys("rotate", "secret")
    assert isinstance(refused.exception, CommandError)
    assert "--end-previous" in str(refused.exception)
    assert printed()["secret"] == (second, "first-S")
    assert keys("rotate", "secret", "--end-previous").exit_code == 0
    assert [prod.trust_of(key) for key in ("first-S", second)] == [None, Trust.SECRET]


@pytest.mark.parametrize("which", ["digest", "all", ""])
def test_nothing_else_is_rotated(prod: SecretWriteKeys, which: str) -> None:
    assert isinstance(keys("rotate", which).exception, CommandError)


def test_a_stack_that_is_not_there_is_said(aws: None) -> None:
    assert isinstance(keys().exception, CommandError)
