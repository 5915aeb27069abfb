"""The table's stream, read: each record of a profile that was written with effects is an order."""

import json
from collections.abc import Mapping
from typing import Any

from shared.domain.messages import effect_from_dict
from shared.domain.timing import SECOND
from shared.services.relay_effects import Order
from shared.tables import EFFECTS, PARTITION_KEY, VERSION, profile_id_of


def read_order(record: Mapping[str, Any]) -> Order:
    """The order in a record; one that cannot be read carries its fault, never its content."""
    change = record["dynamodb"]
    id_ = change["SequenceNumber"]
    try:
        image = change["NewImage"]
        return Order(
            id=id_,
            profile_id=profile_id_of(image[PARTITION_KEY]["S"]),
            version=int(image[VERSION]["N"]),
            effects=[effect_from_dict(plain) for plain in json.loads(image[EFFECTS]["S"])],
            written_at=int(float(change["ApproximateCreationDateTime"]) * SECOND),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        return Order(id=id_, profile_id="", version=0, effects=(), fault=f"unreadable: {type(error).__name__}")
