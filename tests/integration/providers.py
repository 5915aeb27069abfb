"""SES, SNS and Pinpoint for tests: they take what botocore would let through, and answer as told."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from unittest.mock import patch

from botocore.client import BaseClient
from botocore.exceptions import ClientError
from botocore.validate import validate_parameters

SENDS: Final = {("sesv2", "GetAccount"), ("sesv2", "SendEmail"), ("sns", "Publish"), ("pinpoint", "SendMessages")}


@dataclass
class Providers:
    """``failures``: error codes, one a send, before anything is accepted. ``dead``: push tokens without a device."""

    failures: list[str] = field(default_factory=list)
    dead: set[str] = field(default_factory=set)
    accepted: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    quota: dict[str, float] = field(
        default_factory=lambda: {"Max24HourSend": 50_000.0, "MaxSendRate": 14.0, "SentLast24Hours": 0.0}
    )

    @property
    def services(self) -> list[str]:
        """Who accepted, in order."""
        return [service for service, _ in self.accepted]

    @contextmanager
    def standing_in(self) -> Iterator[None]:
        elsewhere = BaseClient._make_api_call  # type: ignore[attr-defined]

        def call(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
            service = client.meta.service_model.service_name
            if (service, operation) not in SENDS:
                return elsewhere(client, operation, parameters)
            shape = client.meta.service_model.operation_model(operation).input_shape
            if shape is not None:
                validate_parameters(parameters, shape)
            return self._take(service, operation, parameters)

        with patch.object(BaseClient, "_make_api_call", call):
            yield

    def _take(self, service: str, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        if operation == "GetAccount":
            return {"SendQuota": dict(self.quota), "SendingEnabled": True}
        if self.failures and (code := self.failures.pop(0)):
            code, _, words = code.partition(": ")
            answer = {"Error": {"Code": code, "Message": words or "…"}, "ResponseMetadata": {"HTTPStatusCode": 400}}
            raise ClientError(answer, operation)  # type: ignore[arg-type]
        if service == "pinpoint":
            return self._push(parameters)
        self.accepted.append((service, parameters))
        return {"MessageId": f"{service}-{len(self.accepted)}"}

    def _push(self, parameters: dict[str, Any]) -> dict[str, Any]:
        tokens = parameters["MessageRequest"]["Addresses"]
        if not self.dead.issuperset(tokens):
            self.accepted.append(("pinpoint", parameters))
        results = {
            token: {"DeliveryStatus": "PERMANENT_FAILURE", "StatusCode": 410}
            if token in self.dead
            else {"DeliveryStatus": "SUCCESSFUL", "StatusCode": 200}
            for token in tokens
        }
        return {"MessageResponse": {"ApplicationId": "app1", "RequestId": "request-1", "Result": results}}
