"""What a form or a mail program posted: urlencoded or multipart, which RFC 8058 allows both."""

from collections.abc import Iterable, Mapping
from email.message import Message
from email.parser import BytesParser
from typing import Final, TypeAlias
from urllib.parse import parse_qsl

from shared.services.manage_preferences import Choice

Form: TypeAlias = Mapping[str, list[str]]
"""Each field's values, in their order; the names in small letters."""

ONE_CLICK: Final = ("List-Unsubscribe", "One-Click")
CHOICE: Final = "choice"
MAX_FIELDS: Final = 250
"""As many boxes as the preference centre may show, and some more."""


def read_form(body: bytes, content_type: str) -> Form:
    """The fields; none where the body is no form."""
    is_multipart = content_type.lower().startswith("multipart/")
    form: dict[str, list[str]] = {}
    for name, value in _multipart(body, content_type) if is_multipart else _urlencoded(body):
        form.setdefault(name.strip().lower(), []).append(value)
    return form


def field(form: Form, name: str) -> str:
    """The field's last value; empty where it is absent."""
    return form.get(name, [""])[-1]


def is_one_click(form: Form) -> bool:
    """Whether a mail program says that its own button was pressed (RFC 8058)."""
    name, value = ONE_CLICK
    return field(form, name.lower()).strip().lower() == value.lower()


def choice_in(form: Form) -> Choice | None:
    """What was asked for; ``None`` where the form asks for nothing that we know."""
    if is_one_click(form):
        return Choice.ONE_CLICK
    chosen = field(form, CHOICE)
    return Choice(chosen) if chosen in set(Choice) - {Choice.ONE_CLICK} else None


def _urlencoded(body: bytes) -> Iterable[tuple[str, str]]:
    try:
        return parse_qsl(body.decode("utf-8", "replace"), max_num_fields=MAX_FIELDS)
    except ValueError:
        return ()


def _multipart(body: bytes, content_type: str) -> Iterable[tuple[str, str]]:
    header = f"Content-Type: {' '.join(content_type.split())}\r\n\r\n"
    whole = BytesParser().parsebytes(header.encode("ascii", "replace") + body)
    parts: list[Message] = whole.get_payload() if whole.is_multipart() else []  # type: ignore[assignment]
    return [(str(part.get_param("name", "", "content-disposition")), _text(part)) for part in parts[:MAX_FIELDS]]


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    return payload.decode("utf-8", "replace").strip() if isinstance(payload, bytes) else ""
