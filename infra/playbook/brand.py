"""Reads ``brand.yaml``: who speaks, in which colours, from which addresses."""

import re
from collections.abc import Callable, Mapping
from email.utils import parseaddr
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from infra.playbook.locale_money import parse_locale
from shared.adapters.playbook_files import YamlFile, read_yaml
from shared.domain.language.reading import suggestion
from shared.domain.normalise.phones import e164_of
from shared.domain.profiles import email_of
from shared.errors import PlaybookError, PlaybookFault

BRAND_FILE: Final = "brand.yaml"

_DEFAULTS: Final[Mapping[str, Any]] = {
    "locale": "en",
    "timezone": "Etc/UTC",
    "links": {},
    "colors": {},
    "postal_address": "",
}
_COLOR: Final = re.compile(r"#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_SENDER_NAME: Final = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9]{1,11}")


def read_brand(playbook: Path) -> tuple[dict[str, Any], list[PlaybookFault]]:
    """The brand with its defaults, and every fault of the file."""
    path = playbook / BRAND_FILE
    if not path.is_file():
        return {"name": "", **_DEFAULTS}, [PlaybookFault(BRAND_FILE, 1, "", "missing: at least `name: …`")]
    try:
        file = read_yaml(path, BRAND_FILE)
    except PlaybookError as error:
        return {"name": "", **_DEFAULTS}, list(error.faults)
    if not isinstance(file.value, dict):
        return {"name": "", **_DEFAULTS}, [file.fault((), "a mapping with at least `name`")]
    faults = list(_faults(file, file.value))
    return {"name": "", **_DEFAULTS, "logo": str(file.value.get("name", "")), **file.value}, faults


def _faults(file: YamlFile, brand: Mapping[str, Any]) -> list[PlaybookFault]:
    faults = [] if "name" in brand else [file.fault((), "`name` is missing")]
    for key, value in brand.items():
        check = _CHECKS.get(key)
        if check is None:
            faults.append(file.fault((), f'unknown key "{key}"{suggestion(key, _CHECKS)}', key=key))
        elif isinstance(check, _Each):
            if not isinstance(value, dict):
                faults.append(file.fault((key,), "a mapping of names to values"))
                continue
            faults += [file.fault((key, name), check.wants) for name, item in value.items() if not check.holds(item)]
        elif not check[0](value):
            faults.append(file.fault((key,), check[1]))
    return faults


class _Each:
    """A check of every value of a mapping."""

    def __init__(self, holds: Callable[[Any], bool], wants: str) -> None:
        self.holds = holds
        self.wants = wants


def is_words(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip()) and "\n" not in value.strip()


def _is_mailbox(value: object) -> bool:
    return is_words(value) and email_of(parseaddr(str(value))[1]) is not None


def is_address(value: object) -> bool:
    """Nothing but the address: what people say of themselves may bring a name along, a header may not."""
    return email_of(value) is not None and parseaddr(str(value))[1] == value


def _is_sender(value: object) -> bool:
    return isinstance(value, str) and (_SENDER_NAME.fullmatch(value) is not None or e164_of(value) == value)


def _is_web_address(value: object) -> bool:
    return isinstance(value, str) and value.startswith("https://") and bool(urlsplit(value).hostname)


def _is_color(value: object) -> bool:
    return isinstance(value, str) and _COLOR.fullmatch(value) is not None


def _is_locale(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(parse_locale(value))
    except ValueError:
        return False


def _is_time_zone(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(ZoneInfo(value))
    except (ValueError, LookupError, OSError):
        return False


_CHECKS: Final[Mapping[str, _Each | tuple[Callable[[Any], bool], str]]] = {
    "name": (is_words, "the shop's name, on one line"),
    "from": (_is_mailbox, "a mailbox like `Name <hello@example.com>`"),
    "senders": _Each(_is_mailbox, "a mailbox like `Name <hello@example.com>`"),
    "reply_to": (is_address, "an address like `care@example.com`"),
    "sms_sender": (_is_sender, "a number like `+353861234567`, or at most 11 letters and digits"),
    "colors": _Each(_is_color, 'a colour like "#2f5d50"'),
    "logo": (is_words, "the wordmark, on one line"),
    "postal_address": (is_words, "a postal address, on one line"),
    "links": _Each(_is_web_address, "an address that begins with https://"),
    "locale": (_is_locale, 'a locale like "en", "en-IE" or "pt-BR"'),
    "timezone": (_is_time_zone, 'a time zone like "Europe/Dublin"'),
}
