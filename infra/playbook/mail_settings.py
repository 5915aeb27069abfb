"""Reads what ``message.yaml`` says of the mail's envelope: sender, replies, headers, files that go along."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from infra.playbook.brand import is_address, is_words
from infra.playbook.template_check import Source
from shared.adapters.calendar_file import TEXTS, TIMES, calendar_file
from shared.adapters.mail_envelope import calendar_part, document_part, header_part
from shared.adapters.playbook_files import YamlFile
from shared.domain.language.reading import suggestion
from shared.errors import PlaybookFault

KEYS: Final = ("attachments", "from", "from_name", "headers", "reply_to")

HEADERS: Final = (
    "Auto-Submitted",
    "Comments",
    "Importance",
    "Keywords",
    "List-Help",
    "List-ID",
    "Organization",
    "Precedence",
    "Priority",
)
"""Beside ``X-…``. All others are the mail's own, SES's, or lead feedback and replies elsewhere."""
_EXTENSION: Final = re.compile(r"X-(?!SES-|Original-)[A-Za-z0-9][A-Za-z0-9-]{0,60}", re.IGNORECASE)
MAX_HEADERS: Final = 10
"""SES takes 15, and some are ours."""

MEDIA_TYPES: Final[Mapping[str, str]] = {
    ".csv": "text/csv; charset=utf-8",
    ".gif": "image/gif",
    ".ics": "text/calendar; charset=utf-8",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".pdf": "application/pdf",
    ".pkpass": "application/vnd.apple.pkpass",
    ".png": "image/png",
    ".txt": "text/plain; charset=utf-8",
    ".vcf": "text/vcard; charset=utf-8",
}
"""What mail programs open and mail servers let through."""
MAX_ATTACHMENTS: Final = 5
"""Of at most 1 MB each, as any file: a mail of more is refused by many servers, and slow on a phone."""
_FILE_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.-]{0,99}")

_ATTACHMENT_KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "file": ("file",),
    "calendar": ("calendar", *TIMES, *TEXTS),
    "document": ("document", "name"),
}


@dataclass(slots=True)
class MailSettings:
    """Attributes:
    plain: for the artefact.
    templates: what is rendered for each mail, by the part's name.
    files: what goes along, by name.
    """

    plain: dict[str, Any] = field(default_factory=dict)
    templates: dict[str, Source] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)


def read_mail_settings(
    file: YamlFile, folder: Path, brand: Mapping[str, Any], report: Callable[[PlaybookFault], None]
) -> MailSettings:
    """What the file says of the envelope; what is wrong with it is reported."""
    found = file.value if isinstance(file.value, dict) else {}
    reader = _Reader(file, folder, brand, report)
    for key in KEYS:
        if key in found:
            getattr(reader, f"read_{key}")(found[key])
    return reader.settings


def attached_names(value: object) -> frozenset[str]:
    """The files that a message's ``attachments`` name, right or wrong."""
    items = value if isinstance(value, list) else []
    return frozenset(str(item["file"]) for item in items if isinstance(item, dict) and "file" in item)


def untimely(settings: MailSettings, file: YamlFile, render: Callable[[str], str]) -> Iterator[PlaybookFault]:
    """Appointments that the example gives no time; ``render`` gives what a part of the message says with it."""
    for number, attachment in enumerate(settings.plain.get("attachments", ())):
        if "calendar" in attachment:
            fields = {name: render(f"email.{calendar_part(number, name)}").strip() for name in attachment["fields"]}
            try:
                calendar_file(fields, seed="", made_at=0)
            except ValueError as error:
                yield file.fault(("attachments", str(number)), f"with example.json, {error}")


