"""What the sending services are asked and answer, as their APIs document it: requests read, answers written.

Each reader takes a whole request and gives the messages in it; nothing here sends, stores or waits.
"""

import base64
import binascii
import email
import email.policy
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage, MIMEPart
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

from infra.inline_pictures import with_pictures
from infra.local.outbox import OutboxMessage
from shared.adapters.channels.sns import MESSAGE_ATTRIBUTE
from shared.adapters.channels.webhook_gateway import MEANT_FOR
from shared.domain.channels.content import Attachment

SUCCESSFUL: Final = "SUCCESSFUL"
MEDIA: Final = ("image", "video", "document")
"""What WhatsApp shows beside words."""


class RefusalError(Exception):
    """The service's own refusal: an error code of its API and an HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedMail:
    """A mail with what its events will need."""

    message: OutboxMessage
    recipients: tuple[str, ...]
    configuration_set: str | None
    tags: Mapping[str, str]


def read_mail(body: bytes, at: str) -> AcceptedMail:
    """SES v2 ``SendEmail``, Simple or Raw."""
    request = _json(body)
    content = request.get("Content") or {}
    recipients = tuple(
        address
        for kind in ("ToAddresses", "CcAddresses", "BccAddresses")
        for address in (request.get("Destination") or {}).get(kind, ())
    )
    if "Simple" in content:
        simple = content["Simple"]
        parts = simple.get("Body") or {}
        fields: dict[str, Any] = {
            "subject": _part(simple.get("Subject")) or "",
            "text": _part(parts.get("Text")) or "",
            "html": _part(parts.get("Html")),
            "headers": {header["Name"]: header["Value"] for header in simple.get("Headers", ())},
        }
        sender = request.get("FromEmailAddress")
    elif "Raw" in content:
        parsed = _parse_raw(content["Raw"])
        fields = _read_raw(parsed)
        sender = request.get("FromEmailAddress") or fields["headers"].get("From")
        recipients = recipients or tuple(a.strip() for a in str(parsed.get("To", "")).split(",") if a.strip())
    else:
        raise RefusalError("BadRequestException", "Content must have Simple or Raw.")
    if not sender:
        raise RefusalError("BadRequestException", "FromEmailAddress is required.")
    if not recipients:
        raise RefusalError("BadRequestException", "Destination must name a recipient.")
    if request.get("ReplyToAddresses"):
        fields["headers"] = {"Reply-To": ", ".join(request["ReplyToAddresses"]), **fields["headers"]}
    tags = {tag["Name"]: tag["Value"] for tag in request.get("EmailTags", ())}
    message = OutboxMessage(
        id=f"{uuid.uuid4().hex[:16]}-{uuid.uuid4()}-000000",
        channel="email",
        to=", ".join(recipients),
        at=at,
        sender=sender,
        ledger_id=tags.get("message"),
        journey=tags.get("journey"),
        message=tags.get("name"),
        **fields,
    )
    return AcceptedMail(
        message=message, recipients=recipients, configuration_set=request.get("ConfigurationSetName"), tags=tags
    )


def account_answer() -> dict[str, Any]:
    """SES v2 ``GetAccount`` of an account that may send as fast as this machine can."""
    quota = {"Max24HourSend": -1.0, "MaxSendRate": 1_000.0, "SentLast24Hours": 0.0}
    return {"SendQuota": quota, "SendingEnabled": True, "ProductionAccessEnabled": True}


def identity_answer() -> dict[str, Any]:
    """SES v2 ``GetEmailIdentity``: whoever it is may be written to, since nothing leaves this machine."""
    return {"VerifiedForSendingStatus": True, "VerificationStatus": "SUCCESS"}


def verified_numbers_answer(body: bytes) -> dict[str, Any]:
    """End User Messaging's ``DescribeVerifiedDestinationNumbers``: each number that was asked for, for that reason."""
    numbers = _json(body).get("DestinationPhoneNumbers", [])
    return {"VerifiedDestinationNumbers": [{"DestinationPhoneNumber": n, "Status": "VERIFIED"} for n in numbers]}


