"""The fields that events and batches are made of: each read with its rule, its faults named."""

import re
from collections.abc import Mapping
from typing import Any, Final

from shared.domain.events import NOTHING
from shared.domain.timing import Instant, parse_instant
from shared.errors import Fault

MAX_ID_LENGTH: Final = 256
"""Characters; in UTF-8 at most 1 KB, which DynamoDB's keys hold."""

IS_REQUIRED: Final = "is required"

MAX_INSTANT_LENGTH: Final = 64
_TEXT: Final = re.compile("[^\\x00-\\x1f\\x7f-\\x9f\\ud800-\\udfff]+")


def read_mapping(raw: Mapping[str, Any], name: str, faults: list[Fault]) -> Mapping[str, Any]:
    """The object at ``name``, empty where there is none. Its values are not looked at."""
    value = raw.get(name)
    if value is None:
        return NOTHING
    if not isinstance(value, dict):
        faults.append(Fault(name, "must be a JSON object"))
        return NOTHING
    return value or NOTHING


def read_instant(raw: Mapping[str, Any], name: str, faults: list[Fault]) -> Instant | None:
    """The instant at ``name``, where there is one."""
    value = raw.get(name)
    if value is None:
        return None
    if isinstance(value, str) and len(value) <= MAX_INSTANT_LENGTH:
        try:
            return parse_instant(value)
        except ValueError:
            pass
    faults.append(Fault(name, "must be an ISO 8601 date and time, such as 2026-11-02T10:00:00Z"))
    return None


def text_trouble(value: object, limit: int) -> str | None:
    """What keeps the value from being a short line of text."""
    if not isinstance(value, str):
        return "must be a string"
    if not value.strip():
        return "must not be empty"
    if len(value) > limit:
        return f"must have at most {limit} characters"
    if not _TEXT.fullmatch(value):
        return "must not contain control characters or invalid Unicode"
    return None


def read_id(raw: Mapping[str, Any], name: str, faults: list[Fault], *, required: bool = False) -> str | None:
    """The id at ``name``, where there is one; a whole number counts as its text, since Segment's clients send those."""
    value = raw.get(name)
    if type(value) is int:
        value = str(value)
    if value is None:
        if required:
            faults.append(Fault(name, IS_REQUIRED))
        return None
    trouble = text_trouble(value, MAX_ID_LENGTH)
    if trouble is not None:
        faults.append(Fault(name, trouble))
        return None
    return str(value)
