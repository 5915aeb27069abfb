"""Reads the files of one message's folder; what is wrong with them as files is said here."""

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

from infra.playbook.coupons import offers_of
from infra.playbook.examples import example_products, live_names
from infra.playbook.message_words import FOLDER as LANGUAGES
from shared.adapters.playbook_files import YamlFile, read_yaml
from shared.domain.events import NOTHING
from shared.domain.language.reading import suggestion
from shared.errors import PlaybookError, PlaybookFault

FILES: Final = (
    "email.mjml",
    "email.txt",
    "example.json",
    "message.yaml",
    "push.yaml",
    "sms.txt",
    "webhook.yaml",
    "whatsapp.yaml",
)
ENTRY_KEYS: Final = ("context", "event", "properties", "timestamp")
EXAMPLE_KEYS: Final = ("entry", "products", "traits")

_EXAMPLE_ENTRY: Final = {"event": "", "timestamp": "2026-01-01T00:00:00.000Z", "properties": {}, "context": {}}


class MessageFolder:
    """``faults`` grow as files are read.

    Attributes:
        stem: the folder in the playbook: ``messages/welcome``.
        unreadable: files of which nothing is known, so that nothing is said of what they lack.
    """

    def __init__(self, playbook: Path, name: str) -> None:
        self.playbook = playbook
        self.name = name
        self.stem = f"messages/{name}"
        self.unreadable: set[str] = set()
        self.faults: set[PlaybookFault] = set()

    def path(self, name: str) -> Path:
        return self.playbook / self.stem / name

    def has(self, name: str) -> bool:
        return self.path(name).is_file()

    def fault(self, name: str, message: str, line: int = 1) -> None:
        self.faults.add(PlaybookFault(f"{self.stem}/{name}", line, "", message))

    def check_files(self, attached: Collection[str]) -> None:
        """Report what has no place here; ``attached``: the files that go along with the mail."""
        for path in sorted((self.playbook / self.stem).iterdir()):
            if path.name == LANGUAGES and path.is_dir():
                continue
            if path.name not in {*FILES, *attached} and not path.name.startswith("."):
                self.fault(path.name, f"unknown file{suggestion(path.name, (*FILES, LANGUAGES))}")
        if self.has("email.txt") and not self.has("email.mjml"):
            self.fault("email.txt", "is the text part of email.mjml, which is missing")

    def text(self, name: str) -> str:
        try:
            return self.path(name).read_text("utf-8-sig")
        except UnicodeDecodeError:
            self.fault(name, "not UTF-8: save the file as UTF-8")
            return ""

    def yaml(
        self,
        name: str,
        keys: tuple[str, ...],
        required: tuple[str, ...],
        *,
        numbers: Mapping[str, int] = NOTHING,
        others: Collection[str] = (),
    ) -> YamlFile:
        """A file of texts, and numbers up to a highest, by name; what is neither is reported and left out.

        ``others``: keys whose values are left as they are.
        """
        full_name = f"{self.stem}/{name}"
        if not self.has(name):
            self.fault(name, f"missing: at least `{required[0]}: …`")
            return YamlFile(full_name, {})
        try:
            file = read_yaml(self.path(name), full_name)
        except PlaybookError as error:
            self.faults |= set(error.faults)
            self.unreadable.add(name)
            return YamlFile(full_name, {})
        found = file.value if isinstance(file.value, dict) else {}
        for key in required:
            if key not in found:
                self.fault(name, f"`{key}` is missing")
        for key, value in found.items():
            if key not in others:
                self._check_value(file, key, value, keys, numbers, others)
        known = {key: value for key, value in found.items() if key in keys and isinstance(value, str)}
        known |= {key: value for key, value in found.items() if key in numbers and isinstance(value, int)}
        known |= {key: value for key, value in found.items() if key in others}
        return YamlFile(full_name, known, file.lines)

    def _check_value(
        self,
        file: YamlFile,
        key: str,
        value: object,
        keys: tuple[str, ...],
        numbers: Mapping[str, int],
        others: Collection[str],
    ) -> None:
        if key in numbers and not (key in keys and isinstance(value, str)):
            if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= numbers[key]:
                self.faults.add(file.fault((key,), f"expected a whole number from 1 to {numbers[key]}"))
        elif key not in keys:
            said = f'unknown key "{key}"{suggestion(key, (*keys, *numbers, *others))}'
            self.faults.add(file.fault((), said, key=key))
        elif not isinstance(value, str) or not value.strip():
            self.faults.add(file.fault((key,), "expected a text"))

    def example(self) -> dict[str, Any]:
        """The context's traits, entry and products, as ``example.json`` gives them."""
        offers = offers_of(self.playbook)
        empty = {"traits": {}, "entry": dict(_EXAMPLE_ENTRY), **live_names({}, [], offers)}
        if not self.has("example.json"):
            self.fault("example.json", 'missing: {"traits": {…}, "entry": {…}}, with which every template must render')
            return empty
        try:
            plain = json.loads(self.path("example.json").read_bytes())
        except json.JSONDecodeError as error:
            self.fault("example.json", f"not JSON: {error.msg}", error.lineno)
            self.unreadable.add("example.json")
            return empty
        except (UnicodeDecodeError, RecursionError):
            self.fault("example.json", "not JSON in UTF-8")
            return empty
        if not isinstance(plain, dict) or not all(isinstance(plain.get(key, {}), dict) for key in ("entry", "traits")):
            self.fault("example.json", 'expected {"traits": {…}, "entry": {…}}')
            return empty
        entry = plain.get("entry", {})
        for found, known, within in ((plain, EXAMPLE_KEYS, ""), (entry, ENTRY_KEYS, "entry: ")):
            for key in found:
                if key not in known:
                    self.fault("example.json", f'{within}unknown key "{key}"{suggestion(key, known)}')
        products, faults = example_products(plain.get("products", []))
        for message in faults:
            self.fault("example.json", message)
        entry = {**_EXAMPLE_ENTRY, **entry}
        return {"traits": plain.get("traits", {}), "entry": entry, **live_names(entry, products, offers)}
