"""``carillon consent`` on a deployed stage, by moto: all that a person said, with what proves it, and nobody else's."""

import json

import boto3
import pytest
from typer.testing import CliRunner, Result

from infra.cli import app
from infra.errors import CommandError
from shared.adapters.dynamodb.aliases import DynamoAliases
from shared.adapters.dynamodb.consent_history import DynamoConsentHistory
from shared.adapters.dynamodb.profiles import DynamoProfiles
from shared.domain.consent.words import ConsentState
from shared.domain.messages import ConsentRecorded
from shared.domain.profiles import Profile
from shared.domain.timing import DAY, SECOND
from tests.builders import NOON, a_profile
from tests.integration.test_segments_command import deploy

YES = ConsentRecorded(
    id="m2", state=ConsentState.SUBSCRIBED, channel="email", topic="news", at=NOON + SECOND, source="double_opt_in",
    wording="en:0f1e2d3c", evidence={"ip": "0f" * 16, "userAgent": "a1" * 16}, is_confirmed=True,
)  # fmt: skip
PAUSE = ConsentRecorded(
    id="m3", state=ConsentState.PAUSED, channel="*", topic="*", at=NOON + 2 * SECOND, source="page", until=NOON + DAY
)
BEFORE = ConsentRecorded(
    id="m1", state=ConsentState.UNSUBSCRIBED, channel="sms", topic="*", at=NOON, source="one_click"
)
VISIT = "anon:a1"

PROOF = f"wording en:0f1e2d3c, confirmed, ip {'0f' * 16}, userAgent {'a1' * 16}"
WORDS = [
    "2026-11-02T12:00:00.000Z  unsubscribed  all topics by sms (by one_click)",
    f"2026-11-02T12:00:01.000Z  subscribed    news by email (by double_opt_in; {PROOF})",
    "2026-11-02T12:00:02.000Z  paused        all topics by all channels until 2026-11-03T12:00:00.000Z (by page)",
]


@pytest.fixture(autouse=True)
def stage(table_name: str) -> None:
    """Ana, who said something as a visitor and more since; Bo, who said nothing; and Ce, who said something too."""
    deploy("prod", TableName=table_name, EventsQueueUrl="https://sqs.example/events.fifo")
    dynamodb = boto3.client("dynamodb")
    profiles = DynamoProfiles(dynamodb, table=table_name)
    aliases = DynamoAliases(dynamodb, table=table_name)
    history = DynamoConsentHistory(dynamodb, table=table_name)
    ana = a_profile(id="u1", claimed=(("anonymous", "a1"),))
    for person in (
        ana,
        a_profile(id="u2", traits={}),
        a_profile(id="u3", traits={}),
        Profile(id=VISIT, merged_into="u1"),
    ):
        profiles.save(person, ())
    aliases.claim("email", "ana@example.com", "u1", vouched=True)
    aliases.claim("anonymous", "a1", "u1")
    history.keep(VISIT, [BEFORE])
    history.keep("u1", [PAUSE, YES])
    history.keep("u3", [YES])


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["consent", *arguments, "--stage=prod"])


@pytest.mark.parametrize("person", ["u1", "email:Ana@example.com", "anonymous:a1", VISIT])
def test_all_that_a_person_said_is_told_in_order_by_whatever_they_are_known(person: str) -> None:
    told = run(person)

    assert (told.exit_code, told.stderr) == (0, "")
    assert told.stdout.splitlines() == WORDS


def test_the_same_comes_as_json_with_the_id_under_which_it_was_said() -> None:
    lines = [json.loads(line) for line in run("u1", "--json").stdout.splitlines()]

    assert [(line["profile"], line["id"], line["at"]) for line in lines] == [
        (VISIT, "m1", "2026-11-02T12:00:00.000Z"),
        ("u1", "m2", "2026-11-02T12:00:01.000Z"),
        ("u1", "m3", "2026-11-02T12:00:02.000Z"),
    ]
    assert lines[1] == {
        "profile": "u1", "id": "m2", "state": "subscribed", "channel": "email", "topic": "news",
        "at": "2026-11-02T12:00:01.000Z", "source": "double_opt_in", "wording": "en:0f1e2d3c", "is_confirmed": True,
        "evidence": {"ip": "0f" * 16, "userAgent": "a1" * 16},
    }  # fmt: skip
    assert lines[2]["until"] == "2026-11-03T12:00:00.000Z"


def test_who_said_nothing_is_told_so_and_that_is_no_failure() -> None:
    told = run("u2")
    assert (told.exit_code, told.stdout, told.stderr) == (0, "", "u2 said nothing of consent.\n")


@pytest.mark.parametrize("person", ["u4", "email:nobody@example.com", "loyalty:1", "", "x" * 2_000])
def test_of_nobody_nothing_is_told(person: str) -> None:
    told = run(person)
    assert (told.exit_code, told.stdout, told.stderr) == (1, "", "Nobody is known by that.\n")


def test_a_stage_that_is_not_deployed_is_told() -> None:
    refused = CliRunner().invoke(app, ["consent", "u1", "--stage=dev"]).exception
    assert isinstance(refused, CommandError)
    assert "carillon-dev-messaging" in str(refused)
