"""What the policy asks of texts: how many parts at most, and how a marketing text says that one can opt out.

The words go with the country that the text is sent to: it is there that the law asks for them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from shared.domain.events import NOTHING
from shared.domain.language import reading
from shared.domain.language.reading import Faults, PathTo
from shared.domain.locales.regions import is_country, meant_country

SMS: Final = "sms"
"""The policy's section."""

MOST_PARTS: Final = 10
"""No network promises to join more."""
USUAL_PARTS: Final = 3
"""Where nobody says otherwise: 459 characters of GSM 7-bit. What needs more is a mail."""


@dataclass(frozen=True, slots=True)
class SmsRules:
    """``opt_out``: country → the words with which a marketing text ends there."""

    max_parts: int = USUAL_PARTS
    opt_out: Mapping[str, str] = field(default=NOTHING)


def read_sms_rules(plain: Any, faults: Faults) -> SmsRules:
    below = reading.mapping(plain, (SMS,), faults, known=("max_parts", "opt_out"))
    limit = USUAL_PARTS
    if "max_parts" in below:
        limit = reading.integer(below["max_parts"], (SMS, "max_parts"), faults, low=1, high=MOST_PARTS)
    path: PathTo = (SMS, "opt_out")
    opt_out = reading.mapping(below.get("opt_out", {}), path, faults, known=("countries",), short_for="countries")
    path = (*path, "countries")
    words: dict[str, str] = {}
    for country, value in reading.mapping(opt_out.get("countries", {}), path, faults).items():
        if not is_country(country):
            where = (*path, country)
            faults.add(where, f'"{country}" is not the two capital letters of a country{meant_country(country)}')
        words[country] = reading.text(value, (*path, country), faults).strip()
    return SmsRules(limit, words)
