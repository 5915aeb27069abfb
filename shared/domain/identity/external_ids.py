"""Ids by which other systems know a person, such as a loyalty card's, as Segment's ``context.externalIds`` lists them.

``type`` becomes the kind of an alias, so it is short and plain. What is no such id is passed over, not refused: the
context is full of what clients' libraries put there, and the event itself may be whole.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from shared.domain.intake.fields import MAX_ID_LENGTH, text_trouble

EXTERNAL_IDS: Final = "externalIds"
MAX_EXTERNAL_IDS: Final = 5
"""Of one event; each is looked up, and claimed."""

MAX_LISTED: Final = 20
"""How many entries are looked at."""

_KIND: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,31}")
_TAKEN: Final = frozenset(
    {"anon", "anonymous", "anonymous_id", "anonymousid", "email", "ext", "phone", "user", "user_id", "userid"}
)
"""Types that have a place of their own in an event, where they are brought into one form."""

_OF_PEOPLE: Final = frozenset({None, "users"})
_PLAIN: Final = frozenset({None, "none"})


def external_ids(context: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Kind and value of each, at most ``MAX_EXTERNAL_IDS``, none twice."""
    listed = context.get(EXTERNAL_IDS)
    if not isinstance(listed, list):
        return
    found: set[tuple[str, str]] = set()
    for entry in listed[:MAX_LISTED]:
        one = _read(entry)
        if one is not None and one not in found:
            found.add(one)
            yield one
            if len(found) == MAX_EXTERNAL_IDS:
                return


def is_kind(text: str) -> bool:
    """Whether it may be the kind of an external id."""
    return _KIND.fullmatch(text) is not None and text not in _TAKEN


def _read(entry: object) -> tuple[str, str] | None:
    if not isinstance(entry, Mapping):
        return None
    kind, value = entry.get("type"), entry.get("id")
    collection, encoding = entry.get("collection"), entry.get("encoding")
    if not isinstance(kind, str) or not is_kind(kind := kind.strip().lower()):
        return None
    if not _is_one_of(collection, _OF_PEOPLE) or not _is_one_of(encoding, _PLAIN):
        return None
    if type(value) is int:
        value = str(value)
    if not isinstance(value, str) or text_trouble(value := value.strip(), MAX_ID_LENGTH) is not None:
        return None
    return kind, value


def _is_one_of(value: object, known: frozenset[str | None]) -> bool:
    return value is None or (isinstance(value, str) and value in known)
