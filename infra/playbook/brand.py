"""Reads ``brand.yaml``: who speaks, in which colours, from which addresses."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from email.utils import parseaddr
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from infra.playbook.contrast import READABLE, unreadable
from infra.playbook.locale_money import parse_locale
from shared.adapters.playbook_files import YamlFile, read_yaml
from shared.domain.channels.utm import TRACKING
from shared.domain.language.reading import suggestion
from shared.domain.normalise.phones import e164_of
from shared.domain.playbook import BRAND_FILE
from shared.domain.profiles import email_of
from shared.errors import PlaybookError, PlaybookFault

_DEFAULTS: Final[Mapping[str, Any]] = {
    "locale": "en",
    "timezone": "Etc/UTC",
    "links": {},
    "postal_address": "",
    "legal": "",
    "icon": "",
    "logo_image": {},
    "social": {},
    "tone": {},
}
_COLORS: Final[Mapping[str, str]] = {
    "accent": "#1f5fa8",
    "on_accent": "#ffffff",
    "ink": "#1f2328",
    "muted": "#5c6370",
    "paper": "#f3f4f6",
    "card": "#ffffff",
    "line": "#d9dce1",
    "dark_accent": "#8fc1ff",
    "dark_on_accent": "#10151c",
    "dark_ink": "#f0f2f5",
    "dark_muted": "#aab1bc",
    "dark_paper": "#14161a",
    "dark_card": "#1e2126",
    "dark_line": "#363b43",
}
"""What a brand does not say; a colour of its own is held to be readable on these too."""
_FONTS: Final[Mapping[str, str]] = {
    "text": "-apple-system, Segoe UI, Roboto, Helvetica, Arial, sans-serif",
    "title": "Georgia, Times New Roman, serif",
}
_LOGO: Final[Mapping[str, Any]] = {"light": "", "dark": "", "width": 160}
SOCIAL: Final[Mapping[str, str]] = {
    "bluesky": "Bluesky",
    "facebook": "Facebook",
    "instagram": "Instagram",
    "linkedin": "LinkedIn",
    "mastodon": "Mastodon",
    "pinterest": "Pinterest",
    "threads": "Threads",
    "tiktok": "TikTok",
    "whatsapp": "WhatsApp",
    "x": "X",
    "youtube": "YouTube",
}
"""Each as it writes itself."""
_FONT: Final = re.compile(r"[A-Za-z0-9 -]+(, ?[A-Za-z0-9 -]+)*")
_COLOR: Final = re.compile(r"#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_SENDER_NAME: Final = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9]{1,11}")


def read_brand(playbook: Path) -> tuple[dict[str, Any], list[PlaybookFault]]:
    """The brand with its defaults, and every fault of the file."""
    path = playbook / BRAND_FILE
    if not path.is_file():
        return _complete({}), [PlaybookFault(BRAND_FILE, 1, "", "missing: at least `name: …`")]
    try:
        file = read_yaml(path, BRAND_FILE)
    except PlaybookError as error:
        return _complete({}), list(error.faults)
    if not isinstance(file.value, dict):
        return _complete({}), [file.fault((), "a mapping with at least `name`")]
    faults = list(_faults(file, file.value))
    brand = _complete(file.value)
    return brand, faults or list(_unreadable(file, brand["colors"]))


def _complete(brand: Mapping[str, Any]) -> dict[str, Any]:
    """The brand with its defaults, so that a template need not ask what it says."""
    complete = {"name": "", **_DEFAULTS, "logo": str(brand.get("name", "")), **brand}
    for key, defaults in (("colors", _COLORS), ("fonts", _FONTS), ("logo_image", _LOGO)):
        own = brand.get(key)
        complete[key] = {**defaults, **own} if isinstance(own, dict) else dict(defaults)
    if isinstance(complete["social"], dict):
        complete["social"] = {SOCIAL.get(name, name): address for name, address in complete["social"].items()}
    return complete


def _unreadable(file: YamlFile, colors: Mapping[str, str]) -> Iterator[PlaybookFault]:
    own = file.value.get("colors", {})
    for pair, ratio in unreadable(colors):
        key = next((key for key in pair if key in own), pair.text)
        said = (
            f"{pair.text} {colors[pair.text]} on {pair.ground} {colors[pair.ground]} has a contrast of {ratio:.1f}:1, "
            f"and many people cannot read less than {READABLE}:1: make one darker or the other lighter"
        )
        yield file.fault(("colors", key), said)


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
            for name, item in value.items():
                if check.names and name not in check.names:
                    faults.append(file.fault((key,), f'unknown name "{name}"{suggestion(name, check.names)}', key=name))
                elif not check.holds(item):
                    faults.append(file.fault((key, name), check.wants))
        elif not check[0](value):
            faults.append(file.fault((key,), check[1]))
    return faults


class _Each:
    """A check of every value of a mapping; ``names`` are those that it may have, where not any will do."""

    def __init__(self, holds: Callable[[Any], bool], wants: str, names: Collection[str] = ()) -> None:
        self.holds = holds
        self.wants = wants
        self.names = names


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


def _is_font(value: object) -> bool:
    """Without quotes, which CSS does not need: the names go into attributes and style sheets alike."""
    return isinstance(value, str) and len(value) <= 200 and _FONT.fullmatch(value) is not None


def _is_logo(value: object) -> bool:
    return (
        isinstance(value, dict)
        and {"light"} <= value.keys() <= _LOGO.keys()
        and all(_is_web_address(value[key]) for key in ("light", "dark") if key in value)
        and isinstance(value.get("width", 1), int)
        and 16 <= value.get("width", 160) <= 536
    )


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
    "fonts": _Each(_is_font, "names of fonts that everybody has: Georgia, Times New Roman, serif", tuple(_FONTS)),
    "icon": (_is_web_address, "the address of a square picture, which begins with https://"),
    "legal": (is_words, "what the law wants beneath a letter, on one line"),
    "logo_image": (
        _is_logo,
        "`light`, and `dark` and `width` (16 to 536) where needed: addresses of pictures that begin with https://",
    ),
    "social": _Each(_is_web_address, "an address that begins with https://", tuple(SOCIAL)),
    "tone": _Each(is_words, "words, on one line"),
    "logo": (is_words, "the wordmark, on one line"),
    "postal_address": (is_words, "a postal address, on one line"),
    "links": _Each(_is_web_address, "an address that begins with https://"),
    "locale": (_is_locale, 'a locale like "en", "en-IE" or "pt-BR"'),
    TRACKING: (lambda _: True, ""),  # read with the journeys, which go by it
    "timezone": (_is_time_zone, 'a time zone like "Europe/Dublin"'),
}
