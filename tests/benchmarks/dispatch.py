"""Dispatching: one mail from its queue's message to its ledger's last word, with AWS's own clients on canned answers.

Nothing leaves the process, so this is what a dispatcher computes for a message: five calls of boto3, and ours.
"""

import io
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.httpsession import URLLib3Session

from infra.playbook.build import build_playbook
from shared.adapters.dynamodb.profiles import DynamoProfiles
from shared.adapters.message_queue import message_body
from shared.bootstrap import dispatch_message as bootstrap
from shared.domain.consent.words import Purpose
from shared.domain.messages import message_from_dict
from shared.settings.dispatch_message import DispatchSettings
from tests.benchmarks.measure import Figure, Table, microseconds
from tests.builders import a_message, a_profile

ROOT: Final = Path(__file__).resolve().parents[2]
ARTEFACT: Final = ROOT / ".build" / "playbook"
GATE: Final = 200
"""Messages a second a core."""

ENTRY: Final = {"properties": {"name": "Kilkenny mug", "price": 34.5, "quantity": 2, "currency": "EUR"}}
MESSAGE: Final = a_message(purpose=Purpose.TRANSACTIONAL, topic=None, entry=ENTRY)
_QUEUES: Final = "https://sqs.eu-west-1.amazonaws.com/123456789012"


def run(rounds: int) -> list[Table]:
    with deployed():
        dispatcher, numbers = bootstrap.dispatcher(), count()
        body = message_body(MESSAGE)

        def dispatch() -> None:
            message = message_from_dict(json.loads(body))
            dispatched = dispatcher.dispatch(replace(message, id=f"{next(numbers):032x}"))
            assert dispatched.entry.status.value == "sent"

        (figure,) = microseconds({"dispatched, with boto3": dispatch}, rounds)
    return [
        Table(
            "Dispatching a mail, messages a second a core (the gate, and what is reached)",
            "msg/s",
            (Figure("the gate", GATE), Figure(figure.name, 1e6 / figure.value)),
        )
    ]


@contextmanager
def deployed() -> Iterator[None]:
    """The function's environment, its playbook, and AWS on the end of a string."""
    build_playbook(ROOT / "templates", ARTEFACT)
    settings = DispatchSettings(
        table_name="carillon",
        digest_secret="digests",
        events_queue_url=f"{_QUEUES}/events.fifo",
        transactional_queue_url=f"{_QUEUES}/transactional",
        marketing_queue_url=f"{_QUEUES}/marketing",
        link_secret="links",
        public_url="https://carillon.example",
        configuration_set="carillon",
        email_from="hello@shop.example",
        push_application_id="",
    )
    environment = settings.to_env() | {
        "PLAYBOOK_DIR": str(ARTEFACT),
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
    }
    aws = _Aws()
    with patch.dict(os.environ, environment), patch.object(URLLib3Session, "send", aws.answer):
        bootstrap.dispatcher.cache_clear()
        DynamoProfiles(boto3.client("dynamodb"), table="carillon").save(a_profile(), ())
        yield
        bootstrap.dispatcher.cache_clear()


class _Aws:
    """Answers as the services would where all goes well; keeps the one profile that is stored."""

    def __init__(self) -> None:
        self._profile: dict[str, Any] = {}

    def answer(self, request: AWSPreparedRequest) -> AWSResponse:
        body = json.loads(_text(request.body))
        operation = _operation(request)
        answer = json.dumps(self._of(operation, body)).encode()
        headers = {"content-type": "application/x-amz-json-1.0", "content-length": str(len(answer))}
        raw: Any = io.BytesIO(answer)
        raw.stream = lambda *_, **__: iter([answer])
        return AWSResponse(request.url, 200, headers, raw)  # type: ignore[arg-type]  # any mapping does

    def _of(self, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        match operation:
            case "PutItem":
                self._profile = body["Item"]
                return {}
            case "GetItem":
                return {"Item": self._profile} if body["Key"]["pk"]["S"].startswith("PROFILE#") else {}
            case "GetSecretValue":
                return {"ARN": "arn", "Name": "name", "VersionId": "1", "SecretString": "a-secret-of-some-length"}
            case "SendMessageBatch":
                done = [{"Id": one["Id"], "MessageId": "1", "MD5OfMessageBody": ""} for one in body["Entries"]]
                return {"Successful": done, "Failed": []}
            case "GetAccount":
                return {"SendQuota": {"Max24HourSend": -1, "MaxSendRate": 100_000, "SentLast24Hours": 0}}
            case "SendEmail":
                return {"MessageId": "0102019a-ses-message-id-000000"}
        return {}


def _text(body: Any) -> str:
    return body.decode() if isinstance(body, bytes) else body or "{}"


def _operation(request: AWSPreparedRequest) -> str:
    """SES's API says by its method what others say in a header."""
    target = request.headers.get("X-Amz-Target")
    if target is None:
        return "SendEmail" if request.method == "POST" else "GetAccount"
    return (target.decode() if isinstance(target, bytes) else str(target)).rpartition(".")[2]
