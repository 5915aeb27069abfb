"""A calendar's file with one appointment (RFC 5545), which mail programs offer to put on the person's calendar."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final

from shared.domain.timing import Instant, parse_instant, to_datetime

MEDIA_TYPE: Final = "text/calendar; charset=utf-8; method=PUBLISH"
TEXTS: Final = ("summary", "location", "description")
TIMES: Final = ("starts", "ends")
LONGEST_LINE: Final = 75
"""Octets, without the line's end."""

_ESCAPED: Final = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


def calendar_file(fields: Mapping[str, str], *, seed: str, made_at: Instant) -> bytes:
    """The file; ``fields`` are ``TEXTS`` and ``TIMES``, each an instant or a day; ``seed`` decides on the id.

    Raises:
        ValueError: it begins at no time, or ends at none, or before it begins.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Carillon//Carillon//EN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{hashlib.sha256(seed.encode()).hexdigest()[:32]}@carillon",
        f"DTSTAMP:{to_datetime(made_at):{_INSTANT}}",
        *_times(fields["starts"], fields.get("ends", "")),
        *(f"{name.upper()}:{_escaped(fields[name])}" for name in TEXTS if fields.get(name)),
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return b"".join(octets + b"\r\n" for line in lines for octets in _folded(line))


_INSTANT: Final = "%Y%m%dT%H%M%SZ"


def _times(starts: str, ends: str) -> Iterator[str]:
    first = _time(starts)
    yield f"DTSTART{_written(first)}"
    if not ends:
        return
    last = _time(ends)
    if isinstance(first, datetime) is not isinstance(last, datetime) or last < first:
        raise ValueError("it ends before it begins, or one of the two is a day and the other an instant")
    # The end of a day-long appointment is the first day after it.
    yield f"DTEND{_written(last if isinstance(last, datetime) else last + timedelta(days=1))}"


def _time(text: str) -> date:
    try:
        return date.fromisoformat(text) if len(text) == len("2026-11-02") else to_datetime(parse_instant(text))
    except ValueError:
        raise ValueError("it begins or ends neither on a day nor at an instant of ISO 8601") from None


def _written(time: date) -> str:
    if isinstance(time, datetime):
        return f":{time.astimezone(UTC):{_INSTANT}}"
    return f";VALUE=DATE:{time:%Y%m%d}"


def _escaped(text: str) -> str:
    lines = "\n".join(text.splitlines())
    return "".join(character for character in lines if character >= " " or character == "\n").translate(_ESCAPED)


def _folded(line: str) -> Iterator[bytes]:
    """Cut between characters; what follows on begins with a space."""
    part = b""
    for octets in (character.encode() for character in line):
        if len(part) + len(octets) > LONGEST_LINE:
            yield part
            part = b" "
        part += octets
    yield part
