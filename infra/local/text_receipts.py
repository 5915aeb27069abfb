"""The receipts that End User Messaging publishes of a text, for its own simulator's numbers as for any other."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from infra.local.outbox import OutboxMessage
from shared.domain.channels.sms_parts import sms_parts
from shared.domain.timing import Instant

FATES: Final[Mapping[str, Sequence[str]]] = {"+14254147167": ("TEXT_QUEUED", "TEXT_BLOCKED")}
"""Numbers of AWS's SMS simulator that nobody can text; any other takes what it is sent."""
DELIVERED: Final = ("TEXT_QUEUED", "TEXT_DELIVERED")

PRICE: Final = 0.00645
"""US dollars a part: what the United States cost, give or take."""

FEEDBACK: Final = {"TEXT_QUEUED": "sent", "TEXT_DELIVERED": "delivered", "TEXT_BLOCKED": "bounced"}
"""Event type → the outbox's word for it."""


def receipts_of(message: OutboxMessage, context: Mapping[str, str], at: Instant) -> list[dict[str, Any]]:
    """The events, in order, as the topic of a configuration set gets them."""
    counted = sms_parts(message.text)
    return [
        {
            "eventType": kind,
            "eventVersion": "1.0",
            "eventTimestamp": at,
            "isFinal": kind != "TEXT_QUEUED",
            "originationPhoneNumber": message.sender,
            "destinationPhoneNumber": message.to,
            "messageId": message.id,
            "messageRequestTimestamp": at,
            "messageEncoding": "GSM" if counted.encoding == "GSM-7" else "Unicode",
            "messageStatus": kind.removeprefix("TEXT_"),
            "context": dict(context),
            "totalMessageParts": counted.parts,
            "totalMessagePrice": round(PRICE * counted.parts, 5),
            "totalCarrierFee": 0.0,
        }
        for kind in FATES.get(message.to, DELIVERED)
    ]
