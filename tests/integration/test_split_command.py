"""``carillon split`` where it cannot be done: it says why, and asks for nothing."""

from importlib import import_module

import boto3
import pytest
from typer.testing import CliRunner

import infra.operations.cloud
from infra.cli import app
from infra.errors import CommandError
from infra.operations.cloud import Cloud
from shared.adapters.dynamodb.profiles import DynamoProfiles
from shared.adapters.dynamodb.timeline import DynamoTimeline
from shared.domain.identity.merges import Merge, tombstone
from shared.domain.profiles import Profile
from tests.builders import NOON, a_profile, an_event
from tests.contract.test_event_queue import messages
from tests.fakes.clock import FakeClock


@pytest.fixture
def cloud(table_name: str, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """A visitor was joined to a person, and each did two things since."""
    dynamodb, sqs = boto3.client("dynamodb"), boto3.client("sqs")
    queue_url = sqs.create_queue(QueueName="events.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    survivor, visitor = a_profile(decided_at=NOON), Profile(id="anon:a1", decided_at=NOON)
    merge = Merge(at=NOON, survivor=survivor, absorbed=visitor)
    DynamoProfiles(dynamodb, table=table_name).save_all([(survivor, []), (tombstone(visitor, "u1", NOON), [])], [merge])
    timeline = DynamoTimeline(dynamodb, table=table_name)
    for number in range(2):
        timeline.append("u1", [an_event(id=f"m{number}", at=NOON + number)])
    found = Cloud(
        stage="test",
        dynamodb=dynamodb,
        sqs=sqs,
        functions=None,
        table=table_name,
        queue_url=queue_url,
        clock=FakeClock(NOON + 9),  # type: ignore[arg-type]
    )
    monkeypatch.setattr(infra.operations.cloud, "connect", lambda *_: found)
    return found


@pytest.mark.parametrize(("most", "is_asked"), [(1, False), (2, True)])
def test_what_is_too_much_to_be_decided_anew_is_told_and_not_asked_for(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, most: int, is_asked: bool
) -> None:
    monkeypatch.setattr("shared.services.part_people.MAX_EVENTS", most)
    monkeypatch.setattr("infra.operations.joined.MAX_EVENTS", most)
    monkeypatch.setattr(import_module("infra.commands.split"), "PATIENCE", 0)

    result = CliRunner().invoke(app, ["split", "anon:a1"])

    assert isinstance(result.exception, CommandError)
    assert ("more than 1 events happened" in str(result.exception)) is not is_asked
    assert bool(messages(cloud.queue_url)) is is_asked
