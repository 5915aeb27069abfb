"""Compiles one message in one of its languages: the files, or words, of each of its channels."""

from collections.abc import Mapping
from typing import Any, Final

from jinja2 import TemplateSyntaxError

from infra.playbook.compiled_message import CompiledMessage, Layout
from infra.playbook.locales import Locales
from infra.playbook.mail_settings import untimely
from infra.playbook.message_folder import MessageFolder
from infra.playbook.message_templates import MessageTemplates
from infra.playbook.message_words import Words
from infra.playbook.mjml import compile_text, lay_out, lost_constructs
from infra.playbook.mjml_source import CONFINED, Marked, read_marked
from infra.playbook.template_check import Source
from infra.playbook.template_names import parse_template
from infra.playbook.webhooks import FILE as WEBHOOK_FILE
from infra.playbook.webhooks import read_webhook
from infra.playbook.whatsapp import FILE as WHATSAPP_FILE
from infra.playbook.whatsapp import MEDIA_LINK, read_whatsapp
from shared.adapters.playbook_files import YamlFile
from shared.adapters.renderer import compose
from shared.domain.consent.words import Channel
from shared.domain.language.reading import Faults, duration
from shared.domain.timing import DAY, SECOND, Duration, format_duration
from shared.errors import PermanentError, PlaybookFault, PlaybookWarning

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

_EXAMPLE_LINKS: Final = {
    "confirm": "https://example.com/v1/confirm/example",
    "preferences": "https://example.com/v1/preferences/example",
    "unsubscribe": "https://example.com/v1/unsubscribe/example",
}


class LanguageCompiler:
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
        self._example = {
            **example,
            "brand": dict(brand),
            "links": dict(_EXAMPLE_LINKS),
            "text": words.stand_ins,
            "language": words.tag,
        }
        self._templates = MessageTemplates(folder, message, words, self._environment, self._example)

    def compile(self) -> None:
        self._message.examples[self._words.tag] = self._example
        if not self._message.example:
            self._message.example = self._example
        for word in self._words.own.values():
            self._templates.check_words(Source(word.file, word.text, word.line, ".".join(word.path)))
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
        self._folder.faults |= set(untimely(self._message.mail, self._settings, self._templates.rendered))

    def _compose(self, key: tuple[str, Channel]) -> None:
        _, channel = key

        def part(kind: str, limit: int) -> str:
            rendered = self._templates.rendered(f"{channel}.{kind}")
            if len(rendered) > limit:
                raise PermanentError(f"is longer than {limit:,} characters with example.json")
            return rendered

        try:
            self._message.contents[key] = compose(channel, part, self._brand)
        except PermanentError as error:
            self._folder.faults.add(PlaybookFault(*self._message.written[key], "", str(error)))

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
            if not self._templates.source(self._settings, key).text and "message.yaml" not in self._folder.unreadable:
                self._folder.fault("message.yaml", f"`{key}` is missing: a mail needs one")
        subject = self._templates.value(self._settings, "subject")
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
            self._templates.read(Source(name, source))
        html = self._html(marked, subject, self._templates.value(self._settings, "preheader"))
        text = self._templates.text("email.txt") if self._folder.has("email.txt") else compile_text(marked)
        self._templates.keep("email.subject", subject, self._templates.source(self._settings, "subject"))
        self._templates.keep("email.html", html)
        self._templates.keep("email.txt", text)
        for part, written in self._message.mail.templates.items():
            self._templates.read(written)
            self._templates.keep(f"email.{part}", self._templates.expanded(written), written)

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
            text = self._templates.text("sms.txt")
            self._templates.keep("sms.txt", text, Source(f"{self._folder.stem}/sms.txt", text))
        else:
            self._templates.keep(
                "sms.txt", self._templates.expanded(Source(f"{self._folder.stem}/sms.txt", self._words.printed("sms")))
            )

    def _push(self) -> None:
        self._channel(Channel.PUSH, "push", "title")
        required = tuple(key for key in PUSH_WORDS if not self._words.printed("push", key))
        is_all_words = not required and not self._folder.has("push.yaml")
        name = f"{self._folder.stem}/push.yaml"
        file = YamlFile(name, {}) if is_all_words else self._push_file(required)
        for key in PUSH_KEYS:
            text = self._templates.value(file, key, "push")
            if key in PUSH_ADDRESSES and self._templates.is_decided_by_an_event(self._templates.source(file, key)):
                self._message.warnings.add(PlaybookWarning(file.name, file.line_of((key,)), key, CONFINED))
                text = f"{{% filter shop_url %}}{text}{{% endfilter %}}"
            self._templates.keep(f"push.{key}", text, self._templates.source(file, key))

    def _whatsapp(self) -> None:
        self._channel(Channel.WHATSAPP)
        file = read_whatsapp(self._folder)
        for part, source in file.written.items():
            self._templates.read(source)
            text = self._templates.expanded(source)
            if part == MEDIA_LINK and self._templates.is_decided_by_an_event(source):
                self._message.warnings.add(PlaybookWarning(source.file, source.line, source.path, CONFINED))
                text = f"{{% filter shop_url %}}{text}{{% endfilter %}}"
            self._templates.keep(f"whatsapp.{part}", text, source)
        for part, text in file.fixed.items():
            self._templates.keep(f"whatsapp.{part}", text)

    def _webhook(self) -> None:
        self._channel(Channel.WEBHOOK)
        file = read_webhook(self._folder)
        for leaf in file.leaves:
            self._templates.read(leaf)
        self._message.partner = file.partner
        self._templates.keep("webhook.partner", file.partner)
        self._templates.keep("webhook.body", file.template(self._templates.expanded))

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
