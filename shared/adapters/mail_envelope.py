"""What a message says of its mail's envelope, rendered: from whom, headers, and files that go along."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from shared.adapters.calendar_file import MEDIA_TYPE, TEXTS, TIMES, calendar_file
from shared.domain.channels.content import Attachment, Document, EmailContent
from shared.domain.timing import parse_instant
from shared.errors import PermanentError

FILES: Final = "files"
"""The artefact's folder of attachments, one folder a message."""

MAX_HEADER: Final = 800
MAX_FIELD: Final = 2_000
MAX_KEY: Final = 1_024
"""Of S3."""
MAX_NAME: Final = 100

_NO_NAME: Final = re.compile(r"[^\w .-]")

Part = Callable[[str, int], str]


def enveloped(
    content: EmailContent, name: str, mail: Mapping[str, Any], part: Part, directory: Path, entry: Mapping[str, Any]
) -> EmailContent:
    """The mail with what ``mail``, of the compiled playbook, asks for.

    Raises:
        PermanentError: an appointment without a time, or a document without a place.
    """
    return replace(
        content,
        sender=mail.get("from", ""),
        from_name=mail.get("from_name", ""),
        reply_to=mail.get("reply_to", ""),
        headers={header: value for header in mail.get("headers", ()) if (value := _line(part, header_part(header)))},
        attachments=tuple(
            _calendar(wanted, number, part, entry)
            if "calendar" in wanted
            else Attachment(wanted["file"], wanted["type"], (directory / FILES / name / wanted["file"]).read_bytes())
            for number, wanted in enumerate(mail.get("attachments", ()))
            if "document" not in wanted
        ),
        documents=tuple(
            _document(wanted, number, part)
            for number, wanted in enumerate(mail.get("attachments", ()))
            if "document" in wanted
        ),
    )


def header_part(header: str) -> str:
    """What a header's template is called."""
    return f"header.{header}"


def calendar_part(number: int, field: str) -> str:
    """What the template of an appointment's field is called; ``number`` counts the attachments."""
    return f"calendar.{number}.{field}"


def document_part(number: int, field: str) -> str:
    """What the template of a document's ``key`` or ``name`` is called; ``number`` counts the attachments."""
    return f"document.{number}.{field}"


def _line(part: Part, name: str) -> str:
    """One line, without what could end it: a header's value cannot begin another header."""
    return _on_one_line(part(name, MAX_HEADER))


def _on_one_line(text: str) -> str:
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def _document(wanted: Mapping[str, Any], number: int, part: Part) -> Document:
    key = _on_one_line(part(document_part(number, "key"), MAX_KEY))
    if not key or key.endswith("/"):
        raise PermanentError("a document has no place", code="no_document", attachment=number)
    written = part(document_part(number, "name"), MAX_HEADER) if wanted["is_named"] else key.rpartition("/")[2]
    name = _NO_NAME.sub("-", _on_one_line(written))[-MAX_NAME:].lstrip(" .-") or f"document{wanted['document']}"
    return Document(name, wanted["type"], key)


def _calendar(wanted: Mapping[str, Any], number: int, part: Part, entry: Mapping[str, Any]) -> Attachment:
    given = wanted["fields"]
    fields = {name: part(calendar_part(number, name), MAX_FIELD).strip() for name in (*TIMES, *TEXTS) if name in given}
    seed = json.dumps([wanted["calendar"], entry], sort_keys=True)
    try:
        made_at = parse_instant(str(entry["timestamp"])) if "timestamp" in entry else 0
        return Attachment(wanted["calendar"], MEDIA_TYPE, calendar_file(fields, seed=seed, made_at=made_at))
    except ValueError:
        # Without the cause: its words may quote the person's own.
        raise PermanentError("an appointment has no time", code="no_time", attachment=wanted["calendar"]) from None
