"""Reads the policy's ``consent``: what holds on each channel, and in countries that have rules of their own."""

from collections.abc import Collection, Mapping
from typing import Any, Final, TypeAlias

from shared.domain.consent.rules import CONSENT, ChannelRule, Consent, ConsentRules
from shared.domain.consent.words import Channel
from shared.domain.language import reading
from shared.domain.language.reading import Faults, PathTo
from shared.domain.locales.regions import is_country, meant_country

DEFAULT: Final = "default"
DOUBLE_OPT_IN: Final = "double_opt_in"
LAPSES_AFTER: Final = "lapses_after"

_RULE: Final = (DEFAULT, DOUBLE_OPT_IN, LAPSES_AFTER)
_COUNTRIES: Final = "countries"
_CHANNELS: Final = {channel.value: channel for channel in Channel}

Messages: TypeAlias = Mapping[str, Collection[Channel]]
"""Message → the channels it has content for."""


def read_consent(value: Any, faults: Faults, messages: Messages | None = None) -> ConsentRules:
    """The rules of each channel; ``messages`` ``None``: nobody asks whether there are such messages."""
    rules: dict[Channel, Consent] = {}
    for name, below in reading.mapping(value, (CONSENT,), faults).items():
        path = (CONSENT, name)
        channel = reading.choice(name, path, faults, known=_CHANNELS)
        plain = reading.mapping(below, path, faults, known=(*_RULE, _COUNTRIES))
        rule = _read_rule(plain, path, faults, ChannelRule(), channel, messages)
        countries: dict[str, ChannelRule] = {}
        for country, its in reading.mapping(plain.get(_COUNTRIES, {}), (*path, _COUNTRIES), faults).items():
            where = (*path, _COUNTRIES, country)
            if not is_country(country):
                faults.add(where, f'"{country}" is not the two capital letters of a country{meant_country(country)}')
            own = reading.mapping(its, where, faults, known=_RULE)
            countries[country] = _read_rule(own, where, faults, rule, channel, messages)
        if channel is not None:
            rules[channel] = Consent(rule, countries)
    return rules


def _read_rule(
    plain: Mapping[str, Any], path: PathTo, faults: Faults, above: ChannelRule, channel: Channel | None,
    messages: Messages | None,
) -> ChannelRule:  # fmt: skip
    """What a country does not say, its channel says."""
    default, confirmation, lapses_after = above.default, above.confirmation, above.lapses_after
    if DEFAULT in plain:
        default = reading.truth(plain[DEFAULT], (*path, DEFAULT), faults)
    if DOUBLE_OPT_IN in plain:
        confirmation = None
        if plain[DOUBLE_OPT_IN] is not False:
            confirmation = _read_message(plain[DOUBLE_OPT_IN], (*path, DOUBLE_OPT_IN), faults, channel, messages)
    if LAPSES_AFTER in plain:
        lapses_after = None
        if plain[LAPSES_AFTER] is not False:
            lapses_after = reading.duration(plain[LAPSES_AFTER], (*path, LAPSES_AFTER), faults)
    return ChannelRule(default, confirmation, lapses_after)


def _read_message(
    value: Any, path: PathTo, faults: Faults, channel: Channel | None, messages: Messages | None
) -> str | None:
    if value is True:
        faults.add(path, "says not by which message: give the name of the one with the link, or false")
        return None
    name = reading.text(value, path, faults)
    if messages is not None and name:
        if name not in messages:
            faults.add(path, f'there is no message "{name}"{reading.suggestion(name, messages)}')
        elif channel is not None and channel not in messages[name]:
            has = reading.quoted(sorted(messages[name]))
            faults.add(path, f'the message "{name}" has nothing for {channel}; it has {has}')
    return name or None
