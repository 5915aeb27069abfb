"""Checks the playbook's messages and compiles each channel's files to plain Jinja."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from jinja2 import TemplateSyntaxError

from infra.playbook.mjml import compile_html, compile_text, lost_constructs
from infra.playbook.mjml_source import CONFINED, Marked, read_marked
from infra.playbook.template_check import Source, TemplateCheck
from infra.playbook.template_names import parse_template
from infra.playbook.template_needs import Need, needs_of
from shared.adapters.playbook_files import YamlFile, read_yaml
from shared.adapters.renderer import compose
from shared.adapters.templating import TemplateEnvironment
from shared.domain.channels.sms_rules import MOST_PARTS
from shared.domain.consent.words import Channel
from shared.domain.events import NOTHING
from shared.domain.language.reading import suggestion
from shared.domain.messages import Content
from shared.errors import PermanentError, PlaybookError, PlaybookFault, PlaybookWarning

FILES: Final = ("email.mjml", "email.txt", "example.json", "message.yaml", "push.yaml", "sms.txt")
MESSAGE_KEYS: Final = ("preheader", "subject", "title")
MESSAGE_NUMBERS: Final = {"sms_parts": MOST_PARTS}
"""Whole numbers from 1, and their highest."""
PUSH_KEYS: Final = ("body", "image", "link", "title")
PUSH_ADDRESSES: Final = ("image", "link")
ENTRY_KEYS: Final = ("context", "event", "properties", "timestamp")
EXAMPLE_KEYS: Final = ("entry", "traits")

CHANNEL_FILES: Final = {Channel.SMS: "sms.txt", Channel.PUSH: "push.yaml"}

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_EXAMPLE_LINKS: Final = {
    "confirm": "https://example.com/v1/confirm/example",
    "preferences": "https://example.com/v1/preferences/example",
    "unsubscribe": "https://example.com/v1/unsubscribe/example",
}
_EXAMPLE_ENTRY: Final = {"event": "", "timestamp": "2026-01-01T00:00:00.000Z", "properties": {}, "context": {}}


@dataclass(slots=True)
class CompiledMessage:
    """One message: what it is called, and its templates' Jinja by name (``messages/welcome/email.html``).

    Attributes:
        entry_fields: what the templates read of the entry event, as (``properties`` or ``context``, field).
        example: the context with which every template was rendered.
        reads: the fields of the entry event that its files name, each where it first does.
        needs: those without which a template does not render.
        sms_parts: how many parts a text may have at most, where the message says so.
        contents: what the channels without a layout carry, rendered with the example; of a message without faults.
    """

    title: str
    channels: list[Channel] = field(default_factory=list)
    templates: dict[str, str] = field(default_factory=dict)
    entry_fields: set[tuple[str, str]] = field(default_factory=set)
    example: Mapping[str, Any] = field(default_factory=dict)
    warnings: set[PlaybookWarning] = field(default_factory=set)
    reads: set[Need] = field(default_factory=set)
    needs: set[Need] = field(default_factory=set)
    sms_parts: int | None = None
    contents: dict[Channel, Content] = field(default_factory=dict)


def compile_messages(
    playbook: Path, brand: Mapping[str, Any], texts: Mapping[str, Any], environment: TemplateEnvironment
) -> tuple[dict[str, CompiledMessage], list[PlaybookFault]]:
    """Every message of the playbook, and every fault in them; with faults nothing of it is to be used.

    ``texts``: the brand's own catalogue.
    """
    messages: dict[str, CompiledMessage] = {}
    faults: set[PlaybookFault] = set()
    folder = playbook / "messages"
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name.startswith("."):
            continue
        if not path.is_dir() or not _NAME.fullmatch(path.name):
            name = path.relative_to(playbook).as_posix()
            faults.add(PlaybookFault(name, 1, "", "a message is a folder named in small letters, digits, - and _"))
            continue
        compiler = _MessageCompiler(playbook, path.name, brand, texts, environment)
        messages[path.name] = compiler.compile()
        faults |= compiler.faults
    return messages, sorted(faults)


class _MessageCompiler:
    """Goes through one message's folder; ``faults`` are complete when ``compile`` has returned."""

    def __init__(
        self,
        playbook: Path,
        name: str,
        brand: Mapping[str, Any],
        texts: Mapping[str, Any],
        environment: TemplateEnvironment,
    ) -> None:
        self._playbook = playbook
        self._stem = f"messages/{name}"
        self._brand = brand
        self._texts = texts
        self._environment = environment
        self._message = CompiledMessage(title=name)
        self._unreadable: set[str] = set()
        """Files of which nothing is known, so that nothing is said of what they lack."""
        self.faults: set[PlaybookFault] = set()

    def compile(self) -> CompiledMessage:
        self._check_files()
        settings = self._yaml("message.yaml", MESSAGE_KEYS, required=("title",), numbers=MESSAGE_NUMBERS)
        self._message.sms_parts = settings.value.pop("sms_parts", None)
        self._message.title = settings.value.get("title", self._message.title)
        self._message.example = {
            **self._example(),
            "brand": dict(self._brand),
            "links": dict(_EXAMPLE_LINKS),
            "text": dict(self._texts),
            "language": str(self._brand["locale"]),
        }
        self._check = TemplateCheck(self._environment, self._message.example, self._report_of_template)
        if self._has("email.mjml"):
            self._email(settings)
        if self._has("sms.txt"):
            self._sms()
        if self._has("push.yaml"):
            self._push()
        if not self._message.channels:
            self._fault("message.yaml", "the message has no content: add email.mjml, sms.txt or push.yaml")
        if not self.faults:
            for channel in self._message.channels:
                self._compose(channel)
        return self._message

    def _compose(self, channel: Channel) -> None:
        """A mail is not: its layout is what takes time, and nothing is counted in it."""
        if channel is Channel.EMAIL:
            return

        def part(kind: str, limit: int) -> str:
            text = self._message.templates[f"{self._stem}/{channel}.{kind}"]
            rendered = self._environment.from_string(text).render(self._message.example)
            if len(rendered) > limit:
                raise PermanentError(f"is longer than {limit:,} characters with example.json")
            return rendered

        try:
            self._message.contents[channel] = compose(channel, part)
        except PermanentError as error:
            self._fault(CHANNEL_FILES[channel], str(error))

    def _report_of_template(self, fault: PlaybookFault) -> None:
        if "example.json" not in self._unreadable:
            self.faults.add(fault)

    def _check_files(self) -> None:
        for path in sorted((self._playbook / self._stem).iterdir()):
            if path.name == "whatsapp.yaml":
                self._fault(path.name, "WhatsApp messages cannot be sent yet: leave the file out")
            elif path.name not in FILES and not path.name.startswith("."):
                self._fault(path.name, f"unknown file{suggestion(path.name, FILES)}")
        if self._has("email.txt") and not self._has("email.mjml"):
            self._fault("email.txt", "is the text part of email.mjml, which is missing")

    def _email(self, settings: YamlFile) -> None:
        self._message.channels.append(Channel.EMAIL)
        for key in ("subject", "preheader"):
            if key not in settings.value and "message.yaml" not in self._unreadable:
                self._fault("message.yaml", f"`{key}` is missing: a mail needs one")
        subject = self._value(settings, "subject")
        marked = read_marked(
            self._playbook / self._stem / "email.mjml",
            self._playbook,
            self._environment,
            self._brand,
            lambda file, line, message: self.faults.add(PlaybookFault(file, line, "", message)),
            lambda file, line, message: self._message.warnings.add(PlaybookWarning(file, line, "", message)),
        )
        for name, source in marked.files.items():
            self._read(Source(name, source))
        html = self._html(marked, subject, self._value(settings, "preheader"))
        text = self._text("email.txt") if self._has("email.txt") else compile_text(marked)
        self._keep("email.subject", subject, self._source(settings, "subject"))
        self._keep("email.html", html)
        self._keep("email.txt", text)

    def _html(self, marked: Marked, subject: str, preheader: str) -> str:
        if self.faults:
            return ""  # what is misplaced would only be reported again, as MJML sees it
        try:
            html = compile_html(marked, subject=subject, preheader=preheader, language=str(self._brand["locale"]))
            parse_template(self._environment, html)
        except (ValueError, TemplateSyntaxError) as error:
            self._fault("email.mjml", f"MJML: {error}")
            return ""
        for lost in lost_constructs(marked, html):
            self.faults.add(PlaybookFault(lost.file, lost.line, "", f"{lost.text[:40]} is where MJML shows nothing"))
        return html

    def _sms(self) -> None:
        self._message.channels.append(Channel.SMS)
        text = self._text("sms.txt")
        self._keep("sms.txt", text, Source(f"{self._stem}/sms.txt", text))

    def _push(self) -> None:
        self._message.channels.append(Channel.PUSH)
        file = self._yaml("push.yaml", PUSH_KEYS, required=("title", "body"))
        for key in PUSH_KEYS:
            text = self._value(file, key)
            if key in PUSH_ADDRESSES and self._check.is_decided_by_an_event(self._source(file, key)):
                self._message.warnings.add(PlaybookWarning(file.name, file.line_of((key,)), key, CONFINED))
                text = f"{{% filter shop_url %}}{text}{{% endfilter %}}"
            self._keep(f"push.{key}", text, self._source(file, key))

    def _keep(self, part: str, text: str, source: Source | None = None) -> None:
        """A template as it will be rendered; ``source``: what it was written as, where that is one place."""
        self._message.templates[f"{self._stem}/{part}"] = text
        try:
            needs = needs_of(parse_template(self._environment, text))
        except TemplateSyntaxError:
            return  # reported as it was read
        for need in needs:
            file, line = (source.file, source.line + need.line - 1) if source else self._place_of(need)
            self._message.needs.add(need._replace(file=file, line=line))

    def _place_of(self, need: Need) -> tuple[str, int]:
        """Where a mail that is put together of several files reads a field first."""
        places = [(read.file, read.line) for read in self._message.reads if read[2:] == need[2:]]
        return min(places, default=(f"{self._stem}/email.mjml", 1))

    def _text(self, name: str) -> str:
        try:
            text = (self._playbook / self._stem / name).read_text("utf-8-sig")
        except UnicodeDecodeError:
            self._fault(name, "not UTF-8: save the file as UTF-8")
            return ""
        self._read(Source(f"{self._stem}/{name}", text))
        return text

    def _value(self, file: YamlFile, key: str) -> str:
        """One template in a YAML file, checked; empty where it is not given."""
        source = self._source(file, key)
        self._read(source)
        return source.text

    @staticmethod
    def _source(file: YamlFile, key: str) -> Source:
        return Source(file.name, file.value.get(key, ""), file.line_of((key,)), key)

    def _read(self, source: Source) -> None:
        fields = self._check.check(source)
        self._message.entry_fields |= fields
        for root, name in fields:
            found = re.search(rf"\b{root}\W+{re.escape(name)}\b", source.text)
            # Not what a loop goes through, nor what the example lacks, which is a fault.
            if found is not None and name in self._message.example["entry"].get(root, ()):
                line = source.line + source.text.count("\n", 0, found.start())
                self._message.reads.add(Need(source.file, line, root, name))

    def _yaml(
        self,
        name: str,
        keys: tuple[str, ...],
        required: tuple[str, ...],
        numbers: Mapping[str, int] = NOTHING,
    ) -> YamlFile:
        """A file of texts, and numbers up to a highest, by name; what is neither is reported and left out."""
        full_name = f"{self._stem}/{name}"
        path = self._playbook / full_name
        if not path.is_file():
            self._fault(name, f"missing: at least `{required[0]}: …`")
            return YamlFile(full_name, {})
        try:
            file = read_yaml(path, full_name)
        except PlaybookError as error:
            self.faults |= set(error.faults)
            self._unreadable.add(name)
            return YamlFile(full_name, {})
        found = file.value if isinstance(file.value, dict) else {}
        for key in required:
            if key not in found:
                self._fault(name, f"`{key}` is missing")
        for key, value in found.items():
            if key in numbers:
                if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= numbers[key]:
                    self.faults.add(file.fault((key,), f"expected a whole number from 1 to {numbers[key]}"))
            elif key not in keys:
                self.faults.add(file.fault((), f'unknown key "{key}"{suggestion(key, (*keys, *numbers))}', key=key))
            elif not isinstance(value, str) or not value.strip():
                self.faults.add(file.fault((key,), "expected a text"))
        known = {key: value for key, value in found.items() if key in keys and isinstance(value, str)}
        known |= {key: value for key, value in found.items() if key in numbers and isinstance(value, int)}
        return YamlFile(full_name, known, file.lines)

    def _example(self) -> dict[str, Any]:
        """The context's traits and entry, as ``example.json`` gives them."""
        path = self._playbook / self._stem / "example.json"
        empty = {"traits": {}, "entry": dict(_EXAMPLE_ENTRY)}
        if not path.is_file():
            self._fault("example.json", 'missing: {"traits": {…}, "entry": {…}}, with which every template must render')
            return empty
        try:
            plain = json.loads(path.read_bytes())
        except json.JSONDecodeError as error:
            self._fault("example.json", f"not JSON: {error.msg}", error.lineno)
            self._unreadable.add("example.json")
            return empty
        except (UnicodeDecodeError, RecursionError):
            self._fault("example.json", "not JSON in UTF-8")
            return empty
        if not isinstance(plain, dict) or not all(isinstance(plain.get(key, {}), dict) for key in EXAMPLE_KEYS):
            self._fault("example.json", 'expected {"traits": {…}, "entry": {…}}')
            return empty
        entry = plain.get("entry", {})
        for found, known, within in ((plain, EXAMPLE_KEYS, ""), (entry, ENTRY_KEYS, "entry: ")):
            for key in found:
                if key not in known:
                    self._fault("example.json", f'{within}unknown key "{key}"{suggestion(key, known)}')
        return {"traits": plain.get("traits", {}), "entry": {**_EXAMPLE_ENTRY, **entry}}

    def _has(self, name: str) -> bool:
        return (self._playbook / self._stem / name).is_file()

    def _fault(self, name: str, message: str, line: int = 1) -> None:
        self.faults.add(PlaybookFault(f"{self._stem}/{name}", line, "", message))
