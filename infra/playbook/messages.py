"""Checks the playbook's messages and compiles each channel's files to plain Jinja, once for each of their languages."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from jinja2 import TemplateSyntaxError

from infra.playbook.jinja_pieces import pieces_of
from infra.playbook.languages import Languages
from infra.playbook.locales import Locales
from infra.playbook.mail_settings import KEYS as MAIL_KEYS
from infra.playbook.mail_settings import MailSettings, attached_names, read_mail_settings, untimely
from infra.playbook.message_folder import MessageFolder
from infra.playbook.message_words import Words, read_words, shared_words
from infra.playbook.mjml import compile_text, lay_out, lost_constructs
from infra.playbook.mjml_source import CONFINED, Marked, read_marked
from infra.playbook.template_check import Source, TemplateCheck
from infra.playbook.template_names import coupons_named, parse_template, recommends
from infra.playbook.template_needs import Need, needs_of
from infra.playbook.webhooks import FILE as WEBHOOK_FILE
from infra.playbook.webhooks import read_webhook
from infra.playbook.whatsapp import FILE as WHATSAPP_FILE
from infra.playbook.whatsapp import MEDIA_LINK, read_whatsapp
from shared.adapters.playbook_files import YamlFile
from shared.adapters.renderer import compose
from shared.domain.channels.content import Content
from shared.domain.channels.sms_rules import MOST_PARTS
from shared.domain.channels.utm import PARAMETERS, UTM
from shared.domain.consent.words import Channel
from shared.domain.language.reading import Faults, duration
from shared.domain.language.step_reader import FALLBACK_AFTER
from shared.domain.timing import DAY, SECOND, Duration, format_duration
from shared.errors import PermanentError, PlaybookFault, PlaybookWarning

MESSAGE_KEYS: Final = (FALLBACK_AFTER, "preheader", "subject", "title")
MESSAGE_NUMBERS: Final = {"sms_parts": MOST_PARTS}
"""Whole numbers from 1, and their highest."""
PUSH_KEYS: Final = ("badge", "body", "collapse", "image", "link", "sound", "time_to_live", "title")
PUSH_NUMBERS: Final = {"badge": 9_999}
LONGEST_LIFE: Final[Duration] = 28 * DAY
"""Of a notification that waits for its device: FCM's limit; APNs has none."""
PUSH_ADDRESSES: Final = ("image", "link")
PUSH_WORDS: Final = ("title", "body")

CHANNEL_FILES: Final = {
    Channel.SMS: "sms.txt",
    Channel.PUSH: "push.yaml",
    Channel.WHATSAPP: WHATSAPP_FILE,
    Channel.WEBHOOK: WEBHOOK_FILE,
}

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_SHARED_TEXT: Final = re.compile(r"\{[{%][^{}]*\btext\s*[.\[]")
_NO_TEXT: Final = 'example.json has no "text.'
_EXAMPLE_LINKS: Final = {
    "confirm": "https://example.com/v1/confirm/example",
    "preferences": "https://example.com/v1/preferences/example",
    "unsubscribe": "https://example.com/v1/unsubscribe/example",
}


@dataclass(frozen=True, slots=True)
class Layout:
    """A mail's HTML, its Jinja set aside, and the files that it is made of by their names."""

    html: str
    sources: Mapping[str, str]


