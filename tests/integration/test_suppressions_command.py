"""``carillon suppressions`` on a deployment by moto; SES and End User Messaging answer by botocore's stubber."""

import json
from datetime import datetime
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from botocore.stub import Stubber
from typer.testing import CliRunner, Result

from infra.cli import app
from infra.errors import CommandError
from infra.operations.cloud import Cloud
from shared.adapters.dynamodb.aliases import DynamoAliases
from shared.adapters.dynamodb.suppressions import DynamoSuppressions
from shared.domain.consent.words import Channel, SuppressionReason
from shared.domain.events import Event, Trust, event_from_dict
from shared.domain.identity.identifiers import Identifier, provisional_profile_id
from shared.domain.timing import from_datetime
from shared.services.digests import keyed_digest
from tests.aws import own_client
from tests.builders import NOON

ANA, PHONE = "ana@example.com", "+353871234567"
THEN = datetime.fromisoformat("2026-10-01T09:30:00+00:00")
BOUNCED = {"EmailAddress": "Ana@example.com", "Reason": "BOUNCE", "LastUpdateTime": THEN}
COMPLAINED = {"EmailAddress": "bo@example.com", "Reason": "COMPLAINT", "LastUpdateTime": THEN}
STOPPED = {"OptedOutNumber": PHONE, "OptedOutTimestamp": THEN, "EndUserOptedOut": True}


class FixedClock:
    def now(self) -> int:
        return NOON

    def wall(self) -> int:
        return NOON


