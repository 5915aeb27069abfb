"""Texts from people, as AWS End User Messaging publishes them on an SNS topic and SNS puts them on our queue.

SNS's envelope stays around them: it says when each was published, which the text itself does not.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from shared.domain.intake.inbound_texts import InboundText
from shared.domain.normalise.phones import e164_of
from shared.domain.timing import parse_instant
from shared.errors import Fault, InvalidInputError

NOTIFICATION: Final = "Notification"
MAX_ID: Final = 200


def is_inbound(body: object) -> bool:
    """Whether SNS brought it; what EventBridge brings has no such ``Type``."""
    return isinstance(body, Mapping) and body.get("Type") == NOTIFICATION


def parse(envelope: Mapping[str, Any]) -> InboundText | None:
    """The text; ``None`` where nobody's number sent it: a short code, a name.

    Raises:
        InvalidInputError: it is no text of End User Messaging. The fault names the field, not what is in it.
    """
    try:
        body = json.loads(str(envelope.get("Message")))
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise InvalidInputError([Fault("Message", "is not a JSON object")])
    id_, text = _text(body, "inboundMessageId"), _text(body, "messageBody")
    if not 0 < len(id_) <= MAX_ID:
        raise InvalidInputError([Fault("Message.inboundMessageId", "must be text, and not too long")])
    try:
        at = parse_instant(_text(envelope, "Timestamp"))
    except ValueError:
        raise InvalidInputError([Fault("Timestamp", "is not an ISO 8601 date and time")]) from None
    sender = e164_of(_text(body, "originationNumber"))
    if sender is None:
        return None
    answers = body.get("previousPublishedMessageId")
    return InboundText(
        id=id_,
        at=at,
        sender=sender,
        receiver=_text(body, "destinationNumber")[:MAX_ID],
        text=text,
        answers=answers[:MAX_ID] if isinstance(answers, str) and answers else None,
    )


def _text(of: Mapping[str, Any], name: str) -> str:
    value = of.get(name)
    if not isinstance(value, str):
        raise InvalidInputError([Fault(name, "must be text")])
    return value