@dataclass(slots=True)
class CompiledMessage:
    """One message: what it is called, and its templates' Jinja by name.

    Attributes:
        languages: the tags of those it speaks, the brand's own first: its templates are then named
            ``messages/welcome/de/email.html``. Empty where it has but the brand's: ``messages/welcome/email.html``.
        entry_fields: what the templates read of the entry event, as (``properties`` or ``context``, field).
        example: the context with which every template was rendered, in the brand's own language.
        reads: the fields of the entry event that its files name, each where it first does.
        needs: those without which a template does not render.
        shared: the paths of the shared texts that are in its templates.
        coupons: what its templates may give.
        recommends: whether they show what the person may like.
        fallback_after: how long it may be silent before it goes on the next channel, where the message says so.
        utm: what its links say, where the message says so; false: nothing.
        sms_parts: how many parts a text may have at most, where the message says so.
        contents: what the channels without a layout carry in each language, rendered with the example; of a message
            without faults.
        written: where that is written: file and line.
        layouts: the mail in each language, as it was laid out; ``examples`` is the context to render it with.
        mail: what it says of its mail's envelope, and the files that go along.
        partner: whom its webhook tells; empty where it has none.
    """

    name: str
    title: str
    languages: list[str] = field(default_factory=list)
    channels: list[Channel] = field(default_factory=list)
    templates: dict[str, str] = field(default_factory=dict)
    entry_fields: set[tuple[str, str]] = field(default_factory=set)
    example: Mapping[str, Any] = field(default_factory=dict)
    warnings: set[PlaybookWarning] = field(default_factory=set)
    reads: set[Need] = field(default_factory=set)
    needs: set[Need] = field(default_factory=set)
    shared: set[tuple[str, ...]] = field(default_factory=set)
    coupons: set[str] = field(default_factory=set)
    recommends: bool = False
    sms_parts: int | None = None
    fallback_after: str | None = None
    utm: Mapping[str, str] | bool | None = None
    contents: dict[tuple[str, Channel], Content] = field(default_factory=dict)
    written: dict[tuple[str, Channel], tuple[str, int]] = field(default_factory=dict)
    layouts: dict[str, Layout] = field(default_factory=dict)
    examples: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    mail: MailSettings = field(default_factory=MailSettings)
    partner: str = ""

    def path(self, tag: str, part: str) -> str:
        """The name of a part's template in one language."""
        return f"messages/{self.name}/{tag}/{part}" if self.languages else f"messages/{self.name}/{part}"

    def template(self, tag: str, part: str) -> str:
        """A part's Jinja in one language."""
        return self.templates[self.path(tag, part)]

    def language_of(self, template: str) -> str:
        """The tag of a template's language; empty where the message has but one."""
        return template.split("/")[2] if self.languages else ""


def compile_messages(
    playbook: Path, brand: Mapping[str, Any], languages: Languages, locales: Locales
) -> tuple[dict[str, CompiledMessage], list[PlaybookFault]]:
    """Every message of the playbook, and every fault in them; with faults nothing of it is to be used."""
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
        compiler = _MessageCompiler(MessageFolder(playbook, path.name), brand, languages, locales)
        messages[path.name] = compiler.compile()
        faults |= compiler.faults
    return messages, sorted(faults)


class _MessageCompiler:
    """Goes through one message's folder; ``faults`` are complete when ``compile`` has returned."""

    def __init__(self, folder: MessageFolder, brand: Mapping[str, Any], languages: Languages, locales: Locales) -> None:
        self._folder = folder
        self._brand = brand
        self._languages = languages
        self._locales = locales
        self._message = CompiledMessage(folder.name, title=folder.name)

    @property
    def faults(self) -> set[PlaybookFault]:
        return self._folder.faults

    def compile(self) -> CompiledMessage:
        folder, message = self._folder, self._message
        settings = folder.yaml(
            "message.yaml", MESSAGE_KEYS, required=("title",), numbers=MESSAGE_NUMBERS, others=(*MAIL_KEYS, UTM)
        )
        folder.check_files(attached_names(settings.value.get("attachments")))
        self._envelope(settings)
        message.sms_parts = settings.value.pop("sms_parts", None)
        message.fallback_after = self._fallback_after(settings)
        message.utm = self._utm(settings)
        message.title = settings.value.get("title", message.title)
        example = folder.example()
        spoken = self._spoken()
        for words in spoken:
            in_language = _LanguageCompiler(folder, message, settings, example, words, self._brand, self._locales)
            in_language.compile()
            if not folder.faults:
                in_language.compose()
            message.shared |= words.used & words.shared.keys()
        if not message.channels:
            missing = "the message has no content: add email.mjml, sms.txt, push.yaml, whatsapp.yaml or webhook.yaml"
            folder.fault("message.yaml", missing)
        used = frozenset[tuple[str, ...]]().union(*(words.used for words in spoken))
        for path, word in spoken[0].own.items():
            if path not in used:
                said = "no file of the message shows this text"
                folder.faults.add(PlaybookFault(word.file, word.line, ".".join(path), said))
        return message

    def _fallback_after(self, settings: YamlFile) -> str | None:
        """How long the message may be silent, where no journey says otherwise."""
        after: str | None = settings.value.pop(FALLBACK_AFTER, None)
        if after is not None:
            found = Faults()
            duration(after, (FALLBACK_AFTER,), found)
            self.faults.update(settings.fault(fault.path, fault.message) for fault in found)
        return after

    def _utm(self, settings: YamlFile) -> Mapping[str, str] | bool | None:
        """What the message's own links say instead of what the brand lets all say; false: nothing."""
        own = settings.value.pop(UTM, None)
        if own is None or own is False:
            return own
        wanted = f"false, or texts named {', '.join(PARAMETERS)}"
        is_sound = isinstance(own, dict) and own and own.keys() <= {*PARAMETERS}
        if not is_sound or not all(isinstance(word, str) and word.strip() for word in own.values()):
            self.faults.add(settings.fault((UTM,), f"expected {wanted}"))
            return None
        return dict(own)

    def _envelope(self, settings: YamlFile) -> None:
        if self._folder.has("email.mjml"):
            self._message.mail = read_mail_settings(settings, self._folder.path(""), self._brand, self.faults.add)
            return
        for key in MAIL_KEYS:
            if key in settings.value:
                said = f"`{key}` is for mail, and there is no email.mjml"
                self.faults.add(settings.fault((), said, key=key))

    def _spoken(self) -> list[Words]:
        """The message's words in each of its languages; without catalogues, what it takes from the shared ones."""
        own = self._languages.own
        words, warnings = read_words(
            self._folder.playbook, self._folder.stem, self._locales.brands, self._languages, self.faults
        )
        self._message.warnings |= warnings
        if words or not self._takes_shared_texts():
            self._message.languages = [one.tag for one in words]
            return words or [Words(own or self._locales.brands, shared=shared_words(self._languages, own))]
        self._message.languages = [*self._languages.catalogues]
        return [Words(tag, shared=shared_words(self._languages, tag)) for tag in self._languages.catalogues]

    def _takes_shared_texts(self) -> bool:
        """Whether the message's own files, and not only parts that all include, speak by the shared texts."""
        names = ("message.yaml", "email.mjml", "email.txt", "push.yaml", "sms.txt", WHATSAPP_FILE, WEBHOOK_FILE)
        files = [self._folder.path(name) for name in names]
        return bool(self._languages.own) and any(
            _SHARED_TEXT.search(file.read_text("utf-8", errors="replace")) for file in files if file.is_file()
        )


