"""What a form or a mail program posted: urlencoded or multipart, which RFC 8058 allows both."""

from collections.abc import Mapping
from email.message import Message
from email.parser import BytesParser
from typing import Final
from urllib.parse import parse_qsl

from shared.services.manage_preferences import Choice

ONE_CLICK: Final = ("List-Unsubscribe", "One-Click")
CHOICE: Final = "choice"
MAX_FIELDS: Final = 20


def read_choice(body: bytes, content_type: str) -> Choice | None:
    """What was asked for; ``None`` where the form asks for nothing that we know."""
    form = _multipart(body, content_type) if content_type.lower().startswith("multipart/") else _urlencoded(body)
    name, value = ONE_CLICK
    if form.get(name.lower(), "").strip().lower() == value.lower():
        return Choice.ONE_CLICK
    chosen = form.get(CHOICE)
    return Choice(chosen) if chosen in set(Choice) - {Choice.ONE_CLICK} else None


def _urlencoded(body: bytes) -> Mapping[str, str]:
    try:
        pairs = parse_qsl(body.decode("utf-8", "replace"), max_num_fields=MAX_FIELDS)
    except ValueError:
        return {}
    return {name.strip().lower(): value for name, value in pairs}


def _multipart(body: bytes, content_type: str) -> Mapping[str, str]:
    header = f"Content-Type: {' '.join(content_type.split())}\r\n\r\n"
    whole = BytesParser().parsebytes(header.encode("ascii", "replace") + body)
    parts: list[Message] = whole.get_payload() if whole.is_multipart() else []  # type: ignore[assignment]
    return {str(part.get_param("name", "", "content-disposition")).lower(): _text(part) for part in parts[:MAX_FIELDS]}


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    return payload.decode("utf-8", "replace").strip() if isinstance(payload, bytes) else ""
