"""Renders the compiled playbook: nothing is parsed or compiled here, and a template is loaded when first needed."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any, Final, TypeAlias

from jinja2 import ModuleLoader, Template, TemplateError

from shared.adapters.locale_format import LocaleFormat
from shared.adapters.mail_envelope import enveloped
from shared.adapters.qr_codes import QR, QrCodes
from shared.adapters.templating import MissingVariableError, TemplateEnvironment, fill
from shared.domain.channels.content import (
    Content,
    EmailContent,
    PushContent,
    SmsContent,
    WebhookContent,
    WhatsAppContent,
)
from shared.domain.channels.sms_parts import plainly
from shared.domain.channels.webhooks import MAX_BYTES
from shared.domain.consent.words import Channel
from shared.domain.locales.languages import choose_language
from shared.domain.shop.shelf import Shelf
from shared.errors import PermanentError

PRODUCTS: Final = "products"
"""Who renders without a catalogue, as a preview does, sees what the event tells of products."""

MAX_LENGTH: Final = {
    "html": 500_000,
    "text": 200_000,
    "sms": 1_600,
    "push": 3_000,
    "line": 1_000,
    "number": 9,
    "collapse": 64,
    "whatsapp": 4_096,
    "webhook": MAX_BYTES,
}
"""Characters: what SES, SNS (1,600) and a push payload of 4 KB take with room to spare."""

Part: TypeAlias = Callable[[str, int], str]
"""Renders one part of a message (``subject``, ``html``, …) up to a length."""

_NOTHING_KNOWN: Final[dict[str, Any]] = {"recommendations": lambda _count=0: []}

_TEMPLATE_FAILURES: Final = (
    TemplateError,
    TypeError,
    ValueError,
    ArithmeticError,
    LookupError,
    AttributeError,
    RecursionError,
)
_PIECES_AT_ONCE: Final = 256
_TRAILING_SPACE: Final = re.compile(r"[ \t]+\n")
_BLANK_LINES: Final = re.compile(r"\n{3,}")


class JinjaRenderer:
    """The ports ``Renderer`` and ``Pages`` over a compiled playbook.

    ``playbook`` is what its ``playbook.json`` holds, where that has been read already.
    """

    def __init__(self, directory: Path, *, playbook: Mapping[str, Any] | None = None) -> None:
        if playbook is None:
            playbook = json.loads((directory / "playbook.json").read_bytes())
        self._directory = directory
        self._brand: dict[str, Any] = playbook["brand"]
        self._topics: dict[str, Any] = playbook["policy"].get("topics") or {}
        self._messages: dict[str, Any] = playbook["messages"]
        self._own: str = playbook["language"]
        names: dict[str, str] = playbook.get("languages") or {}
        self._names = {tag: names[tag] for tag in sorted(names, key=lambda tag: (tag != self._own, tag))}
        self._loader = ModuleLoader(directory / "templates")
        self._spoken: dict[str, _Language] = {}

    def channels(self, name: str) -> frozenset[Channel]:
        return frozenset(map(Channel, self._messages[name]["channels"])) if name in self._messages else frozenset()

    def render(self, name: str, channel: Channel, context: Mapping[str, Any]) -> Content:
        if channel not in self.channels(name):
            raise PermanentError(f"the playbook has no {channel} for {name}", code="no_content", template=name)
        spoken = self._messages[name].get("languages") or ()
        tag = choose_language(spoken, traits=context.get("traits")) or self._own
        language = self._language(tag)
        stem = f"messages/{name}/{tag}" if spoken else f"messages/{name}"
        told = {} if PRODUCTS in context else Shelf(context.get("entry") or {}, lambda _: {}).names
        complete = {
            "links": {},
            **_NOTHING_KNOWN,
            **told,
            **context,
            "language": tag,
            "text": language.texts,
            "brand": self._brand,
        }
        codes = QrCodes()
        complete[QR] = codes.address

        def part(kind: str, limit: int) -> str:
            return self._text(language, f"{stem}/{channel}.{kind}", complete, limit)

        content = compose(channel, part, self._brand)
        mail = self._messages[name].get("mail")
        if mail and isinstance(content, EmailContent):
            content = enveloped(content, name, mail, part, self._directory, complete.get("entry", {}))
        if codes.pictures and isinstance(content, EmailContent):
            content = replace(content, attachments=(*content.attachments, *codes.pictures.values()))
        return content

    def languages(self) -> Sequence[str]:
        return [*self._names]

    def texts(self, language: str) -> Mapping[str, Any]:
        return self._language(language).texts

    def title(self, topic: str | None, language: str) -> str:
        if topic is None:
            return ""
        own = self.texts(language)["topics"].get(topic)
        return str(own or (self._topics.get(topic) or {}).get("title") or topic)

    def agreement(self, language: str, page: str, topic: str | None, channel: Channel) -> str:
        texts = self.texts(language)
        what = self.title(topic, language) or texts["confirm"]["all"]
        consent = fill(texts[page]["consent"], shop=self._brand["name"])
        return f"{what}\n{texts['channels'][channel]['by']}\n{consent}"

    def page(self, name: str, language: str, context: Mapping[str, Any]) -> str:
        spoken = self._language(language or self._own)
        names = [{"tag": tag, "name": name} for tag, name in self._names.items()]
        whole = {
            **context,
            "brand": self._brand,
            "language": language,
            "direction": spoken.direction,
            "languages": names,
            "text": spoken.texts,
        }
        return self._text(spoken, f"pages/{name}.html", whole, MAX_LENGTH["html"])

    def text(self, name: str, context: dict[str, Any], limit: int) -> str:
        """What one template of the brand's own language makes of the context; raises as ``render`` does."""
        return self._text(self._language(self._own), name, context, limit)

    def _text(self, language: "_Language", name: str, context: dict[str, Any], limit: int) -> str:
        """What one template makes of the context.

        Raises:
            PermanentError: something is missing, fails, or comes out longer than ``limit``.
        """
        try:
            template = language.templates.get(name) or language.load(name)
            return _bounded(template, context, limit)
        except MissingVariableError as error:
            path = _path_of(error, context)
            raise PermanentError(
                f"{name} asks for {path}, which is missing", code="missing_variable", template=name, variable=path
            ) from None
        except _TEMPLATE_FAILURES as error:
            # Without the cause: its words may quote the person's own.
            kind = type(error).__name__
            raise PermanentError(f"{name} fails: {kind}", code="template_failed", template=name) from None

    def _language(self, tag: str) -> "_Language":
        """Read when somebody is first spoken to in it."""
        if tag not in self._spoken:
            plain = json.loads((self._directory / "locales" / f"{tag}.json").read_bytes())
            environment = TemplateEnvironment(self._brand, LocaleFormat.from_dict(plain), self._loader)
            self._spoken[tag] = _Language(environment, plain["text"], plain["direction"])
        return self._spoken[tag]