class _LanguageCompiler:
    """Compiles a message in one of its languages."""

    def __init__(
        self,
        folder: MessageFolder,
        message: CompiledMessage,
        settings: YamlFile,
        example: Mapping[str, Any],
        words: Words,
        brand: Mapping[str, Any],
        locales: Locales,
    ) -> None:
        self._folder = folder
        self._message = message
        self._settings = settings
        self._words = words
        self._brand = brand
        self._language = locales[words.tag]
        self._environment = self._language.environment
        self._stem = f"{folder.stem}/{words.tag}" if message.languages else folder.stem
        self._example = {
            **example,
            "brand": dict(brand),
            "links": dict(_EXAMPLE_LINKS),
            "text": words.stand_ins,
            "language": words.tag,
        }
        self._check = TemplateCheck(self._environment, self._example, self._report_of_template)

    def compile(self) -> None:
        self._message.examples[self._words.tag] = self._example
        if not self._message.example:
            self._message.example = self._example
        for word in self._words.own.values():
            self._check_words(Source(word.file, word.text, word.line, ".".join(word.path)))
        if self._folder.has("email.mjml"):
            self._email()
        if self._folder.has("sms.txt") or self._words.printed("sms"):
            self._sms()
        if self._folder.has("push.yaml") or self._words.printed("push", "title"):
            self._push()
        if self._folder.has(WHATSAPP_FILE):
            self._whatsapp()
        if self._folder.has(WEBHOOK_FILE):
            self._webhook()

    def compose(self) -> None:
        """What is carried but mails: their layout is what takes time, and nothing is counted in it."""
        for key in self._message.written:
            if key[0] == self._words.tag:
                self._compose(key)
        self._folder.faults |= set(untimely(self._message.mail, self._settings, self._rendered))

    def _compose(self, key: tuple[str, Channel]) -> None:
        _, channel = key

        def part(kind: str, limit: int) -> str:
            rendered = self._rendered(f"{channel}.{kind}")
            if len(rendered) > limit:
                raise PermanentError(f"is longer than {limit:,} characters with example.json")
            return rendered

        try:
            self._message.contents[key] = compose(channel, part, self._brand)
        except PermanentError as error:
            self._folder.faults.add(PlaybookFault(*self._message.written[key], "", str(error)))

    def _rendered(self, part: str) -> str:
        text = self._message.templates[f"{self._stem}/{part}"]
        return self._environment.rendered(self._environment.code_of(text), self._example)

    def _report_of_template(self, fault: PlaybookFault) -> None:
        if fault.message.startswith(_NO_TEXT):
            fault = replace(fault, message=fault.message.replace(_NO_TEXT, 'no catalogue has "text.'))
        elif "example.json" in self._folder.unreadable:
            return
        self._folder.faults.add(fault)

    def _channel(self, channel: Channel, *words: str) -> None:
        if channel not in self._message.channels:
            self._message.channels.append(channel)
        if channel in CHANNEL_FILES:
            word = self._words.own.get(words)
            file = f"{self._folder.stem}/{CHANNEL_FILES[channel]}"
            self._message.written[self._words.tag, channel] = (word.file, word.line) if word else (file, 1)

    def _email(self) -> None:
        self._channel(Channel.EMAIL)
        for key in ("subject", "preheader"):
            if not self._source(self._settings, key).text and "message.yaml" not in self._folder.unreadable:
                self._folder.fault("message.yaml", f"`{key}` is missing: a mail needs one")
        subject = self._value(self._settings, "subject")
        marked = read_marked(
            self._folder.path("email.mjml"),
            self._folder.playbook,
            self._environment,
            self._brand,
            self._words,
            lambda file, line, message: self._folder.faults.add(PlaybookFault(file, line, "", message)),
            lambda file, line, message: self._message.warnings.add(PlaybookWarning(file, line, "", message)),
        )
        for name, source in marked.files.items():
            self._read(Source(name, source))
        html = self._html(marked, subject, self._value(self._settings, "preheader"))
        text = self._text("email.txt") if self._folder.has("email.txt") else compile_text(marked)
        self._keep("email.subject", subject, self._source(self._settings, "subject"))
        self._keep("email.html", html)
        self._keep("email.txt", text)
        for part, written in self._message.mail.templates.items():
            self._read(written)
            self._keep(f"email.{part}", self._expanded(written), written)

    def _html(self, marked: Marked, subject: str, preheader: str) -> str:
        if self._folder.faults:
            return ""  # what is misplaced would only be reported again, as MJML sees it
        try:
            laid_out = lay_out(
                marked,
                subject=subject,
                preheader=preheader,
                language=self._language.locale,
                direction=self._language.direction,
            )
            html = marked.restored(laid_out)
            parse_template(self._environment, html)
        except (ValueError, TemplateSyntaxError) as error:
            self._folder.fault("email.mjml", f"MJML: {error}")
            return ""
        for lost in lost_constructs(marked, html):
            said = f"{lost.text[:40]} is where MJML shows nothing"
            self._folder.faults.add(PlaybookFault(lost.file, lost.line, "", said))
        self._message.layouts[self._words.tag] = Layout(laid_out, marked.files)
        return html

    def _sms(self) -> None:
        self._channel(Channel.SMS, "sms")
        if self._folder.has("sms.txt"):
            text = self._text("sms.txt")
            self._keep("sms.txt", text, Source(f"{self._folder.stem}/sms.txt", text))
        else:
            self._keep("sms.txt", self._expanded(Source(f"{self._folder.stem}/sms.txt", self._words.printed("sms"))))

    def _push(self) -> None:
        self._channel(Channel.PUSH, "push", "title")
        required = tuple(key for key in PUSH_WORDS if not self._words.printed("push", key))
        is_all_words = not required and not self._folder.has("push.yaml")
        name = f"{self._folder.stem}/push.yaml"
        file = YamlFile(name, {}) if is_all_words else self._push_file(required)
        for key in PUSH_KEYS:
            text = self._value(file, key, "push")
            if key in PUSH_ADDRESSES and self._check.is_decided_by_an_event(self._source(file, key)):
                self._message.warnings.add(PlaybookWarning(file.name, file.line_of((key,)), key, CONFINED))
                text = f"{{% filter shop_url %}}{text}{{% endfilter %}}"
            self._keep(f"push.{key}", text, self._source(file, key))

    def _whatsapp(self) -> None:
        self._channel(Channel.WHATSAPP)
        file = read_whatsapp(self._folder)
        for part, source in file.written.items():
            self._read(source)
            text = self._expanded(source)
            if part == MEDIA_LINK and self._check.is_decided_by_an_event(source):
                self._message.warnings.add(PlaybookWarning(source.file, source.line, source.path, CONFINED))
                text = f"{{% filter shop_url %}}{text}{{% endfilter %}}"
            self._keep(f"whatsapp.{part}", text, source)
        for part, text in file.fixed.items():
            self._keep(f"whatsapp.{part}", text)

    def _webhook(self) -> None:
        self._channel(Channel.WEBHOOK)
        file = read_webhook(self._folder)
        for leaf in file.leaves:
            self._read(leaf)
        self._message.partner = file.partner
        self._keep("webhook.partner", file.partner)
        self._keep("webhook.body", file.template(self._expanded))

    def _push_file(self, required: tuple[str, ...]) -> YamlFile:
        file = self._folder.yaml("push.yaml", PUSH_KEYS, required=required, numbers=PUSH_NUMBERS)
        if "badge" in file.value:
            file.value["badge"] = str(file.value["badge"])
        if "time_to_live" in file.value:
            faults = Faults()
            lives = duration(file.value["time_to_live"], ("time_to_live",), faults)
            if lives > LONGEST_LIFE:
                faults.add(("time_to_live",), f"the services keep trying for {format_duration(LONGEST_LIFE)} at most")
            self._folder.faults |= {file.fault(finding.path, finding.message) for finding in faults}
            file.value["time_to_live"] = str(lives // SECOND)
        return file

    def _keep(self, part: str, text: str, source: Source | None = None) -> None:
        """A template as it will be rendered; ``source``: what it was written as, where that is one place."""
        self._message.templates[f"{self._stem}/{part}"] = text
        try:
            template = parse_template(self._environment, text)
            needs = needs_of(template)
            self._message.coupons |= coupons_named(template)
            self._message.recommends = self._message.recommends or recommends(template)
        except TemplateSyntaxError:
            return  # reported as it was read
        for need in needs:
            written = source if source is not None and source.text == text else None
            file, line = (written.file, written.line + need.line - 1) if written else self._place_of(need)
            self._message.needs.add(need._replace(file=file, line=line))

    def _place_of(self, need: Need) -> tuple[str, int]:
        """Where what is put together of several files reads a field first."""
        places = [(read.file, read.line) for read in self._message.reads if read[2:] == need[2:]]
        return min(places, default=(f"{self._folder.stem}/email.mjml", 1))

    def _text(self, name: str) -> str:
        source = Source(f"{self._folder.stem}/{name}", self._folder.text(name))
        self._read(source)
        return self._expanded(source)

    def _value(self, file: YamlFile, key: str, *within: str) -> str:
        """One template in a YAML file, checked; where the file has none, the words of that name; else empty."""
        source = self._source(file, key, *within)
        self._read(source)
        return self._expanded(source)

    def _source(self, file: YamlFile, key: str, *within: str) -> Source:
        text = file.value.get(key) or self._words.printed(*within, key)
        return Source(file.name, text, file.line_of((key,)), key)

    def _expanded(self, source: Source) -> str:
        try:
            return self._words.expanded(source.text)
        except TemplateSyntaxError:
            return ""  # reported as it was read

    def _check_words(self, source: Source) -> None:
        """The words themselves: what they read is read by the message."""
        self._note_reads(source, self._check.check(source))

    def _read(self, source: Source) -> None:
        self._note_reads(source, self._check.check(source))
        try:
            pieces = [piece for piece in pieces_of(source.text) if piece.is_jinja]
        except TemplateSyntaxError:
            return
        for piece in pieces:
            use = self._words.use_in(piece.text)
            path = self._words.misused_in(piece.text) if use is None else None
            if path is not None:
                name = ".".join(path)
                said = f"words stand alone, {{{{ text.{name} }}}}, or filled in, {{{{ text.{name} | fill(name=…) }}}}"
                self._fault(source, piece.line, said)
            for placeholder in use.unfilled if use is not None else ():
                name = ".".join(use.word.path) if use is not None else ""
                said = f"text.{name} has {{{placeholder}}}: write {{{{ text.{name} | fill({placeholder}=…) }}}}"
                self._fault(source, piece.line, said)

    def _fault(self, source: Source, line: int, message: str) -> None:
        self._folder.faults.add(PlaybookFault(source.file, source.line + line - 1, source.path, message))

    def _note_reads(self, source: Source, fields: frozenset[tuple[str, str]]) -> None:
        self._message.entry_fields |= fields
        for root, name in fields:
            found = re.search(rf"\b{root}\W+{re.escape(name)}\b", source.text)
            # Not what a loop goes through, nor what the example lacks, which is a fault.
            if found is not None and name in self._example["entry"].get(root, ()):
                line = source.line + source.text.count("\n", 0, found.start())
                self._message.reads.add(Need(source.file, line, root, name))
