"""Mail addresses: the local part as its owner writes it, the domain in lower case and in its own script."""

import re
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

from shared.domain.normalise.reading import MAX_LENGTH, Read, Reason, clean, once, unread

_PLAIN: Final = re.compile(
    r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}", re.ASCII
)
"""An address that is in its one form already, as nearly all are; ``xn--`` and a long one are looked at below."""
_LOCAL: Final = re.compile(r"[^\s\x00-\x1f\x7f<>\"(),:;@\[\]\\.]+(?:\.[^\s\x00-\x1f\x7f<>\"(),:;@\[\]\\.]+)*")
_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_NAMED: Final = re.compile(r"[^<>]*<([^<>]+)>[\s.,;]*")
_REMARK: Final = re.compile(r"(?<=[^\s(])\s*\([^()@]*\)$")
"""Behind an address: ``ana@example.com (work)``."""
_AROUND: Final = " \t.,;'\"<>()[]"
MAX_LOCAL: Final = 64
MAX_DOMAIN: Final = 253
_PUNYCODE: Final = "xn--"


def read_email(value: object) -> Read:
    """Of ``Name <a@b>`` and ``mailto:a@b`` the address; of two addresses none, for nobody knows which."""
    if isinstance(value, str) and len(value) <= MAX_LOCAL and _PUNYCODE not in value and _PLAIN.fullmatch(value):
        return Read(value)
    return _read(value) if isinstance(value, str) and len(value) <= 2 * MAX_LENGTH else _not_read(value)


def to_ascii_domain(domain: str) -> str:
    """The domain as mail servers know it, by IDNA 2008: ``straße.de`` is not ``strasse.de``.

    Raises:
        UnicodeError: it is none.
    """
    if domain.isascii():
        ascii_domain = domain.lower()
    else:
        import idna  # noqa: PLC0415  # its tables take time to load, and few domains need them

        ascii_domain = idna.encode(domain, uts46=True).decode()
    if not _is_domain(ascii_domain):
        raise UnicodeError("not a domain of mail")
    return ascii_domain


def to_own_script(domain: str) -> str:
    """The domain as people write it.

    Raises:
        UnicodeError: it is none.
    """
    if domain.isascii() and _PUNYCODE not in domain:
        return domain.lower()
    import idna  # noqa: PLC0415

    return idna.decode(idna.encode(domain, uts46=True))


def _not_read(value: object) -> Read:
    return unread(Reason.TOO_LONG if isinstance(value, str) else Reason.MALFORMED)


@lru_cache(maxsize=1024)
def _read(value: str) -> Read:
    text = clean(value.strip())
    if isinstance(text, Reason):
        return unread(text)
    text = _bare(once(_REMARK.sub("", text.replace("＠", "@"))))
    local, at, domain = text.rpartition("@")
    local, domain = local.strip(" ").lstrip("."), domain.strip(" ").rstrip(".")
    if "@" in local and re.search(r"[,;/ ]|\bor\b", local):
        return unread(Reason.AMBIGUOUS)
    if not at or len(local.encode()) > MAX_LOCAL or not _LOCAL.fullmatch(local):
        return unread(Reason.MALFORMED)
    try:
        domain = to_own_script(domain)
        to_ascii_domain(domain)
    except UnicodeError:
        return unread(Reason.MALFORMED)
    address = f"{local}@{domain}"
    return Read(address) if len(address) <= MAX_LENGTH else unread(Reason.TOO_LONG)


def _bare(text: str) -> str:
    named = _NAMED.fullmatch(text)
    if named:
        text = named[1]
    text = text.strip(_AROUND)
    if text[:7].lower() == "mailto:":
        text = unquote(text[7:].partition("?")[0]).strip(_AROUND)
    return text


def _is_domain(domain: str) -> bool:
    labels = domain.split(".")
    return (
        len(domain) <= MAX_DOMAIN
        and len(labels) > 1
        and all(map(_LABEL.fullmatch, labels))
        and not labels[-1].isdigit()
        and len(labels[-1]) > 1
    )
