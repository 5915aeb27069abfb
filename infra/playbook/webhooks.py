"""What a message's ``webhook.yaml`` holds: whom it tells, and the JSON that they are sent, a template in each text.

The tree is put together as one template that writes JSON: whatever people and events say ends up as a value in it, so
that no name with a quotation mark can break it, or add to it.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, TemplateSyntaxError, nodes

from infra.playbook.message_folder import MessageFolder
from infra.playbook.template_check import Source
from shared.adapters.playbook_files import YamlFile, read_yaml
from shared.adapters.templating import JSON_TEXT
from shared.domain.channels.webhooks import SECRET_PREFIX, Partner
from shared.domain.language.partner_reader import FILE as PARTNERS_FILE
from shared.domain.language.partner_reader import read_partners
from shared.domain.language.reading import Faults, kind_of
from shared.errors import PlaybookError

FILE: Final = "webhook.yaml"
MOST_LEAVES: Final = 500
DEEPEST: Final = 20

_READER: Final = Environment(autoescape=True)
"""Only to read with."""
_SECRET: Final = re.compile(
    rf"{SECRET_PREFIX}[A-Za-z0-9+/=]{{16,}}|-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[A-Z0-9]{{16}}\b"
)
_JINJA: Final = re.compile(r"\{[{%#]")


@dataclass(frozen=True, slots=True)
class WebhookFile:
    """``body``: plain, with a ``Source`` wherever the file has a text."""

    partner: str
    body: Any

    @property
    def leaves(self) -> Iterator[Source]:
        return _leaves(self.body)

    def template(self, expanded: Callable[[Source], str]) -> str:
        """The Jinja that writes the body as JSON."""
        return _written(self.body, expanded)


def partner_of(message: Path) -> str:
    """Whom a message's webhook tells; empty where it has none, or what cannot be read, which is reported elsewhere."""
    if not (message / FILE).is_file():
        return ""
    try:
        found = read_yaml(message / FILE, FILE).value
    except PlaybookError:
        return ""
    partner = found.get("partner") if isinstance(found, dict) else None
    return partner if isinstance(partner, str) else ""


def partners_in(playbook: Path) -> dict[str, Partner]:
    """The partners that a playbook's folder names; what is wrong with them is said where it is checked."""
    if not (playbook / PARTNERS_FILE).is_file():
        return {}
    try:
        return read_partners(read_yaml(playbook / PARTNERS_FILE, PARTNERS_FILE).value, Faults())
    except PlaybookError:
        return {}


def read_webhook(folder: MessageFolder) -> WebhookFile:
    """The file, with every fault in its shape reported."""
    file = folder.yaml(FILE, ("partner",), required=("partner", "body"), others=("body",))
    body = file.value.get("body", {})
    if not isinstance(body, dict) or not body:
        if "body" in file.value:
            folder.faults.add(file.fault(("body",), f"expected a mapping, found {kind_of(body)}"))
        body = {}
    read = _read(folder, file, body, ("body",))
    if sum(1 for _ in _leaves(read)) > MOST_LEAVES:
        folder.faults.add(file.fault(("body",), f"more than {MOST_LEAVES} texts"))
        read = {}
    return WebhookFile(file.value.get("partner", ""), read)


def _read(folder: MessageFolder, file: YamlFile, value: Any, path: tuple[str, ...]) -> Any:
    def fault(message: str) -> None:
        folder.faults.add(file.fault(path, message))

    if len(path) > DEEPEST:
        fault(f"more than {DEEPEST} levels")
        return None
    match value:
        case dict():
            for key in value:
                if not isinstance(key, str) or _JINJA.search(key):
                    said = f'"{key}" is no name: what a person says belongs into a value'
                    folder.faults.add(file.fault(path, said, key=str(key)))
            return {str(key): _read(folder, file, below, (*path, str(key))) for key, below in value.items()}
        case list():
            return [_read(folder, file, below, (*path, str(index))) for index, below in enumerate(value)]
        case str():
            if _SECRET.search(value):
                fault("looks like a secret, and files are no place for one")
            return Source(file.name, value, file.line_of(path), ".".join(path))
        case _:
            return value


def _leaves(value: Any) -> Iterator[Source]:
    match value:
        case dict():
            for below in value.values():
                yield from _leaves(below)
        case list():
            for below in value:
                yield from _leaves(below)
        case Source():
            yield value


def _written(value: Any, expanded: Callable[[Source], str]) -> str:
    match value:
        case dict():
            return (
                "{" + ", ".join(f"{_literal(key)}: {_written(below, expanded)}" for key, below in value.items()) + "}"
            )
        case list():
            return "[" + ", ".join(_written(below, expanded) for below in value) + "]"
        case Source():
            text = expanded(value)
            if not _JINJA.search(text):
                return _literal(text.strip())
            return text.strip() if _is_value(text) else f"{{% filter {JSON_TEXT} %}}{text}{{% endfilter %}}"
        case _:
            return json.dumps(value)


def _literal(text: str) -> str:
    """A text of JSON that Jinja reads as nothing but text; a brace is itself by its number too."""
    return json.dumps(text, ensure_ascii=False).replace("{", "\\u007b")


def _is_value(text: str) -> bool:
    """Whether the whole text is one ``{{ … | json }}``: the value itself then, and not its text."""
    try:
        template = _READER.parse(text.strip())
    except (TemplateSyntaxError, AssertionError):
        return False
    match template.body:
        case [nodes.Output(nodes=[nodes.Filter(name="json")])]:
            return True
    return False
