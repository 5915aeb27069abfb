"""What a message's ``whatsapp.yaml`` holds: an approved template and what fills it, words for an open day, media."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from infra.playbook.message_folder import MessageFolder
from infra.playbook.template_check import Source
from shared.adapters.playbook_files import YamlFile

FILE: Final = "whatsapp.yaml"
TEXTS: Final = ("language", "template", "text")
MEDIA: Final = ("document", "image", "video")
MEDIA_LINK: Final = "media"

OWN_LANGUAGE: Final = "{{ language | replace('-', '_') }}"
"""Meta's code of the message's own language: ``pt_BR``."""

MAX_VARIABLES: Final = 50
MAX_VARIABLE: Final = 1_024
MAX_TEXT: Final = 4_096

_NAME: Final = re.compile(r"[a-z0-9_]{1,512}")
_VARIABLE: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")


@dataclass(frozen=True, slots=True)
class WhatsAppFile:
    """``written``: the templates by part, as their author wrote them; ``fixed``: what no template decides."""

    written: Mapping[str, Source]
    fixed: Mapping[str, str]


def read_whatsapp(folder: MessageFolder) -> WhatsAppFile:
    """The file's parts, with every fault in its shape reported."""
    file = folder.yaml(FILE, TEXTS, required=(), others=("media", "variables"))
    name = file.value.get("template", "")
    if not name and not file.value.get("text") and FILE not in folder.unreadable:
        folder.fault(FILE, "`template` is missing: one that Meta approved; or `text`, for who has just written")
    if name and not _NAME.fullmatch(name):
        folder.faults.add(file.fault(("template",), "a template is named in small letters, digits and _"))
    variables = dict(_variables(folder, file))
    kind, link = _media(folder, file)
    language = file.value.get("language") or OWN_LANGUAGE
    written = {
        "language": Source(file.name, language, file.line_of(("language",)), "language"),
        "text": Source(file.name, file.value.get("text", ""), file.line_of(("text",)), "text"),
        MEDIA_LINK: Source(file.name, link, file.line_of(("media",)), "media"),
    }
    written |= {
        f"variable.{name}": Source(file.name, text, file.line_of(("variables", name)), f"variables.{name}")
        for name, text in variables.items()
    }
    return WhatsAppFile(written, {"template": name, "names": " ".join(variables), "media_kind": kind})


def _variables(folder: MessageFolder, file: YamlFile) -> Iterator[tuple[str, str]]:
    """By their place, from 1, or by their name."""
    plain = file.value.get("variables", [])
    if isinstance(plain, list):
        named: Mapping[Any, Any] = {str(place): value for place, value in enumerate(plain, 1)}
    elif isinstance(plain, Mapping):
        named = plain
    else:
        folder.faults.add(file.fault(("variables",), "expected a list of texts, or texts by name"))
        return
    if len(named) > MAX_VARIABLES:
        folder.faults.add(file.fault(("variables",), f"{len(named)} variables; a template may have {MAX_VARIABLES}"))
    for name, value in named.items():
        if isinstance(plain, Mapping) and not _VARIABLE.fullmatch(str(name)):
            folder.faults.add(file.fault(("variables", name), "a variable is named in small letters, digits and _"))
        elif not isinstance(value, str) or not value.strip():
            folder.faults.add(file.fault(("variables", name), "expected a text"))
        else:
            yield name, value


def _media(folder: MessageFolder, file: YamlFile) -> tuple[str, str]:
    plain = file.value.get("media")
    if plain is None:
        return "", ""
    kinds = [*plain] if isinstance(plain, Mapping) else []
    if len(kinds) != 1 or kinds[0] not in MEDIA or not isinstance(plain[kinds[0]], str):
        folder.faults.add(file.fault(("media",), f"expected one of {', '.join(MEDIA)}, with its address"))
        return "", ""
    return kinds[0], plain[kinds[0]]
