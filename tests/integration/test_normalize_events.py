"""``normalize_events`` whole, on moto: deliveries as SQS passes on what EventBridge put into it."""

import json
from typing import Any

import boto3
import pytest

from shared.adapters.dynamodb.aliases import DynamoAliases
from shared.domain.events import Trust
from shared.domain.timing import parse_instant
from tests.integration.ways_in import SQS_DELIVERY, WaysIn, open_ways_in

ENVELOPE: dict[str, Any] = json.loads(SQS_DELIVERY["Records"][0]["body"])


@pytest.fixture
def ways_in(monkeypatch: pytest.MonkeyPatch, table_name: str) -> WaysIn:
    return open_ways_in(monkeypatch, table_name)


def an_envelope(**changes: Any) -> dict[str, Any]:
    return ENVELOPE | changes


def test_a_till_receipt_finds_its_person_by_email_alone(ways_in: WaysIn, table_name: str) -> None:
    DynamoAliases(boto3.client("dynamodb"), table=table_name).claim("email", "ana@example.com", "u1")

    assert ways_in.deliver(ENVELOPE) == []
    (event,) = ways_in.queued()
    assert (event.profile_id, event.name, event.trust) == ("u1", "Order Completed", Trust.SECRET)
    assert event.at == parse_instant("2026-11-02T12:00:00Z")


def test_what_put_events_takes_arrives_as_it_was_put(ways_in: WaysIn) -> None:
    """From the bus through a rule into a queue, all by moto, and from there as Lambda would get it."""
    events, sqs = boto3.client("events"), boto3.client("sqs")
    queue_url = sqs.create_queue(QueueName="bus-events")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.create_event_bus(Name="carillon-test")
    pattern = json.dumps({"source": [{"anything-but": ["carillon"]}]})
    events.put_rule(Name="in", EventBusName="carillon-test", EventPattern=pattern)
    events.put_targets(Rule="in", EventBusName="carillon-test", Targets=[{"Id": "queue", "Arn": arn}])
    for source in ("shop.till", "carillon"):
        events.put_events(
            Entries=[
                {
                    "EventBusName": "carillon-test",
                    "Source": source,
                    "DetailType": "Order Completed",
                    "Detail": json.dumps({"userId": "u1"}),
                }
            ]
        )
    (message,) = sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10)["Messages"]

    assert ways_in.deliver(message["Body"]) == []
    assert [(event.profile_id, event.name) for event in ways_in.queued()] == [("u1", "Order Completed")]


def test_good_and_bad_of_a_batch_each_go_their_way(ways_in: WaysIn) -> None:
    nobodys = an_envelope(detail={"properties": {}})
    failed = ways_in.deliver(an_envelope(detail={"userId": "u1"}), "not JSON", nobodys, an_envelope(source="carillon"))

    assert failed == []
    assert [event.profile_id for event in ways_in.queued()] == ["u1"]
    kept = sorted(ways_in.quarantined(), key=lambda one: isinstance(one["raw"], dict))
    assert [one["raw"] for one in kept] == ["not JSON", nobodys]
    assert [reason["path"] for one in kept for reason in one["reasons"]] == ["", "detail.userId"]
    assert {one["received_at"] for one in kept} == {"2026-11-02T12:00:00.500Z"}


def test_a_redelivery_doubles_nothing(ways_in: WaysIn) -> None:
    for _ in range(3):
        ways_in.deliver(an_envelope(detail={"userId": "u1"}), "not JSON")

    assert len(ways_in.queued()) == 1
    assert len(ways_in.quarantined()) == 1


def test_only_what_failed_is_delivered_again(ways_in: WaysIn) -> None:
    boto3.client("s3").delete_bucket(Bucket="carillon-test-failures")

    assert ways_in.deliver(an_envelope(detail={"userId": "u1"}), "not JSON") == ["1"]
    assert len(ways_in.queued()) == 1
