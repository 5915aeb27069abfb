"""What comes from WhatsApp by End User Messaging Social: statuses of what we sent, and what people write.

Meta's own notification is in it, as text; one may tell of several messages.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from shared.domain.consent.words import ANY, Channel
from shared.domain.delivery import DeliveryEvent, DeliveryKind
from shared.domain.intake.inbound_texts import InboundText
from shared.domain.normalise.phones import e164_of
from shared.domain.timing import SECOND, Instant
from shared.errors import Fault, InvalidInputError

ENTRY: Final = "whatsAppWebhookEntry"

KINDS: Final[Mapping[str, DeliveryKind]] = {
    "sent": DeliveryKind.SENT,
    "delivered": DeliveryKind.DELIVERED,
    "read": DeliveryKind.OPENED,
    "failed": DeliveryKind.FAILED,
}

STOPPED: Final = 131_050
"""Meta's error code of a person who wants no more marketing from this business."""

MAX_ID: Final = 256


def is_whatsapp(body: Mapping[str, Any]) -> bool:
    """Whether this message of a topic is WhatsApp's."""
    return ENTRY in body


def parse(body: Mapping[str, Any]) -> tuple[list[DeliveryEvent], list[InboundText]]:
    """The statuses of our messages, and what people wrote.

    Raises:
        InvalidInputError: it is no notification of WhatsApp's. The fault names the field, not what is in it.
    """
    entry = body.get(ENTRY)
    if isinstance(entry, str):
        try:
            entry = json.loads(entry)
        except (ValueError, RecursionError):
            entry = None
    if not isinstance(entry, Mapping):
        raise InvalidInputError([Fault(ENTRY, "is not a JSON object")])
    statuses: list[DeliveryEvent] = []
    texts: list[InboundText] = []
    for value in _values(entry):
        for status in _rows(value, "statuses"):
            statuses += _status(status)
        receiver = str(_mapping(value.get("metadata")).get("display_phone_number", ""))[:MAX_ID]
        texts += [text for row in _rows(value, "messages") if (text := _text(row, receiver)) is not None]
    return statuses, texts


def _values(entry: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for change in _rows(entry, "changes"):
        yield _mapping(change.get("value"))


def _status(row: Mapping[str, Any]) -> Iterator[DeliveryEvent]:
    """What became of one message; nothing where it carries no message id of ours."""
    message_id, kind = row.get("biz_opaque_callback_data"), str(row.get("status"))
    if not isinstance(message_id, str) or not 0 < len(message_id) <= MAX_ID:
        return
    errors = [error.get("code") for error in _rows(row, "errors")]
    event = DeliveryEvent(
        kind=KINDS.get(kind, DeliveryKind.UNKNOWN),
        message_id=message_id,
        channel=Channel.WHATSAPP,
        at=_instant(row),
        provider_id=str(row.get("id", ""))[:MAX_ID],
        reason=f"{kind}/{errors[0]}"[:MAX_ID] if errors else None,
    )
    yield event
    if STOPPED in errors:
        yield DeliveryEvent(
            kind=DeliveryKind.PREFERENCE,
            message_id=message_id,
            channel=Channel.WHATSAPP,
            at=event.at,
            provider_id=event.provider_id,
            opted_out=(ANY,),
        )


def _text(row: Mapping[str, Any], receiver: str) -> InboundText | None:
    """What a person wrote, or which button they pressed; ``None`` where nobody's number sent it."""
    id_ = row.get("id")
    if not isinstance(id_, str) or not 0 < len(id_) <= MAX_ID:
        raise InvalidInputError([Fault(f"{ENTRY}.messages.id", "must be text, and not too long")])
    sender = e164_of(f"+{row.get('from')}")
    if sender is None:
        return None
    answers = _mapping(row.get("context")).get("id")
    return InboundText(
        id=id_,
        at=_instant(row),
        sender=sender,
        receiver=receiver,
        text=_words(row),
        answers=answers[:MAX_ID] if isinstance(answers, str) and answers else None,
        channel=Channel.WHATSAPP,
    )


def _words(row: Mapping[str, Any]) -> str:
    interactive = _mapping(row.get("interactive"))
    said = (
        _mapping(row.get("text")).get("body"),
        _mapping(row.get("button")).get("text"),
        *(_mapping(interactive.get(kind)).get("title") for kind in ("button_reply", "list_reply")),
        *(_mapping(row.get(kind)).get("caption") for kind in ("image", "video", "document")),
    )
    return next((one for one in said if isinstance(one, str)), "")


def _instant(row: Mapping[str, Any]) -> Instant:
    at = str(row.get("timestamp"))
    if not (at.isascii() and at.isdigit() and len(at) < 12):  # seconds for three thousand years
        raise InvalidInputError([Fault(f"{ENTRY}.timestamp", "is not an instant in seconds")])
    return int(at) * SECOND


def _rows(of: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    rows = of.get(name)
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
