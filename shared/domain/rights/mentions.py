"""Whether something that was kept for later is about a person: an event, a dead letter, a failed record, any text.

A short id (``42``) is many other things too, so it counts only where ids stand. An address, or an id that nothing else
looks like, counts wherever it stands.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, Final
from urllib.parse import quote

from shared.domain.identity.identifiers import EMAIL, PHONE, Identifier
from shared.domain.intake.json_values import parse_json
from shared.errors import InvalidInputError

DISTINCTIVE: Final = 8
"""Characters from which on an id is taken for one wherever it stands."""

SHORTEST_NUMBER: Final = 7
"""Digits of a phone number that is written without its country."""

_OF_PEOPLE: Final = frozenset(
    {
        "userId", "user_id", "anonymousId", "anonymous_id", "previousId", "previous_id", "profileId", "profile_id",
        "profile", "customer_id", "customerId",
    }
)  # fmt: skip
"""Under which names ids of people stand."""

_REFERENCES: Final = "references"
"""Under which name a request of somebody's rights says whose they are."""

_KEY: Final = "PROFILE#"
"""How the key of what the table holds of a person begins."""

_NUMBER: Final = re.compile(r"\+?\d[\d ().\-/\u00a0\u202f\u2010-\u2015]{5,20}\d", re.ASCII)
"""With what people, phones and typesetters put between the digits."""

_TRUNK: Final = "(0)"
"""In ``+353 (0)87 123 4567``: dialled at home only, so no part of the number."""


class Mentions:
    """Knows one person by all their ids."""

    def __init__(self, profile_ids: Iterable[str], identifiers: Iterable[Identifier]) -> None:
        known = list(identifiers)
        self._ids = {*profile_ids, *(value for kind, value in known if kind not in {EMAIL, PHONE})}
        self._external = {(kind, value) for kind, value in known}
        self._references = {*profile_ids, *(f"{kind}:{value}" for kind, value in known)}
        self._emails = {value.lower() for kind, value in known if kind == EMAIL}
        self._numbers = {value.lstrip("+") for kind, value in known if kind == PHONE}

    def are_in(self, value: Any) -> bool:
        """Whether parsed JSON mentions the person."""
        waiting: list[tuple[str, Any]] = [("", value)]
        while waiting:
            name, one = waiting.pop()
            if isinstance(one, Mapping):
                if (one.get("type"), str(one.get("id"))) in self._external:
                    return True
                waiting += [(str(key), below) for key, below in one.items()]
                waiting += [("", str(key)) for key in one]
            elif isinstance(one, list | tuple):
                waiting += [(name, below) for below in one]
            elif self._is_meant(name, one):
                return True
        return False

    def are_in_text(self, text: str) -> bool:
        """Whether text does that may be JSON, or hold some."""
        try:
            parsed = parse_json(text)
        except (InvalidInputError, RecursionError):
            return self._are_written(text) or any(found in self._ids for found in _ids_in(text))
        return self._is_meant("", parsed) if isinstance(parsed, str) else self.are_in(parsed)

    def _is_meant(self, name: str, value: Any) -> bool:
        if isinstance(value, bool) or not isinstance(value, str | int):
            return False
        text = str(value)
        if text.startswith(_KEY) and text.removeprefix(_KEY) in self._ids:
            return True
        if (name in _OF_PEOPLE and text in self._ids) or (name == _REFERENCES and text in self._references):
            return True
        if text[:1] in {"{", "["} and isinstance(value, str):
            return self.are_in_text(text)  # JSON within JSON, as effects are kept
        return self._are_written(text)

    def _are_written(self, text: str) -> bool:
        if self._pattern is not None and self._pattern.search(text):
            return True
        return bool(self._numbers) and any(self._is_number(found) for found in _NUMBER.findall(text))

    def _is_number(self, written: str) -> bool:
        digits = re.sub(r"\D", "", written.replace(_TRUNK, ""), flags=re.ASCII).lstrip("0")
        return len(digits) >= SHORTEST_NUMBER and any(number.endswith(digits) for number in self._numbers)

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        """An address may end a sentence, but ``ana@shop.co`` is not meant by ``ana@shop.co.uk``."""
        emails = {*self._emails, *(quote(email, safe="") for email in self._emails)}  # as they are, and as in links
        words = [rf"{re.escape(email)}(?!\.\w)" for email in sorted(emails)]
        words += [re.escape(id_) for id_ in sorted(self._ids) if len(id_) >= DISTINCTIVE]
        if not words:
            return None
        return re.compile(rf"(?<![\w.+-])(?:{'|'.join(words)})(?![\w-])", re.IGNORECASE)


_NAMED: Final = re.compile(
    rf"""["']?(?:{"|".join(sorted(_OF_PEOPLE))})["']?\s*[:=]\s*(?:"([^"]{{1,300}})"|'([^']{{1,300}})'|([^\s,}}\]]{{1,300}}))"""
)


def _ids_in(text: str) -> Iterable[str]:
    """What stands where ids of people do, in text that is no JSON."""
    for found in _NAMED.finditer(text):
        yield found[1] or found[2] or found[3]
