"""The keys that clients present: whom each vouches for, and what a public one may do.

A stage's public keys share one secret: a key is its name and a keyed hash of it, so that a shop may have as many as it
has fronts, and rotating the one secret rotates all.
"""

import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from shared.domain.events import EventType, Trust

MAX_RULES_SIZE: Final = 2_000
"""Bytes of JSON: what a function is told at its start, together, may have 4 KB."""

_NAME: Final = re.compile("[a-z][a-z0-9-]{0,39}")
_ORIGIN: Final = re.compile(r"[a-z][a-z0-9+.-]*://(\*\.)?[a-z0-9.-]+(:[0-9]{1,5})?|null")
_PURPOSE: Final = "carillon:key:"
_SEPARATOR: Final = "_"
_DIGITS: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """How many requests a second, and how many at once after a pause."""

    per_second: float
    burst: int

    def __post_init__(self) -> None:
        if not 0.01 <= self.per_second <= 100_000 or not 1 <= self.burst <= 1_000_000:
            raise ValueError("a key's rate is 0.01 to 100,000 requests a second, its burst 1 to 1,000,000")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRules:
    """What a public key may do; what is left out is not limited.

    Attributes:
        origins: the pages that may use it, as ``https://shop.example`` or ``https://*.shop.example``.
        events: names of tracked events that it may send; ``*`` stands for any characters, none included.
        calls: the types of call that it may make.
        rate: how often.
    """

    origins: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    calls: tuple[EventType, ...] = ()
    rate: RateLimit | None = None

    def __post_init__(self) -> None:
        for origin in self.origins:
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(
                    f"{origin!r} is no origin: write one as https://shop.example or https://*.shop.example"
                )
        if not all(self.events):
            raise ValueError("a key's event has no name")

    def allows_origin(self, origin: str) -> bool:
        """Whether a page of that origin may use the key; what is no browser names none, and is not kept by this."""
        return not (self.origins and origin) or any(_matches(one, origin.lower()) for one in self.origins)

    def allows_call(self, call: EventType) -> bool:
        return not self.calls or call in self.calls

    def allows_event(self, name: str) -> bool:
        return not self.events or any(_matches(pattern, name) for pattern in self.events)


UNLIMITED: Final = KeyRules()


@dataclass(frozen=True, slots=True)
class Key:
    """A key that is known. ``name`` is empty for the stage's own two."""

    trust: Trust
    name: str = ""
    rules: KeyRules = field(default=UNLIMITED)


def key_text(name: str, secret: str) -> str:
    """What a client presents for the public key of this name, by the stage's secret."""
    digest = hmac.digest(secret.encode(), f"{_PURPOSE}{name}".encode(), "sha256")
    return f"{name}{_SEPARATOR}{digest.hex()[:_DIGITS]}"


def named(text: str) -> str:
    """The name that a presented key claims to have."""
    return text.partition(_SEPARATOR)[0]


def write_rules(keys: Mapping[str, KeyRules]) -> str:
    """The rules as a function's environment holds them.

    Raises:
        ValueError: a name is none, or there are too many rules to be told.
    """
    plain: dict[str, Any] = {}
    for name, rules in keys.items():
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no key's name: small letters, digits and hyphens, at most 40")
        rate = rules.rate and [rules.rate.per_second, rules.rate.burst]
        told = {"origins": rules.origins, "events": rules.events, "calls": rules.calls, "rate": rate}
        plain[name] = {what: value for what, value in told.items() if value}
    text = json.dumps(plain, separators=(",", ":")) if plain else ""
    if len(text) > MAX_RULES_SIZE:
        raise ValueError(f"the rules of all keys together have {len(text)} bytes of JSON, at most {MAX_RULES_SIZE}")
    return text


def read_rules(text: str) -> Mapping[str, KeyRules]:
    """What ``write_rules`` wrote."""
    return {name: _read_one(plain) for name, plain in json.loads(text or "{}").items()}


def _read_one(plain: Mapping[str, Any]) -> KeyRules:
    rate = plain.get("rate")
    return KeyRules(
        origins=tuple(plain.get("origins", ())),
        events=tuple(plain.get("events", ())),
        calls=tuple(EventType(call) for call in plain.get("calls", ())),
        rate=rate and RateLimit(per_second=rate[0], burst=rate[1]),
    )


def _matches(pattern: str, text: str) -> bool:
    """In time proportional to the text, whatever the pattern."""
    first, *others = pattern.split("*")
    if not others:
        return pattern == text
    *between, last = others
    if not text.startswith(first) or not text.endswith(last) or len(text) < len(first) + len(last):
        return False
    start, end = len(first), len(text) - len(last)
    for part in between:
        found = text.find(part, start, end)
        if found < 0:
            return False
        start = found + len(part)
    return True
