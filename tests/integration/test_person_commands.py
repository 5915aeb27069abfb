"""``carillon person``, ``export`` and ``erase`` on a deployed stage, by moto: what the staff API answers."""

import copy
import io
import json
from collections.abc import Iterator
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from typer.testing import CliRunner, Result

import infra.operations.staff
from functions.serve_profiles.handler import lambda_handler
from infra.cli import app
from infra.errors import CommandError
from shared.adapters.dynamodb.erasures import DynamoErasures
from shared.domain.consent.words import Channel, Purpose, Statement
from shared.domain.profiles import Profile, Touch
from shared.services import serve_profiles
from tests.builders import NOON, an_event
from tests.fakes.clock import FakeClock
from tests.http_requests import SHAPE
from tests.integration.lambda_events import FakeLambdaContext
from tests.integration.staff import Staff, deployed
from tests.integration.test_segments_command import deploy

ANA = Profile(
    id="u-1",
    traits={"firstName": "Ana", "email": "ana@example.com", "phone": "+353871234567"},
    consent={("email", "newsletter"): Statement(subscribed=True, at=NOON, source="page")},
    segments={"regulars": NOON},
    touches=(
        Touch(channel=Channel.EMAIL, purpose=Purpose.MARKETING, at=NOON, message="welcome_mail", journey="welcome"),
    ),
)
SWEPT = {"profiles": 1, "dead_letters": 2}


class Gateway:
    """API Gateway between the command and the function; ``sweeps``: an erasure's first sweep ends at once."""

    def __init__(self, table: str) -> None:
        self.table = table
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.host != "api.example":
            assert "authorization" not in request.headers
            return httpx.Response(200, content=b'{"kept": true}')
        path = request.url.raw_path.decode()
        self.asked.append(f"{request.method} {path}")
        shape: dict[str, Any] = copy.deepcopy(SHAPE)
        shape["rawPath"] = shape["requestContext"]["http"]["path"] = path
        shape["requestContext"]["http"]["method"] = request.method
        shape["headers"]["authorization"] = request.headers["authorization"]
        with redirect_stdout(io.StringIO()):  # its metrics are no output of the command
            answer = lambda_handler(shape | {"body": request.content.decode()}, FakeLambdaContext())
        if request.method == "DELETE":
            erasures = DynamoErasures(boto3.client("dynamodb"), table=self.table, clock=FakeClock())
            erasures.add(json.loads(answer["body"])["id"], SWEPT)
        headers = {name: str(value) for name, value in answer["headers"].items()}
        return httpx.Response(answer["statusCode"], headers=headers, text=answer["body"])


@pytest.fixture
def staff(table_name: str, artefact: Path) -> Iterator[Staff]:
    with deployed(table_name, artefact) as found:
        secret = boto3.client("secretsmanager").describe_secret(SecretId="secret")["ARN"]
        outputs = {"ApiUrl": "https://api.example", "SecretKeySecretArn": secret}
        deploy("prod", TableName=table_name, EventsQueueUrl="https://sqs.example/events.fifo", **outputs)
        found.know(ANA)
        found.alias("email", "ana@example.com", ANA.id)
        yield found


@pytest.fixture
def gateway(staff: Staff, monkeypatch: pytest.MonkeyPatch) -> Gateway:
    gateway = Gateway(staff.table_name)
    api = partial(infra.operations.staff.StaffApi, transport=httpx.MockTransport(gateway))
    monkeypatch.setattr(infra.operations.staff, "StaffApi", api)
    return gateway