@dataclass(slots=True)
class _Language:
    """One language: its formats, the texts that pages and messages share, the templates loaded so far."""

    environment: TemplateEnvironment
    texts: Mapping[str, Any]
    direction: str
    templates: dict[str, Template] = field(default_factory=dict)

    def load(self, name: str) -> Template:
        template = self.templates[name] = self.environment.get_template(name)
        template.globals = dict(template.globals)  # a chain of mappings, which is slow to copy for each rendering
        return template


def compose(channel: Channel, part: Part, brand: Mapping[str, Any]) -> Content:
    """What a channel carries, of a message's rendered parts, as the brand's own."""
    content = _CONTENT_OF[channel](part)
    if isinstance(content, PushContent):
        return replace(content, icon=brand.get("icon") or None, color=(brand.get("colors") or {}).get("accent"))
    return content


def _email(part: Part) -> Content:
    return EmailContent(
        subject=_one_line(part("subject", MAX_LENGTH["line"])),
        html=part("html", MAX_LENGTH["html"]),
        text=_tidy(part("txt", MAX_LENGTH["text"])) + "\n",
    )


def _sms(part: Part) -> Content:
    return SmsContent(plainly(_tidy(part("txt", MAX_LENGTH["sms"]))))


def _push(part: Part) -> Content:
    return PushContent(
        title=_one_line(part("title", MAX_LENGTH["line"])),
        body=_tidy(part("body", MAX_LENGTH["push"])),
        link=_one_line(part("link", MAX_LENGTH["line"])) or None,
        image=_one_line(part("image", MAX_LENGTH["line"])) or None,
        badge=_number(part("badge", MAX_LENGTH["number"])),
        collapse=_one_line(part("collapse", MAX_LENGTH["collapse"])) or None,
        time_to_live=_number(part("time_to_live", MAX_LENGTH["number"])),
        sound=_one_line(part("sound", MAX_LENGTH["line"])) or None,
    )


def _whatsapp(part: Part) -> Content:
    names = part("names", MAX_LENGTH["text"]).split()
    kind, link = part("media_kind", MAX_LENGTH["line"]), _one_line(part("media", MAX_LENGTH["line"]))
    return WhatsAppContent(
        template=part("template", MAX_LENGTH["line"]),
        language=_one_line(part("language", MAX_LENGTH["line"])),
        variables=tuple((name, _one_line(part(f"variable.{name}", MAX_LENGTH["whatsapp"]))) for name in names),
        media=(kind, link) if kind and link else None,
        text=_tidy(part("text", MAX_LENGTH["whatsapp"])),
    )


def _webhook(part: Part) -> Content:
    """The template is JSON already, with what people and events say as its values; here it loses its white space."""
    body = json.dumps(json.loads(part("body", MAX_LENGTH["webhook"])), ensure_ascii=False, separators=(",", ":"))
    return WebhookContent(partner=part("partner", MAX_LENGTH["line"]), body=body)


_CONTENT_OF: Final[Mapping[Channel, Callable[[Part], Content]]] = {
    Channel.EMAIL: _email,
    Channel.SMS: _sms,
    Channel.PUSH: _push,
    Channel.WHATSAPP: _whatsapp,
    Channel.WEBHOOK: _webhook,
}


def _number(text: str) -> int | None:
    """Whole and not negative; what is none is left out, for the notification is worth more than its number."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() else None


def _one_line(text: str) -> str:
    """A subject cannot break out of its header."""
    return " ".join(text.split())


def _bounded(template: Template, context: dict[str, Any], limit: int) -> str:
    pieces = template.root_render_func(template.new_context(context))
    text = ""
    while some := list(islice(pieces, _PIECES_AT_ONCE)):
        text += "".join(some)
        if len(text) > limit:
            raise PermanentError(f"{template.name} is longer than {limit:,} characters", code="too_long")
    return text


def _tidy(text: str) -> str:
    """Without the blank lines that branches not taken leave behind."""
    return _BLANK_LINES.sub("\n\n", _TRAILING_SPACE.sub("\n", text)).strip()


def _path_of(error: MissingVariableError, context: Mapping[str, Any]) -> str:
    """Where the missing name was looked for: ``entry.properties.price``; the bare name if that cannot be told."""
    places: list[tuple[str, Any]] = [("", context)]
    for prefix, place in places:
        if place is error.owner:
            return prefix + error.name
        within = place.items() if isinstance(place, dict) else enumerate(place) if isinstance(place, list) else ()
        places.extend((f"{prefix}{key}.", value) for key, value in within if isinstance(value, dict | list))
    return error.name
