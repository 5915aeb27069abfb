"""Checks the playbook's messages and compiles each channel's files to plain Jinja, once for each of their languages."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from infra.playbook.compiled_message import CompiledMessage
from infra.playbook.languages import Languages
from infra.playbook.locales import Locales
from infra.playbook.mail_settings import KEYS as MAIL_KEYS
from infra.playbook.mail_settings import attached_names, read_mail_settings
from infra.playbook.message_folder import MessageFolder
from infra.playbook.message_languages import LanguageCompiler
from infra.playbook.message_words import Words, read_words, shared_words
from infra.playbook.webhooks import FILE as WEBHOOK_FILE
from infra.playbook.whatsapp import FILE as WHATSAPP_FILE
from shared.adapters.playbook_files import YamlFile
from shared.domain.channels.sms_rules import MOST_PARTS
from shared.domain.channels.utm import PARAMETERS, UTM
from shared.domain.language.reading import Faults, duration
from shared.domain.language.step_reader import FALLBACK_AFTER
from shared.errors import PlaybookFault

MESSAGE_KEYS: Final = ("preheader", "subject", "title")
MESSAGE_NUMBERS: Final = {"sms_parts": MOST_PARTS}
"""Whole numbers from 1, and their highest."""

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_SHARED_TEXT: Final = re.compile(r"\{[{%][^{}]*\btext\s*[.\[]")


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
            "message.yaml",
            MESSAGE_KEYS,
            required=("title",),
            numbers=MESSAGE_NUMBERS,
            others=(*MAIL_KEYS, UTM, FALLBACK_AFTER),
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
            in_language = LanguageCompiler(folder, message, settings, example, words, self._brand, self._locales)
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
        after = settings.value.pop(FALLBACK_AFTER, None)
        if after is None:
            return None
        found = Faults()
        duration(after, (FALLBACK_AFTER,), found)
        self.faults.update(settings.fault(fault.path, fault.message) for fault in found)
        return None if found.found else str(after)

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