class House:
    """A stage with clients that answer what the test says."""

    def __init__(self, table: str) -> None:
        self.sqs = boto3.client("sqs")
        queue = self.sqs.create_queue(QueueName=f"{table}.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
        secrets = boto3.client("secretsmanager")
        secret = secrets.create_secret(Name=table, SecretString="salt")["ARN"]
        dynamodb = boto3.client("dynamodb")
        self.list = DynamoSuppressions(
            dynamodb, table=table, digest=lambda kind, value: keyed_digest(b"salt", kind, value)
        )
        self.aliases = DynamoAliases(dynamodb, table=table)
        self.providers = {name: own_client(name) for name in ("sesv2", "sns", "pinpoint-sms-voice-v2")}
        self.stubs = {name: Stubber(client) for name, client in self.providers.items()}
        for stub in self.stubs.values():
            stub.activate()
        self.cloud = Cloud(
            stage="prod",
            dynamodb=dynamodb,
            sqs=self.sqs,
            functions=None,
            table=table,
            queue_url=queue,
            clock=FixedClock(),  # type: ignore[arg-type]
            client=lambda name: self.providers.get(name) or boto3.client(name),  # type: ignore[call-overload]
            outputs={"DigestSecretArn": secret},
        )

    def ses_lists(self, *pages: list[dict[str, Any]]) -> None:
        for number, page in enumerate(pages):
            more = {"NextToken": f"t{number + 1}"} if number + 1 < len(pages) else {}
            asked = {"NextToken": f"t{number}"} if number else {}
            answer = {"SuppressedDestinationSummaries": page, **more}
            self.stubs["sesv2"].add_response("list_suppressed_destinations", answer, asked)

    def run(self, *arguments: str) -> Result:
        with patch("infra.operations.cloud.connect", return_value=self.cloud):
            return CliRunner().invoke(app, ["suppressions", *arguments, "--stage=prod"])

    def events(self) -> list[Event]:
        found = []
        while told := self.sqs.receive_message(QueueUrl=self.cloud.queue_url, MaxNumberOfMessages=10).get("Messages"):
            found += [event_from_dict(json.loads(one["Body"])) for one in told]
            for one in told:
                self.sqs.delete_message(QueueUrl=self.cloud.queue_url, ReceiptHandle=one["ReceiptHandle"])
        return found


@pytest.fixture
def house(table_name: str) -> House:
    return House(table_name)


def test_every_page_of_ses_s_list_is_noted_and_told_to_whose_it_is(house: House) -> None:
    house.aliases.claim("email", ANA, "u1", vouched=True)
    house.ses_lists([BOUNCED], [COMPLAINED])

    ended = house.run("sync", "--provider=ses")

    assert ended.stdout == (
        "ses: 2 newly noted (1 told to their people), 0 known before, 0 lifted here since, 0 unreadable\n"
    )
    at = from_datetime(THEN)
    assert house.list.find(Channel.EMAIL, ANA) == {SuppressionReason.HARD_BOUNCE: at}
    assert house.list.find(Channel.EMAIL, "bo@example.com") == {SuppressionReason.COMPLAINT: at}
    [event] = house.events()
    assert (event.name, event.profile_id, event.at, event.trust) == ("Address Suppressed", "u1", at, Trust.SYSTEM)
    assert event.properties == {
        "channel": "email",
        "source": "provider",
        "reason": "hard_bounce",
        "address": "Ana@example.com",
    }


def test_a_repetition_changes_nothing(house: House) -> None:
    house.aliases.claim("email", ANA, "u1", vouched=True)
    house.ses_lists([BOUNCED])
    house.run("sync", "--provider=ses")
    house.events()
    house.ses_lists([BOUNCED])

    assert "0 newly noted (0 told to their people), 1 known before" in house.run("sync", "--provider=ses").stdout
    assert house.events() == []


def test_what_was_lifted_here_since_stays_lifted(house: House) -> None:
    house.list.lift(Channel.EMAIL, ANA, [SuppressionReason.HARD_BOUNCE], from_datetime(THEN) + 1)
    house.ses_lists([BOUNCED, {**BOUNCED, "EmailAddress": "nothing"}])

    assert "1 lifted here since, 1 unreadable" in house.run("sync", "--provider=ses").stdout
    assert house.list.find(Channel.EMAIL, ANA) == {}
    assert house.events() == []


def test_an_address_that_was_erased_is_told_to_nobody(house: House) -> None:
    house.aliases.claim("email", ANA, "u1", vouched=True)
    house.list.suppress(Channel.EMAIL, ANA, SuppressionReason.ERASED, NOON)
    house.ses_lists([BOUNCED])

    assert "1 newly noted (0 told" in house.run("sync", "--provider=ses").stdout
    assert house.events() == []


def test_an_opt_out_of_nobody_known_is_kept_for_who_comes(house: House) -> None:
    house.stubs["pinpoint-sms-voice-v2"].add_response(
        "describe_opted_out_numbers", {"OptedOutNumbers": [STOPPED]}, {"OptOutListName": "shop"}
    )

    assert "1 newly noted (1 told" in house.run("sync", "--provider=sms", "--opt-out-list=shop").stdout
    [event] = house.events()
    assert (event.name, event.profile_id) == ("Unsubscribed", provisional_profile_id(Identifier("phone", PHONE)))
    assert event.properties == {"channel": "sms", "source": "provider", "reason": "stop", "phone": PHONE}
    assert house.list.find(Channel.SMS, PHONE) == {SuppressionReason.STOP: from_datetime(THEN)}


def test_an_opt_out_without_a_date_counts_from_when_it_was_seen_and_once(house: House) -> None:
    for _ in range(2):
        house.stubs["sns"].add_response("list_phone_numbers_opted_out", {"phoneNumbers": [PHONE]}, {})
        house.run("sync", "--provider=sns")

    assert [(event.name, event.at) for event in house.events()] == [("Unsubscribed", NOON)]
    assert house.list.find(Channel.SMS, PHONE) == {SuppressionReason.STOP: NOON}


def test_a_right_that_lacks_is_named_and_no_address(house: House) -> None:
    house.stubs["sesv2"].add_client_error("list_suppressed_destinations", "AccessDeniedException", f"not for {ANA}")

    refused = house.run("sync", "--provider=ses").exception

    assert isinstance(refused, CommandError)
    assert "ses:ListSuppressedDestinations" in str(refused)
    assert ANA not in str(refused)


def test_the_staff_see_and_lift_a_bounce_and_the_person_is_told(house: House) -> None:
    house.aliases.claim("email", ANA, "u1", vouched=True)
    house.list.suppress(Channel.EMAIL, ANA, SuppressionReason.HARD_BOUNCE, from_datetime(THEN))
    house.list.suppress(Channel.EMAIL, ANA, SuppressionReason.ERASED, from_datetime(THEN))
    assert house.run("show", ANA).stdout.splitlines() == [
        "email  erased  since 2026-10-01T09:30:00.000Z",
        "email  hard_bounce  since 2026-10-01T09:30:00.000Z",
    ]

    assert house.run("lift", ANA, "--because", "their server was mended").exit_code == 0

    assert house.list.find(Channel.EMAIL, ANA) == {SuppressionReason.ERASED: from_datetime(THEN)}
    [event] = house.events()
    assert (event.name, event.profile_id) == ("Address Released", "u1")
    assert event.properties == {
        "channel": "email",
        "address": ANA,
        "reasons": ["hard_bounce"],
        "because": "their server was mended",
    }


def test_stop_is_for_the_person_to_take_back(house: House) -> None:
    house.list.suppress(Channel.SMS, PHONE, SuppressionReason.STOP, NOON)

    assert isinstance(house.run("lift", PHONE, "--because", "they called").exception, CommandError)
    assert house.list.find(Channel.SMS, PHONE) == {SuppressionReason.STOP: NOON}
    assert house.events() == []


def test_what_is_not_on_the_list_is_said_so(house: House) -> None:
    assert house.run("show", PHONE).stdout == "It is not on the list.\n"
    assert isinstance(house.run("lift", PHONE, "--because", "?").exception, CommandError)
    assert house.run("show", "ana").exit_code == 2
