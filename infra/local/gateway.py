"""The recording gateway: stands where SES, SNS, End User Messaging and partners do, keeps what is sent, answers alike.

The functions reach it because AWS's own clients read ``AWS_ENDPOINT_URL_<SERVICE>``; they have no setting for it.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any, Final, Protocol

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.local import mailbox_simulator, providers, text_receipts, whatsapp_statuses
from infra.local.faults import DELIVERY_STATUSES, Fault, Faults
from infra.local.outbox import Outbox, OutboxMessage
from infra.local.providers import AcceptedMail, RefusalError
from shared.domain.timing import Instant, format_instant

logger = logging.getLogger(__name__)

ENDPOINTS: Final = {
    "AWS_ENDPOINT_URL_SESV2": "/ses",
    "AWS_ENDPOINT_URL_SNS": "/sns",
    "AWS_ENDPOINT_URL_PINPOINT": "/push",
    "AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2": "/sms",
    "AWS_ENDPOINT_URL_SOCIALMESSAGING": "/whatsapp",
}
"""Variable that AWS's clients read → where the gateway stands for that service."""

WEBHOOKS: Final = "/webhooks"
"""Where the gateway stands for every partner of webhooks."""


def gateway_url(gateway: str, service: str) -> str:
    """Where the gateway at an address stands for a service, by the name that ``boto3.client`` takes."""
    return gateway + ENDPOINTS[f"AWS_ENDPOINT_URL_{service.upper().replace('-', '_')}"]


FEEDBACK_AFTER: Final = 0.25
"""Seconds between the answer to a mail and its first event: SES too answers before it delivers."""

PUSH_STATUS_CODES: Final = {"THROTTLED": 429, "TEMPORARY_FAILURE": 503, "TIMEOUT": 504, "PERMANENT_FAILURE": 410}


class FeedbackSink(Protocol):
    """Puts SES's events on the default bus."""

    def publish(self, detail_type: str, detail: dict[str, Any]) -> None: ...


class ReceiptSink(Protocol):
    """Puts a text's receipts on the topic that they are led to."""

    def publish(self, receipt: dict[str, Any]) -> None: ...