class _Reader:
    def __init__(
        self, file: YamlFile, folder: Path, brand: Mapping[str, Any], report: Callable[[PlaybookFault], None]
    ) -> None:
        self._file = file
        self._folder = folder
        self._brand = brand
        self._report = report
        self.settings = MailSettings()

    def read_from(self, value: object) -> None:
        senders = self._brand.get("senders")
        known = senders if isinstance(senders, dict) else {}
        if isinstance(value, str) and value in known:
            self.settings.plain["from"] = value
        else:
            self._fault(("from",), f'brand.yaml has no sender "{value}"{suggestion(str(value), known)}')

    def read_from_name(self, value: object) -> None:
        if is_words(value) and str(value).isprintable():
            self.settings.plain["from_name"] = str(value).strip()
        else:
            self._fault(("from_name",), "the sender's name, on one line")

    def read_reply_to(self, value: object) -> None:
        if is_address(value):
            self.settings.plain["reply_to"] = value
        else:
            self._fault(("reply_to",), "an address like `care@example.com`")

    def read_headers(self, value: object) -> None:
        if not isinstance(value, dict) or not value:
            self._fault(("headers",), "a mapping of headers to texts")
            return
        if len(value) > MAX_HEADERS:
            self._fault(("headers",), f"{len(value)} headers; a mail may have {MAX_HEADERS} of its own")
        seen: set[str] = set()
        for name, text in value.items():
            path = ("headers", str(name))
            if name not in HEADERS and _EXTENSION.fullmatch(str(name)) is None:
                message = f'the header "{name}" cannot be set: X-… can{suggestion(str(name), HEADERS)}'
                self._fault(("headers",), message, key=str(name))
            elif str(name).lower() in seen:
                self._fault(path, "the same header twice")
            elif not isinstance(text, str) or not text.strip() or "\n" in text.strip():
                self._fault(path, "expected a text on one line")
            else:
                self.settings.plain.setdefault("headers", []).append(name)
                self._template(header_part(name), text, path)
            seen.add(str(name).lower())

    def read_attachments(self, value: object) -> None:
        if not isinstance(value, list) or not value:
            self._fault(("attachments",), "a list of `file: …`, `calendar: …` or `document: …`")
            return
        if len(value) > MAX_ATTACHMENTS:
            self._fault(("attachments",), f"{len(value)} attachments; a mail may have {MAX_ATTACHMENTS}")
        for number, item in enumerate(value):
            self._attachment(number, item)

    def _attachment(self, number: int, item: object) -> None:
        path = ("attachments", str(number))
        kinds = [kind for kind in _ATTACHMENT_KINDS if isinstance(item, dict) and kind in item]
        if len(kinds) != 1 or not isinstance(item, dict):
            self._fault(path, "one of `file: …`, `calendar: …` and `document: …`")
            return
        for key in item:
            if key not in _ATTACHMENT_KINDS[kinds[0]]:
                self._fault(path, f'unknown key "{key}"{suggestion(str(key), _ATTACHMENT_KINDS[kinds[0]])}', key=key)
        name = item[kinds[0]]
        if kinds[0] == "document":
            self._attach_document(item, number, path)
        elif not isinstance(name, str) or _FILE_NAME.fullmatch(name) is None:
            self._fault((*path, kinds[0]), "a file's name: letters, digits, spaces, -, _ and .")
        elif kinds[0] == "file":
            self._attach_file(name, (*path, "file"))
        else:
            self._attach_calendar(name, item, number, path)

    def _attach_file(self, name: str, path: tuple[str, ...]) -> None:
        media_type = MEDIA_TYPES.get(Path(name).suffix.lower())
        if media_type is None:
            self._fault(path, f"files of this kind do not travel by mail: {', '.join(MEDIA_TYPES)} do")
        elif not (self._folder / name).is_file():
            self._fault(path, "the message's folder has no such file")
        else:
            self.settings.files[name] = (self._folder / name).read_bytes()
            self._add({"file": name, "type": media_type})

    def _attach_calendar(self, name: str, item: Mapping[str, Any], number: int, path: tuple[str, ...]) -> None:
        if not name.endswith(".ics"):
            self._fault((*path, "calendar"), "the name of the file, which ends in .ics")
        for key in ("starts", "summary"):
            if key not in item:
                self._fault(path, f"`{key}` is missing")
        fields = []
        for key in (*TIMES, *TEXTS):
            if key in item and not isinstance(item[key], str):
                self._fault((*path, key), "expected a text")
            elif key in item:
                fields.append(key)
                self._template(calendar_part(number, key), item[key], (*path, key))
        self._add({"calendar": name, "fields": fields})

    def _attach_document(self, item: Mapping[str, Any], number: int, path: tuple[str, ...]) -> None:
        key, name = item["document"], item.get("name")
        suffix = Path(key).suffix.lower() if isinstance(key, str) else ""
        if suffix not in MEDIA_TYPES:
            said = f"where the document lies, ending in what it is: {', '.join(MEDIA_TYPES)}"
            self._fault((*path, "document"), said)
            return
        self._template(document_part(number, "key"), key, (*path, "document"))
        if isinstance(name, str):
            self._template(document_part(number, "name"), name, (*path, "name"))
        elif name is not None:
            self._fault((*path, "name"), "expected a text")
        self._add({"document": suffix, "type": MEDIA_TYPES[suffix], "is_named": isinstance(name, str)})

    def _add(self, attachment: Mapping[str, Any]) -> None:
        self.settings.plain.setdefault("attachments", []).append(attachment)

    def _template(self, part: str, text: str, path: tuple[str, ...]) -> None:
        self.settings.templates[part] = Source(self._file.name, text, self._file.line_of(path), ".".join(path))

    def _fault(self, path: tuple[str, ...], message: str, *, key: str = "") -> None:
        self._report(self._file.fault(path, message, key=key))