def read_sns(body: bytes, at: str) -> OutboxMessage:
    """SNS ``Publish`` to a phone number, in the Query protocol."""
    form = {name: values[0] for name, values in parse_qs(body.decode(), keep_blank_values=True).items()}
    if form.get("Action") != "Publish":
        raise RefusalError("InvalidAction", f"The gateway records Publish, not {form.get('Action')}.")
    if not form.get("PhoneNumber"):
        raise RefusalError("InvalidParameter", "Invalid parameter: PhoneNumber Reason: the gateway stands for phones.")
    if not form.get("Message"):
        raise RefusalError("InvalidParameter", "Invalid parameter: Empty message")
    attributes = dict(_sns_attributes(form))
    return OutboxMessage(
        id=str(uuid.uuid4()),
        channel="sms",
        to=form["PhoneNumber"],
        text=form["Message"],
        at=at,
        sender=attributes.get("AWS.SNS.SMS.SenderID", ""),
        ledger_id=attributes.get(MESSAGE_ATTRIBUTE),
    )


def sns_answer(message_id: str) -> str:
    return (
        '<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult>'
        f"<MessageId>{message_id}</MessageId></PublishResult><ResponseMetadata>"
        f"<RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata></PublishResponse>"
    )


def sns_refusal(refusal: RefusalError) -> str:
    return (
        '<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type>'
        f"<Code>{escape(refusal.code)}</Code><Message>{escape(refusal.message)}</Message></Error>"
        f"<RequestId>{uuid.uuid4()}</RequestId></ErrorResponse>"
    )


def read_push(body: bytes, at: str) -> list[OutboxMessage]:
    """Pinpoint ``SendMessages``: one message for every address, since every device shows one."""
    request = _json(body)
    request = request.get("MessageRequest", request)
    addresses = request.get("Addresses") or {}
    if not addresses:
        raise RefusalError("BadRequestException", "Addresses must name at least one device.")
    return [
        _push(token, address, request.get("MessageConfiguration") or {}, request.get("TraceId"), at)
        for token, address in addresses.items()
    ]


def push_answer(application_id: str, results: Mapping[str, tuple[str, str, int]]) -> dict[str, Any]:
    """``results``: address → (message id, delivery status, status code)."""
    return {
        "ApplicationId": application_id,
        "RequestId": str(uuid.uuid4()),
        "Result": {
            address: {
                "DeliveryStatus": status,
                "StatusCode": code,
                "StatusMessage": "Accepted" if status == SUCCESSFUL else "Rejected by the push service",
                "MessageId": message_id,
            }
            for address, (message_id, status, code) in results.items()
        },
    }


def read_text_message(body: bytes, at: str) -> tuple[OutboxMessage, Mapping[str, str]]:
    """End User Messaging's ``SendTextMessage``, and the context that its receipts repeat."""
    request = _json(body)
    if not request.get("DestinationPhoneNumber") or not request.get("MessageBody"):
        raise RefusalError("ValidationException", "DestinationPhoneNumber and MessageBody are required.")
    context = request.get("Context") or {}
    message = OutboxMessage(
        id=str(uuid.uuid4()),
        channel="sms",
        to=request["DestinationPhoneNumber"],
        text=request["MessageBody"],
        at=at,
        sender=request.get("OriginationIdentity", ""),
        ledger_id=context.get("message"),
    )
    return message, context


def read_whatsapp(body: bytes, at: str) -> OutboxMessage:
    """End User Messaging Social's ``SendWhatsAppMessage``: the Cloud API's own JSON in a blob."""
    request = _json(body)
    try:
        inner = json.loads(base64.b64decode(request.get("message", ""), validate=True))
    except (ValueError, binascii.Error):
        raise RefusalError("ValidationException", "message must be base64 of JSON.") from None
    if not inner.get("to"):
        raise RefusalError("InvalidParametersException", "The message names no recipient.")
    template = inner.get("template") or {}
    parameters = [row for component in template.get("components", ()) for row in component.get("parameters", ())]
    words = [str(parameter["text"]) for parameter in parameters if "text" in parameter]
    said = (inner.get("text") or {}).get("body")
    media: dict[str, Any] = next((row[row["type"]] for row in (inner, *parameters) if row.get("type") in MEDIA), {})
    return OutboxMessage(
        id=f"wamid.{uuid.uuid4().hex}",
        channel="whatsapp",
        to=str(inner["to"]),
        text=said or media.get("caption") or " · ".join([template.get("name", ""), *words]),
        image=media.get("link"),
        at=at,
        sender=request.get("originationPhoneNumberId", ""),
        ledger_id=inner.get("biz_opaque_callback_data"),
    )