class Gateway:
    """The services' front, as an ASGI application."""

    def __init__(
        self,
        *,
        outbox: Outbox,
        feedback: FeedbackSink,
        receipts: ReceiptSink,
        attribute: Callable[[OutboxMessage], Coroutine[Any, Any, None]],
        now: Callable[[], Instant],
    ) -> None:
        self.outbox = outbox
        self.faults = Faults()
        self._feedback = feedback
        self._receipts = receipts
        self._attribute = attribute
        self._now = now
        self._pending: set[asyncio.Task[None]] = set()

    def application(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/ses/v2/email/outbound-emails", self._rest("ses", self._mail), methods=["POST"]),
                Route("/ses/v2/email/account", self._rest("ses", self._account), methods=["GET"]),
                Route("/ses/v2/email/identities/{identity}", self._rest("ses", self._identity), methods=["GET"]),
                Route("/sns", self._sns, methods=["POST"]),
                Route("/sns/", self._sns, methods=["POST"]),
                Route("/push/v1/apps/{application}/messages", self._rest("push", self._push), methods=["POST"]),
                Route("/sms", self._rest("sms", self._sms), methods=["POST"]),
                Route("/sms/", self._rest("sms", self._sms), methods=["POST"]),
                Route("/whatsapp/v1/whatsapp/send", self._rest("whatsapp", self._whatsapp), methods=["POST"]),
                Route(WEBHOOKS, self._webhook, methods=["POST"]),
                Route("/control/faults", self._order_fault, methods=["POST"]),
                Route("/control/faults", self._clear_faults, methods=["DELETE"]),
                Route("/{rest:path}", self._unknown, methods=["GET", "POST", "PUT", "DELETE", "PATCH"]),
            ]
        )

    def _rest(
        self, service: str, answer: Callable[[Request, bytes, str], Awaitable[dict[str, Any]]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            try:
                return JSONResponse(await answer(request, await request.body(), self._at()))
            except RefusalError as refusal:
                logger.info("%s refused: %s", service, refusal.code)
                return JSONResponse(
                    {"__type": refusal.code, "message": refusal.message},
                    status_code=refusal.status,
                    headers={"x-amzn-ErrorType": refusal.code},
                )

        return endpoint

    async def _mail(self, _request: Request, body: bytes, at: str) -> dict[str, Any]:
        mail = providers.read_mail(body, at)
        await self._accept("ses", mail.recipients, [mail.message])
        if mail.configuration_set:
            self._later(self._publish_events(mail))
        return {"MessageId": mail.message.id}

    async def _account(self, _request: Request, _body: bytes, _at: str) -> dict[str, Any]:
        return providers.account_answer()

    async def _identity(self, _request: Request, _body: bytes, _at: str) -> dict[str, Any]:
        return providers.identity_answer()

    async def _sns(self, request: Request) -> Response:
        try:
            message = providers.read_sns(await request.body(), self._at())
            await self._accept("sns", [message.to], [message])
        except RefusalError as refusal:
            return Response(providers.sns_refusal(refusal), refusal.status, media_type="text/xml")
        return Response(providers.sns_answer(message.id), media_type="text/xml")

    async def _push(self, request: Request, body: bytes, at: str) -> dict[str, Any]:
        messages = providers.read_push(body, at)
        results: dict[str, tuple[str, str, int]] = {}
        for message in messages:
            fault = self.faults.take("push", [message.to])
            if fault is not None and fault.code not in DELIVERY_STATUSES:
                await self._carry_out(fault)
            if fault is not None and fault.code in DELIVERY_STATUSES:
                results[message.to] = message.id, fault.code, PUSH_STATUS_CODES.get(fault.code, 400)
            else:
                self._record(message)
                results[message.to] = message.id, providers.SUCCESSFUL, 200
        return providers.push_answer(request.path_params["application"], results)

    async def _sms(self, request: Request, body: bytes, at: str) -> dict[str, Any]:
        operation = request.headers.get("x-amz-target", "").rpartition(".")[2]
        if operation == "DescribeVerifiedDestinationNumbers":
            return providers.verified_numbers_answer(body)
        if operation != "SendTextMessage":
            raise RefusalError("UnknownOperationException", f"The gateway records SendTextMessage, not {operation}.")
        message, context = providers.read_text_message(body, at)
        await self._accept("sms", [message.to], [message])
        self._later(self._publish_receipts(message, context))
        return {"MessageId": message.id}

    async def _whatsapp(self, _request: Request, body: bytes, at: str) -> dict[str, Any]:
        message = providers.read_whatsapp(body, at)
        await self._accept("whatsapp", [message.to], [message])
        self._later(self._publish_statuses(message))
        return {"messageId": message.id}

    async def _webhook(self, request: Request) -> Response:
        """A partner's answer has no words of AWS's: an ordered fault is its status."""
        message = providers.read_webhook(request.headers, await request.body(), self._at())
        try:
            await self._accept("webhook", [message.to], [message])
        except RefusalError as refusal:
            return Response(status_code=refusal.status)
        self.outbox.note(message.id, "delivered")
        return Response(status_code=204)

    async def _accept(self, service: str, addresses: Sequence[str], messages: Sequence[OutboxMessage]) -> None:
        fault = self.faults.take(service, addresses)
        if fault is None or fault.code is None:
            for message in messages:
                self._record(message)
        if fault is not None:
            await self._carry_out(fault)

    def _record(self, message: OutboxMessage) -> None:
        self.outbox.put(message)
        self._later(self._attribute(message))

    @staticmethod
    async def _carry_out(fault: Fault) -> None:
        await asyncio.sleep(fault.seconds)
        if fault.code is not None:
            raise RefusalError(fault.code, fault.message, fault.status)

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._pending.add(task)
        task.add_done_callback(self._pending.discard)

    async def _publish_events(self, mail: AcceptedMail) -> None:
        await asyncio.sleep(FEEDBACK_AFTER)
        for detail in mailbox_simulator.events_of(mail, self._at()):
            kind = detail["eventType"]
            await asyncio.to_thread(self._feedback.publish, mailbox_simulator.DETAIL_TYPES[kind], detail)
            self.outbox.note(mail.message.id, mailbox_simulator.FEEDBACK[kind])

    async def _publish_receipts(self, message: OutboxMessage, context: Mapping[str, str]) -> None:
        await asyncio.sleep(FEEDBACK_AFTER)
        for receipt in text_receipts.receipts_of(message, context, self._now()):
            await asyncio.to_thread(self._receipts.publish, receipt)
            self.outbox.note(message.id, text_receipts.FEEDBACK[receipt["eventType"]])

    async def _publish_statuses(self, message: OutboxMessage) -> None:
        await asyncio.sleep(FEEDBACK_AFTER)
        for status in whatsapp_statuses.STATUSES:
            body = whatsapp_statuses.status_of(message, status, self._now())
            await asyncio.to_thread(self._receipts.publish, body)
            self.outbox.note(message.id, status)

    async def _order_fault(self, request: Request) -> Response:
        try:
            self.faults.order(**json.loads(await request.body()))
        except (TypeError, ValueError) as error:
            return JSONResponse({"title": "Not a fault", "status": 422, "detail": str(error)}, status_code=422)
        return Response(status_code=204)

    async def _clear_faults(self, _request: Request) -> Response:
        self.faults.clear()
        return Response(status_code=204)

    async def _unknown(self, request: Request) -> Response:
        code = "UnknownOperationException"
        return JSONResponse(
            {"__type": code, "message": f"The gateway does not stand for {request.method} {request.url.path}."},
            status_code=404,
            headers={"x-amzn-ErrorType": code},
        )

    def _at(self) -> str:
        return format_instant(self._now())
