"""``relay_effects`` on moto, and what it leaves behind: queued messages, schedules, announcements, aliases,
segments."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import boto3
import pytest

from functions.relay_effects.handler import lambda_handler
from shared.adapters.clock import SystemClock
from shared.adapters.dynamodb.catalogue import DynamoCatalogue
from shared.adapters.dynamodb.consent_history import DynamoConsentHistory
from shared.adapters.dynamodb.members import DynamoMembers
from shared.adapters.dynamodb.purchases import DynamoPurchases
from shared.bootstrap.relay_effects import effect_relay
from shared.domain.events import event_from_dict
from shared.domain.messages import ConsentRecorded
from shared.domain.shop.products import Product
from shared.ports.people import Member
from shared.settings.relay_effects import RelaySettings
from shared.tables import profile_id_of
from tests.contract.test_event_queue import messages
from tests.integration.lambda_events import FakeLambdaContext

ACCOUNT: Final = "arn:aws:{}:eu-west-1:123456789012:{}"


@dataclass(frozen=True)
class Relaying:
    """The deployed function and all it writes to."""

    settings: RelaySettings
    seen_url: str

    def handle(self, event: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = lambda_handler(event, FakeLambdaContext())
        return answer

    def messages(self) -> list[str]:
        """Queue and id of every message; takes them out."""
        urls = {"transactional": self.settings.transactional_queue_url, "marketing": self.settings.marketing_queue_url}
        return sorted(f"{name} {json.loads(m['Body'])['id']}" for name, url in urls.items() for m in messages(url))

    def noted(self) -> set[tuple[str, str]]:
        """Person and id of every message that is listed as theirs."""
        items = boto3.client("dynamodb").scan(TableName=self.settings.table_name)["Items"]
        keys = [(item["pk"]["S"], item["sk"]["S"]) for item in items]
        return {(profile_id_of(pk), sk.rsplit("#", 1)[1]) for pk, sk in keys if sk.startswith("MESSAGE#")}

    def said(self, profile_id: str) -> list[ConsentRecorded]:
        """The person's consent history."""
        return [*DynamoConsentHistory(boto3.client("dynamodb"), table=self.settings.table_name).of(profile_id)]

    def wakes(self) -> set[tuple[str, str]]:
        """Person and id of every timer event that is outstanding."""
        client = boto3.client("scheduler")
        group = self.settings.schedule_group
        names = [schedule["Name"] for schedule in client.list_schedules(GroupName=group)["Schedules"]]
        inputs = [client.get_schedule(GroupName=group, Name=name)["Target"]["Input"] for name in names]
        timers = [event_from_dict(json.loads(text)) for text in inputs]
        return {(timer.profile_id, timer.id) for timer in timers}

    def announced(self) -> list[str]:
        """Person and id of what the bus told; takes it out."""
        details = [json.loads(message["Body"])["detail"] for message in messages(self.seen_url)]
        return sorted(f"{detail['profile']} {detail['id']}" for detail in details)

    def owners(self) -> dict[str, str]:
        """Alias → profile."""
        items = boto3.client("dynamodb").scan(TableName=self.settings.table_name)["Items"]
        return {item["pk"]["S"]: item["profile"]["S"] for item in items if item["pk"]["S"].startswith("ALIAS#")}

    def identifiers(self) -> set[tuple[str, str]]:
        """What is noted with each profile as its own."""
        items = boto3.client("dynamodb").scan(TableName=self.settings.table_name)["Items"]
        return {(item["pk"]["S"], item["sk"]["S"]) for item in items if item["sk"]["S"].startswith("IDENTIFIER#")}

    def suppressed(self) -> list[dict[str, Any]]:
        """The items of addresses that must not be written to."""
        items = boto3.client("dynamodb").scan(TableName=self.settings.table_name)["Items"]
        return sorted((item for item in items if item["pk"]["S"].startswith("SUPPRESSED#")), key=str)

    def sell(self, product: Product) -> None:
        """Put it into the catalogue."""
        DynamoCatalogue(boto3.client("dynamodb"), table=self.settings.table_name, clock=SystemClock()).put(product)

    def bought_together(self, skus: list[str]) -> tuple[Any, ...]:
        """What is counted of the products, and of the whole shop."""
        purchases = DynamoPurchases(boto3.client("dynamodb"), table=self.settings.table_name, clock=SystemClock())
        return purchases.companions(skus), purchases.popular()

    def people(self, segment: str) -> list[Member]:
        """Who is in the segment."""
        return sorted(DynamoMembers(boto3.client("dynamodb"), table=self.settings.table_name).people(segment))


@contextmanager
def deployed(table_name: str, prefix: str) -> Iterator[Relaying]:
    """On moto; ``prefix`` keeps two of them apart."""
    sqs, events = boto3.client("sqs"), boto3.client("events")
    urls = {name: sqs.create_queue(QueueName=f"{prefix}-{name}")["QueueUrl"] for name in ("fast", "slow", "seen")}
    boto3.client("scheduler").create_schedule_group(Name=prefix)
    events.create_event_bus(Name=prefix)
    events.put_rule(Name="all", EventBusName=prefix, EventPattern='{"source": ["carillon"]}')
    seen_arn = ACCOUNT.format("sqs", f"{prefix}-seen")
    events.put_targets(Rule="all", EventBusName=prefix, Targets=[{"Id": "1", "Arn": seen_arn}])
    secret = boto3.client("secretsmanager").create_secret(Name=f"{prefix}-digests", SecretString="digest-secret")
    settings = RelaySettings(
        table_name=table_name,
        digest_secret=secret["ARN"],
        transactional_queue_url=urls["fast"],
        marketing_queue_url=urls["slow"],
        bus_name=prefix,
        schedule_group=prefix,
        schedule_role_arn="arn:aws:iam::123456789012:role/wake",
        schedule_dead_letter_arn=ACCOUNT.format("sqs", "wake-ups"),
        events_queue_arn=ACCOUNT.format("sqs", "events.fifo"),
    )
    with pytest.MonkeyPatch.context() as environment:
        for name, value in settings.to_env().items():
            environment.setenv(name, value)
        effect_relay.cache_clear()
        yield Relaying(settings, urls["seen"])
        effect_relay.cache_clear()