def read_webhook(headers: Mapping[str, str], body: bytes, at: str) -> OutboxMessage:
    """What a partner would be posted, as the dispatcher's ``GatewayPosts`` hands it over."""
    message_id = headers.get("webhook-id", "")
    return OutboxMessage(
        id=f"webhook-{message_id}",
        channel="webhook",
        to=headers.get(MEANT_FOR, ""),
        subject=f"POST {urlsplit(headers.get(MEANT_FOR, '')).path}",
        text=json.dumps(json.loads(body), ensure_ascii=False, indent=1),
        at=at,
        ledger_id=message_id,
        headers={name: value for name, value in headers.items() if name.startswith("webhook-")},
    )


def _push(
    token: str, address: Mapping[str, Any], configuration: Mapping[str, Any], trace_id: str | None, at: str
) -> OutboxMessage:
    """The part of the configuration that the address's service would show; the default fills what it lacks."""
    service = {"GCM": "GCMMessage", "ADM": "ADMMessage"}.get(address.get("ChannelType", ""), "APNSMessage")
    shown = {**configuration.get("DefaultPushNotificationMessage", {}), **configuration.get(service, {})}
    raw = _raw_push(shown.get("RawContent"))
    details = dict(shown.get("Data") or raw.get("details") or {})
    return OutboxMessage(
        id=str(uuid.uuid4()),
        channel="push",
        to=token,
        subject=shown.get("Title") or raw.get("title") or "",
        text=shown.get("Body") or raw.get("body") or "",
        link=shown.get("Url") or raw.get("link"),
        image=shown.get("ImageUrl") or shown.get("MediaUrl") or raw.get("image"),
        at=at,
        sender=address.get("ChannelType", ""),
        ledger_id=trace_id,
        headers=details,
    )


def _raw_push(raw: str | None) -> dict[str, Any]:
    """What an FCM v1 or APNs payload given raw shows, and what it holds for the app."""
    if not raw:
        return {}
    payload = json.loads(raw)
    if "aps" in payload:
        aps = payload["aps"]
        facts = {name: value for name, value in payload.items() if name != "aps"}
        shown = {name: str(aps[name]) for name in ("badge", "sound", "thread-id") if name in aps}
        return {**aps.get("alert", {}), **facts, "details": {**facts, **shown}}
    message = payload.get("fcmV1Message", {}).get("message", {})
    facts, android = message.get("data", {}), message.get("android", {})
    shown = {name: str(android[name]) for name in ("priority", "ttl", "collapse_key") if name in android}
    return {**message.get("notification", {}), **facts, "details": {**facts, **shown}}


def _sns_attributes(form: Mapping[str, str]) -> list[tuple[str, str]]:
    prefix = "MessageAttributes.entry."
    numbers = {name.removeprefix(prefix).split(".")[0] for name in form if name.startswith(prefix)}
    return [
        (form[f"{prefix}{number}.Name"], form.get(f"{prefix}{number}.Value.StringValue", ""))
        for number in sorted(numbers)
        if f"{prefix}{number}.Name" in form
    ]


def _parse_raw(raw: Mapping[str, Any]) -> EmailMessage:
    parsed = email.message_from_bytes(base64.b64decode(raw.get("Data", "")), policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)  # noqa: S101
    return parsed


def _read_raw(parsed: EmailMessage) -> dict[str, Any]:
    text, html = parsed.get_body(("plain",)), parsed.get_body(("html",))
    return {
        "subject": str(parsed.get("Subject", "")),
        "text": _lines_of(text) if text else "",
        "html": with_pictures(_lines_of(html), _pictures(parsed)) if html else None,
        "headers": {name: str(value) for name, value in parsed.items()},
        "attachments": tuple(part.get_filename() or "" for part in parsed.iter_attachments()),
    }


def _pictures(parsed: EmailMessage) -> dict[str, Attachment]:
    """Those that travel with the mail, by their content ids."""
    named = [(str(part["Content-ID"]).strip("<>"), part) for part in parsed.walk() if part["Content-ID"]]
    return {
        name: Attachment(part.get_filename() or "", part.get_content_type(), part.get_content(), name)
        for name, part in named
        if part.get_content_maintype() == "image"
    }


def _lines_of(part: MIMEPart) -> str:
    """Its text with lines as a reader has them: what travels in base64 keeps the ends that mail has."""
    return str(part.get_content()).replace("\r\n", "\n")


def _part(part: Mapping[str, Any] | None) -> str | None:
    return None if part is None else str(part.get("Data", ""))


def _json(body: bytes) -> dict[str, Any]:
    try:
        read = json.loads(body or b"{}")
    except ValueError:
        raise RefusalError("SerializationException", "The body is not JSON.") from None
    if not isinstance(read, dict):
        raise RefusalError("SerializationException", "The body is not a JSON object.")
    return read
