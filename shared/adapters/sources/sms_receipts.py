"""What becomes of texts, as AWS End User Messaging publishes it on an SNS topic: a table of its event types.

Only the events of a configuration set's own destination carry the context in which our ledger's id stands.
"""

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from shared.adapters.channels.end_user_messaging import MESSAGE
from shared.domain.consent.words import Channel
from shared.domain.delivery import DeliveryEvent, DeliveryKind
from shared.domain.normalise.phones import e164_of
from shared.errors import Fault, InvalidInputError

KINDS: Final[Mapping[str, DeliveryKind]] = {
    "TEXT_QUEUED": DeliveryKind.SENT,
    "TEXT_SENT": DeliveryKind.SENT,
    "TEXT_PENDING": DeliveryKind.SENT,
    # Which of the two is the last depends on the country: the carrier took it, or the phone did.
    "TEXT_SUCCESSFUL": DeliveryKind.DELIVERED,
    "TEXT_DELIVERED": DeliveryKind.DELIVERED,
    # Of the person's number and phone.
    "TEXT_INVALID": DeliveryKind.BOUNCED,
    "TEXT_UNREACHABLE": DeliveryKind.BOUNCED,
    "TEXT_CARRIER_UNREACHABLE": DeliveryKind.BOUNCED,
    "TEXT_BLOCKED": DeliveryKind.BOUNCED,
    "TEXT_TTL_EXPIRED": DeliveryKind.BOUNCED,
    # Of what we sent.
    "TEXT_INVALID_MESSAGE": DeliveryKind.FAILED,
    "TEXT_CARRIER_BLOCKED": DeliveryKind.FAILED,
    "TEXT_SPAM": DeliveryKind.FAILED,
    "TEXT_PROTECT_BLOCKED": DeliveryKind.FAILED,
    # No carrier said anything for three days, or nothing that the others cover.
    "TEXT_UNKNOWN": DeliveryKind.UNKNOWN,
}

HARD: Final = frozenset({"TEXT_INVALID"})
"""There is no such number: the next text would fare alike. A phone that is off, or blocks one sender, may be back."""

MAX_TEXT: Final = 200


def is_receipt(body: Mapping[str, Any]) -> bool:
    """Whether this message of a topic tells of a text that we sent, rather than of one that came."""
    return str(body.get("eventType")).startswith("TEXT_")


def message_of(envelope: Mapping[str, Any]) -> Mapping[str, Any]:
    """What SNS carries; empty where that is no JSON object."""
    try:
        body = json.loads(str(envelope.get("Message")), parse_float=Decimal)
    except (ValueError, RecursionError):
        body = None
    return body if isinstance(body, dict) else {}


def parse(body: Mapping[str, Any]) -> DeliveryEvent | None:
    """The receipt; ``None`` for a text that carries no message id of ours.

    Raises:
        InvalidInputError: it is no receipt. The fault names the field, not what is in it.
    """
    context = body.get("context")
    message_id = context.get(MESSAGE) if isinstance(context, Mapping) else None
    if not isinstance(message_id, str) or not 0 < len(message_id) <= MAX_TEXT:
        return None
    at, kind, provider_id = body.get("eventTimestamp"), str(body["eventType"]), body.get("messageId")
    if isinstance(at, bool) or not isinstance(at, int) or at < 0:
        raise InvalidInputError([Fault("eventTimestamp", "is not an instant in milliseconds")])
    if not isinstance(provider_id, str) or len(provider_id) > MAX_TEXT:
        raise InvalidInputError([Fault("messageId", "must be text, and not too long")])
    number = body.get("destinationPhoneNumber")
    parts = body.get("totalMessageParts")
    return DeliveryEvent(
        kind=KINDS.get(kind, DeliveryKind.UNKNOWN),
        message_id=message_id,
        channel=Channel.SMS,
        at=at,
        provider_id=provider_id,
        address=e164_of(number) if isinstance(number, str) else None,
        is_hard=kind in HARD,
        reason=None if KINDS.get(kind) in {DeliveryKind.SENT, DeliveryKind.DELIVERED} else kind[:MAX_TEXT],
        parts=parts if isinstance(parts, int) and not isinstance(parts, bool) and parts > 0 else None,
        price=_total(body.get("totalMessagePrice"), body.get("totalCarrierFee")),
    )


def _total(*prices: object) -> str | None:
    """The message's price and the carrier's fee together, in US dollars; ``None`` where none is said."""
    try:
        told = [Decimal(str(price)) for price in prices if isinstance(price, Decimal | int)]
    except InvalidOperation:
        return None
    known = [price for price in told if price.is_finite() and price >= 0]
    return f"{sum(known):f}" if known else None
