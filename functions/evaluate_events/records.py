"""The records of ``events.fifo``, read: what the queue says of each delivery, and the event in it."""

import json
from collections.abc import Mapping
from typing import Any

from shared.domain.events import event_from_dict
from shared.services.evaluate_events import Delivery


def read_delivery(record: Mapping[str, Any]) -> Delivery:
    """The delivery; what is no event carries its fault, never its content."""
    attributes = record["attributes"]
    event, fault = None, ""
    try:
        event = event_from_dict(json.loads(record["body"]))
    except (AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError) as error:
        fault = type(error).__name__
    return Delivery(
        id=record["messageId"],
        group=attributes["MessageGroupId"],
        event=event,
        fault=fault,
        receives=int(attributes["ApproximateReceiveCount"]),
    )