def run(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(app, [*arguments, "--stage=prod"], input=typed)


def test_a_person_is_told_in_a_few_lines_by_whatever_they_are_known(gateway: Gateway) -> None:
    told = run("person", "email:ana@example.com")

    assert told.exit_code == 0, told.exception
    first, *lines = told.stdout.splitlines()
    assert first == "u-1"
    assert "Known by  email:ana@example.com" in lines
    assert "Segments  Regulars, since 2026-11-02 12:00" in lines
    assert "Sent      2026-11-02 12:00  welcome_mail by email" in lines
    assert any(line.startswith("  ") and "Ana" in line for line in lines)
    assert gateway.asked == ["POST /v1/profiles/search"]


def test_all_that_the_api_tells_comes_as_json(gateway: Gateway, staff: Staff) -> None:
    assert json.loads(run("person", "u-1", "--json").stdout) == staff.ask("u-1").json


@pytest.mark.parametrize("command", ["person", "export"])
def test_of_nobody_nothing_is_told(gateway: Gateway, command: str) -> None:
    told = run(command, "loyalty:4711")

    assert (told.exit_code, told.stdout, told.stderr) == (1, "", "Nobody is known by that.\n")


def test_an_export_goes_to_standard_output_or_to_a_file_of_ones_own(
    gateway: Gateway, staff: Staff, tmp_path: Path
) -> None:
    staff.timeline.append(ANA.id, [an_event(id="e1", profile_id=ANA.id)])
    file = tmp_path / "ana.json"

    printed = json.loads(run("export", "email:ana@example.com").stdout)
    assert run("export", "u-1", "-o", str(file)).exit_code == 0

    assert printed["profile"]["id"] == "u-1"
    assert [event["messageId"] for event in json.loads(file.read_bytes())["timeline"]] == ["e1"]
    assert file.stat().st_mode & 0o777 == 0o600
    again = run("export", "u-1", "--output", str(file))
    assert isinstance(again.exception, CommandError)
    assert "is there already" in str(again.exception)


def test_a_large_export_is_fetched_where_it_is_kept_without_the_key(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve_profiles, "INLINE", 10)

    assert json.loads(run("export", "u-1").stdout) == {"kept": True}


def test_nobody_is_erased_before_the_answer_is_yes(gateway: Gateway) -> None:
    asked = run("erase", "u-1", typed="n\n")

    assert asked.exit_code == 1
    assert "This erases u-1 in prod, known by email:ana@example.com" in asked.stdout
    assert "cannot be undone" in asked.stdout
    assert not [each for each in gateway.asked if each.startswith("DELETE")]


@pytest.mark.parametrize(("options", "typed"), [((), "y\n"), (("--yes",), "")])
def test_the_first_sweep_is_waited_for_and_its_counts_told(
    gateway: Gateway, options: tuple[str, ...], typed: str
) -> None:
    told = run("erase", "email:ana@example.com", *options, typed=typed)

    assert told.exit_code == 0, told.exception
    assert "The first sweep removed 2 dead letters, 1 profiles." in told.stdout
    receipt = told.stdout.split("receipt is ")[1].split(".")[0]
    assert gateway.asked[1:] == ["DELETE /v1/profiles/u-1", f"GET /v1/erasures/{receipt}"]
    later = run("erase", "--receipt", receipt)
    assert "not done yet; removed: 2 dead letters, 1 profiles." in later.stdout


def test_what_never_became_a_person_is_erased_too(gateway: Gateway) -> None:
    told = run("erase", "loyalty:4711", "--yes")

    assert (told.exit_code, "Nobody is known by that in prod" in told.stdout) == (0, True)
    assert gateway.asked[-1] == "DELETE /v1/profiles/loyalty%3A4711"


def test_a_receipt_that_is_not_there_is_said(gateway: Gateway) -> None:
    assert run("erase", "--receipt", "0" * 32).exit_code == 1


def test_an_id_that_cannot_stand_in_an_address_is_named_otherwise(gateway: Gateway, staff: Staff) -> None:
    staff.know(Profile(id="shop/7", traits={"email": "bo@example.com"}))
    staff.alias("email", "bo@example.com", "shop/7")

    assert isinstance(run("export", "shop/7").exception, CommandError)
    assert json.loads(run("export", "email:bo@example.com").stdout)["profile"]["id"] == "shop/7"


def test_a_refusal_is_told_with_its_remedy(gateway: Gateway) -> None:
    told = run("person", "x" * 2_000)

    assert isinstance(told.exception, CommandError)
    assert "must be a text of at most" in str(told.exception)


def test_a_stack_that_is_not_there_is_said(aws: None) -> None:
    assert isinstance(run("person", "u-1").exception, CommandError)
