"""What Lambda hands to the handlers, in its real shape, made from what a test is about."""

import json
import time
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from aws_lambda_powertools import Logger

from shared.adapters.event_queue import deduplication_id, event_body
from shared.domain.events import Event
from shared.domain.messages import Effect, effect_to_dict
from shared.tables import person_group

EVENTS: Final = Path(__file__).parents[1] / "events"

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


@dataclass
class FakeLambdaContext:
    function_name: str = "test"
    memory_limit_in_mb: int = 256
    invoked_function_arn: str = "arn:aws:lambda:eu-west-1:123456789012:function:test"
    aws_request_id: str = "52fdfc07-2182-154f-163f-5f0f9a621d72"
    remaining: int = 20_000

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining


def log_lines(logger: Logger, caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the function wrote to its log, as CloudWatch gets it."""
    return [logger.registered_formatter.format(record) for record in caplog.records if record.name == logger.name]


def sqs_event(*records: dict[str, Any]) -> dict[str, Any]:
    return {"Records": [deepcopy(record) for record in records]}


def fifo_record(event: Event, *, receives: int = 1) -> dict[str, Any]:
    """An event as ``events.fifo`` delivers it."""
    record = raw_fifo_record(event_body(event), person_group(event.profile_id), event.id, receives=receives)
    record["attributes"]["MessageDeduplicationId"] = deduplication_id(event)
    return record


def raw_fifo_record(body: str, group: str, id_: str, *, receives: int = 1) -> dict[str, Any]:
    record: dict[str, Any] = json.loads((EVENTS / "sqs_fifo.json").read_text())["Records"][0]
    record |= {"messageId": f"message-{id_}", "body": body}
    record["attributes"] |= {"MessageGroupId": group, "ApproximateReceiveCount": str(receives)}
    return record


def stream_record(number: int, profile_id: str, effects: Iterable[Effect]) -> dict[str, Any]:
    """A write of a profile that orders something, as the table's stream tells it."""
    record: dict[str, Any] = json.loads((EVENTS / "dynamodb_stream.json").read_text())["Records"][0]
    change = record["dynamodb"]
    key = {"S": f"PROFILE#{profile_id}"}
    change["SequenceNumber"] = sequence_number(number)
    change["ApproximateCreationDateTime"] = time.time()
    change["Keys"]["pk"] = change["NewImage"]["pk"] = change["OldImage"]["pk"] = key
    change["NewImage"]["version"] = {"N": str(number)}
    change["NewImage"]["effects"] = {"S": json.dumps([*map(effect_to_dict, effects)])}
    return record


def sequence_number(number: int) -> str:
    return f"{111100000000000000000000 + number}"


def failures(answer: dict[str, Any]) -> list[str]:
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def returned(event: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    """What SQS delivers again after this answer: the failed messages, one receive older."""
    again: Sequence[dict[str, Any]] = [r for r in event["Records"] if r["messageId"] in failures(answer)]
    for record in again:
        record["attributes"]["ApproximateReceiveCount"] = str(int(record["attributes"]["ApproximateReceiveCount"]) + 1)
    return sqs_event(*again)


def a_receipt(kind: str, message_id: str, **changes: Any) -> dict[str, Any]:
    """What became of a text, as End User Messaging tells SNS, and SNS a queue; ``changes`` are the receipt's."""
    body = {
        "eventType": kind,
        "eventVersion": "1.0",
        "eventTimestamp": 1793620800000,
        "isFinal": True,
        "originationPhoneNumber": "+12125550101",
        "destinationPhoneNumber": "+353871234567",
        "messageId": "862a8790-60c0-4430-9b2b-658bdexample",
        "messageEncoding": "GSM",
        "context": {"message": message_id},
        "totalMessageParts": 2,
        "totalMessagePrice": 0.0129,
        "totalCarrierFee": 0.0,
    }
    return a_text("") | {"Message": json.dumps(body | changes)}


def a_whatsapp_text(text: str) -> dict[str, Any]:
    """A WhatsApp message of a person, as End User Messaging Social tells SNS, and SNS a queue."""
    written = {"from": "353871234567", "id": f"wamid.{text}", "timestamp": "1793620800", "text": {"body": text}}
    entry = {"id": "1", "changes": [{"value": {"metadata": {}, "messages": [written]}, "field": "messages"}]}
    return a_text("") | {"Message": json.dumps({"context": {}, "whatsAppWebhookEntry": json.dumps(entry)})}


def a_text(text: str, **changes: Any) -> dict[str, Any]:
    """A text as End User Messaging tells SNS of it, and SNS a queue; ``changes`` are the message's."""
    body = {
        "originationNumber": "+353871234567",
        "destinationNumber": "+12125550101",
        "messageKeyword": "KEYWORD_123456789012",
        "messageBody": text,
        "inboundMessageId": "cae173d2-66b9-564c-8309-21f858e9fb84",
        "previousPublishedMessageId": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    }
    return {
        "Type": "Notification",
        "MessageId": "9a8d0e3c-1c5e-5f0a-8a3d-52c1c2e1d5b7",
        "TopicArn": "arn:aws:sns:eu-west-1:123456789012:carillon-prod-inbound-texts",
        "Message": json.dumps(body | changes),
        "Timestamp": "2026-11-02T12:00:00.000Z",
        "SignatureVersion": "1",
    }
