"""Where a list goes on, as text that clients hand back unread; bounded, and refused where it is not ours."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, Final, NamedTuple

from shared.domain.timing import LAST_INSTANT, Instant
from shared.errors import Fault, InvalidInputError

MAX_CURSOR: Final = 400
INVALID_REQUEST: Final = "invalid-request"


class Place(NamedTuple):
    """In a timeline: the page's instant, and how many of that instant's events are behind."""

    at: Instant
    passed: int


def write_cursor(*parts: int | str) -> str:
    return urlsafe_b64encode(json.dumps(parts, separators=(",", ":")).encode()).decode().rstrip("=")


def read_place(cursor: str) -> Place:
    at, passed = _read(cursor, int)
    return Place(at, _natural(passed))


def read_before(cursor: str) -> tuple[Instant, str]:
    """The last message that was listed: its instant and its id."""
    at, id_ = _read(cursor, str)
    return at, str(id_)


def _read(cursor: str, second: type[int] | type[str]) -> tuple[Instant, Any]:
    """What ``write_cursor`` wrote.

    Raises:
        InvalidInputError: not a cursor of this list.
    """
    if len(cursor) > MAX_CURSOR:
        raise refused()
    try:
        at, what = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, TypeError, RecursionError):
        raise refused() from None
    if type(at) is not int or type(what) is not second or not 0 <= at <= LAST_INSTANT:
        raise refused()
    return at, what


def _natural(number: int) -> int:
    if not 0 <= number <= 1_000_000:
        raise refused()
    return number


def refused() -> InvalidInputError:
    return InvalidInputError([Fault("cursor", "is none of this list's")], code=INVALID_REQUEST)
