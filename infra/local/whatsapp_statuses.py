"""What becomes of a WhatsApp message, as End User Messaging Social publishes it."""

import json
import uuid
from typing import Any, Final

from infra.local.outbox import OutboxMessage
from shared.domain.timing import SECOND, Instant

STATUSES: Final = ("sent", "delivered")


def status_of(message: OutboxMessage, status: str, at: Instant) -> dict[str, Any]:
    """One notification of Meta's, in the envelope of AWS."""
    told = {
        "id": message.id,
        "status": status,
        "timestamp": str(at // SECOND),
        "recipient_id": message.to.lstrip("+"),
        "biz_opaque_callback_data": message.ledger_id,
    }
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "12125550101", "phone_number_id": "321010217760100"},
        "statuses": [told],
    }
    entry = {"id": "365731266123456", "changes": [{"value": value, "field": "messages"}]}
    return {
        "context": {"MetaWabaIds": [], "MetaPhoneNumberIds": []},
        "whatsAppWebhookEntry": json.dumps(entry),
        "aws_account_id": "000000000000",
        "messageId": str(uuid.uuid4()),
    }
