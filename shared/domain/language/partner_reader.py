"""Reads ``webhooks.yaml``: the partners that are told by webhook, none of them within a network of somebody's own."""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from shared.domain.channels.webhooks import LONGEST_TIMEOUT, USUAL_RATE, USUAL_TIMEOUT, Partner
from shared.domain.language import reading
from shared.domain.language.reading import Faults, PathTo
from shared.domain.timing import format_duration

FILE: Final = "webhooks.yaml"
KEYS: Final = ("url", "secret", "to", "headers", "timeout", "per_second", "deduplicates")
MOST_PARTNERS: Final = 100
MOST_HEADERS: Final = 20
FASTEST: Final = 1_000

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_HOST: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])")
_OWN: Final = (".arpa", ".corp", ".home", ".internal", ".intranet", ".lan", ".local", ".localdomain", ".localhost")
_TRAIT: Final = re.compile(r"traits(?:\.\w+)+")
_HEADER: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_VALUE: Final = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,198}[\x21-\x7e])?")
_OURS: Final = re.compile(
    r"host|connection|content-.*|webhook-.*|transfer-encoding|te|trailer|upgrade|expect|accept-encoding|keep-alive"
)
_SECRET: Final = re.compile(r".*(?:auth|cookie|key|password|secret|signature|token).*")


def read_partners(plain: Any, faults: Faults) -> dict[str, Partner]:
    """Each partner by its name."""
    below = reading.mapping(plain, (), faults)
    if len(below) > MOST_PARTNERS:
        faults.add((), f"{len(below)} partners; a playbook may have {MOST_PARTNERS}")
    return {name: _read_partner(name, value, faults) for name, value in below.items()}


def _read_partner(name: str, value: Any, faults: Faults) -> Partner:
    path: PathTo = (name,)
    if not _NAME.fullmatch(name):
        faults.add(path, "a partner is named in small letters, digits, - and _")
    plain = reading.mapping(value, path, faults, known=KEYS, short_for="url")
    url = reading.text(plain.get("url"), (*path, "url"), faults)
    if url and (wrong := _wrong_with(url)):
        faults.add((*path, "url"), wrong)
    secret = reading.text(plain.get("secret", name), (*path, "secret"), faults)
    if secret and not _NAME.fullmatch(secret):
        faults.add(
            (*path, "secret"),
            "the name of a secret, in small letters, digits, - and _: the secret itself is put in Secrets Manager by "
            "`carillon webhooks`, and never in a file",
        )
    timeout = USUAL_TIMEOUT
    if "timeout" in plain:
        timeout = reading.duration(plain["timeout"], (*path, "timeout"), faults)
        if timeout > LONGEST_TIMEOUT:
            faults.add((*path, "timeout"), f"a partner is waited for {format_duration(LONGEST_TIMEOUT)} at most")
    per_second = USUAL_RATE
    if "per_second" in plain:
        per_second = reading.integer(plain["per_second"], (*path, "per_second"), faults, low=1, high=FASTEST)
    return Partner(
        name=name,
        url=url,
        secret=secret,
        to=_read_trait(plain, path, faults),
        headers=_read_headers(plain.get("headers", {}), (*path, "headers"), faults),
        timeout=timeout,
        per_second=per_second,
        deduplicates=reading.truth(plain.get("deduplicates", False), (*path, "deduplicates"), faults),
    )


def _wrong_with(url: str) -> str:
    """What keeps the address from being one that we post to; empty: nothing."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "not an address"
    if "{{" in url or "{%" in url:
        return "an address is the same for everybody: put what is a person's into the body"
    if parts.scheme != "https":
        return "expected an address that begins with https://"
    if parts.username is not None or parts.password is not None:
        return "an address with a password in it: files are no place for secrets"
    if port == 0 or parts.fragment or not url.isascii() or not url.isprintable() or " " in url:
        return "not an address that can be posted to"
    if not _HOST.fullmatch(host) or host.endswith(_OWN):
        return f'"{host}" is no host of the internet: a partner has a name there, such as api.partner.com'
    return ""


def _read_trait(plain: Mapping[str, Any], path: PathTo, faults: Faults) -> tuple[str, ...]:
    if "to" not in plain:
        return ()
    text = reading.text(plain["to"], (*path, "to"), faults)
    if text and not _TRAIT.fullmatch(text):
        faults.add((*path, "to"), "expected the trait that a person must have to be reached, such as traits.address")
    return tuple(text.split(".")[1:])


def _read_headers(value: Any, path: PathTo, faults: Faults) -> dict[str, str]:
    below = reading.mapping(value, path, faults)
    if len(below) > MOST_HEADERS:
        faults.add(path, f"{len(below)} headers; a partner may have {MOST_HEADERS}")
    found: dict[str, str] = {}
    for name, text in below.items():
        where = (*path, name)
        lower = name.lower()
        if not _HEADER.fullmatch(name):
            faults.add(where, "a header is named in letters, digits and -")
        elif _OURS.fullmatch(lower):
            faults.add(where, "is set by what sends")
        elif _SECRET.fullmatch(lower):
            faults.add(where, "looks like a secret, and files are no place for one: the signature tells who we are")
        elif not isinstance(text, str) or not _VALUE.fullmatch(text):
            faults.add(where, "expected a text of at most 200 ASCII characters")
        else:
            found[name] = text
    return found
