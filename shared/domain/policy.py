"""When nobody is written to: quiet hours by the person's own clock, and caps on how often. Both hold, neither drops.

Transactional messages ignore both. A person is quiet from ``from``, inclusive, to ``until``, exclusive. Beside them
stands to which message a success is put down.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from shared.domain.channels.sms_rules import SMS, SmsRules, read_sms_rules
from shared.domain.consent.rules import CONSENT, ConsentRules
from shared.domain.consent.words import Channel, Purpose
from shared.domain.language import reading
from shared.domain.language.consent_reader import Messages, read_consent
from shared.domain.language.reading import Faults, PathTo
from shared.domain.locales.countries import country_of
from shared.domain.locales.local_time import local_date, local_instant
from shared.domain.locales.regions import US_STATES, is_country, meant_country, meant_state
from shared.domain.profiles import MAX_TOUCHES, Touch
from shared.domain.timing import DAY, WEEK, Duration, Instant

ADDRESS_CHANGE: Final = "address_change"
KEYS: Final = ("quiet_hours", "frequency_caps", "expire_after", "attribution", CONSENT, ADDRESS_CHANGE, SMS)

QUIET_HOURS: Final = "quiet_hours"
FREQUENCY_CAP: Final = "frequency_cap"

_CHANNELS: Final = {channel.value: channel for channel in Channel}
_PURPOSES: Final = {purpose.value: purpose for purpose in Purpose}


@dataclass(frozen=True, slots=True)
class Hours:
    """From one local time to another, over midnight where the second is the earlier."""

    begin: time
    end: time


@dataclass(frozen=True, slots=True)
class AddressChange:
    """By which message a new mail address is asked to confirm, and by which the old one is told; ``None``: by none."""

    confirmation: str
    notice: str | None = None


@dataclass(frozen=True, slots=True)
class QuietHours:
    """One channel's, with what holds instead in some countries and states of the US."""

    hours: Hours
    countries: Mapping[str, Hours] = field(default_factory=dict)
    us_states: Mapping[str, Hours] = field(default_factory=dict)

    def hours_of(self, traits: Mapping[str, Any]) -> Hours:
        """The hours where the person is."""
        country = country_of(traits) or ""
        if country == "US":
            state = _state_of(traits)
            if state in self.us_states:
                return self.us_states[state]
        return self.countries.get(country, self.hours)


@dataclass(frozen=True, slots=True)
class FrequencyCap:
    """At most so many messages within a window that ends now; ``purpose`` ``None``: of any."""

    channels: frozenset[Channel]
    purpose: Purpose | None
    at_most: int
    per: Duration

    def concerns(self, channel: Channel, purpose: str) -> bool:
        return channel in self.channels and self.purpose in {None, purpose}

    def counted(self, touches: Sequence[Touch], now: Instant) -> list[Touch]:
        """Those within the window."""
        return [t for t in touches if self.concerns(t.channel, t.purpose) and t.at > now - self.per]

    def free_at(self, touches: Sequence[Touch], now: Instant) -> Instant:
        """``now``, or when enough of what was sent has aged out of the window."""
        counted = sorted(touch.at for touch in self.counted(touches, now))
        return now if len(counted) < self.at_most else counted[-self.at_most] + self.per


@dataclass(frozen=True, slots=True)
class Policy:
    """What ``policy.yaml`` says beside its topics."""

    quiet_hours: Mapping[Channel, QuietHours] = field(default_factory=dict)
    caps: tuple[FrequencyCap, ...] = ()
    expire_after: Duration = DAY
    attribution_window: Duration = WEEK
    """For how long after a message what the person does is put down to it."""
    consent: ConsentRules = field(default_factory=dict)
    address_change: AddressChange | None = None
    sms: SmsRules = field(default_factory=SmsRules)

    @property
    def confirmations(self) -> frozenset[str]:
        """The messages that ask to confirm a yes."""
        rules = (rule for of in self.consent.values() for rule in (of.rule, *of.countries.values()))
        return frozenset(rule.confirmation for rule in rules if rule.confirmation is not None)

    def attributed(self, journey: str, touches: Sequence[Touch], at: Instant) -> Touch | None:
        """The journey's latest message before what happened ``at`` that instant, within the window."""
        sent = [t for t in touches if t.journey == journey and at - self.attribution_window < t.at <= at]
        return max(sent, key=lambda touch: touch.at, default=None)

    def counted(self, touches: Sequence[Touch], now: Instant) -> list[Touch]:
        """Those of the touches, the oldest first, that a cap still goes by: the latest of its window."""
        return [touch for cap in self.caps for touch in cap.counted(touches, now)[-cap.at_most :]]

    def free_at(
        self, channel: Channel, purpose: Purpose, traits: Mapping[str, Any], zone: ZoneInfo, touches: Sequence[Touch],
        now: Instant,
    ) -> tuple[Instant, str | None]:  # fmt: skip
        """The first instant, not before ``now``, at which a marketing message may go, and what holds it until then."""
        at, reason = now, None
        while True:
            free = self._quiet_until(channel, traits, zone, at)
            if free > at:
                at, reason = free, reason or QUIET_HOURS
            capped = [cap.free_at(touches, at) for cap in self.caps if cap.concerns(channel, purpose)]
            free = max(capped, default=at)
            if free == at:
                return at, reason
            at, reason = free, reason or FREQUENCY_CAP

    def _quiet_until(self, channel: Channel, traits: Mapping[str, Any], zone: ZoneInfo, now: Instant) -> Instant:
        quiet = self.quiet_hours.get(channel)
        if quiet is None:
            return now
        hours = quiet.hours_of(traits)
        today = local_date(now, zone)
        for day in (today - timedelta(days=1), today):
            ends_on = day if hours.begin < hours.end else day + timedelta(days=1)
            end = local_instant(ends_on, hours.end, zone, last=True)
            if local_instant(day, hours.begin, zone) <= now < end:
                return end
        return now


def read_policy(plain: Mapping[str, Any], faults: Faults, messages: Messages | None = None) -> Policy:
    """Quiet hours, caps, expiry and the rules of consent; the topics are the playbook's affair."""
    quiet = {
        channel: _read_quiet_hours(value, (QUIET_HOURS, name), faults)
        for name, value in reading.mapping(plain.get(QUIET_HOURS, {}), (QUIET_HOURS,), faults).items()
        if (channel := reading.choice(name, (QUIET_HOURS, name), faults, known=_CHANNELS)) is not None
    }
    caps = plain.get("frequency_caps", [])
    if not isinstance(caps, list):
        faults.add(("frequency_caps",), f"expected a list of caps, found {reading.kind_of(caps)}")
        caps = []
    read = tuple(_read_cap(cap, ("frequency_caps", str(index)), faults) for index, cap in enumerate(caps))
    expire_after = reading.duration(plain.get("expire_after", "24 hours"), ("expire_after",), faults)
    attribution = _read_attribution(plain.get("attribution", {}), faults)
    consent = read_consent(plain.get(CONSENT, {}), faults, messages)
    change = _read_address_change(plain, faults, messages)
    sms = read_sms_rules(plain.get(SMS, {}), faults)
    return Policy(quiet, read, expire_after, attribution, consent, change, sms)


def _read_address_change(plain: Mapping[str, Any], faults: Faults, messages: Messages | None) -> AddressChange | None:
    if ADDRESS_CHANGE not in plain:
        return None
    path = (ADDRESS_CHANGE,)
    below = reading.mapping(plain[ADDRESS_CHANGE], path, faults, known=("confirmation", "notice"))
    for key, name in below.items():
        found = messages.get(name) if messages is not None and isinstance(name, str) else None
        if messages is not None and isinstance(name, str) and found is None:
            faults.add((*path, key), f'there is no message "{name}"{reading.suggestion(name, messages)}')
        elif found is not None and Channel.EMAIL not in found:
            faults.add((*path, key), f'the message "{name}" has nothing for email')
    confirmation = reading.text(below.get("confirmation"), (*path, "confirmation"), faults)
    notice = reading.text(below["notice"], (*path, "notice"), faults) if "notice" in below else None
    return AddressChange(confirmation, notice)


def _read_attribution(value: Any, faults: Faults) -> Duration:
    plain = reading.mapping(value, ("attribution",), faults, known=("window",), short_for="window")
    return reading.duration(plain.get("window", "7 days"), ("attribution", "window"), faults)


def _read_quiet_hours(value: Any, path: PathTo, faults: Faults) -> QuietHours:
    plain = reading.mapping(value, path, faults, known=("from", "until", "countries", "us_states"))
    regions: dict[str, dict[str, Hours]] = {"countries": {}, "us_states": {}}
    for kind, read in regions.items():
        for name, below in reading.mapping(plain.get(kind, {}), (*path, kind), faults).items():
            where = (*path, kind, name)
            if kind == "countries" and not is_country(name):
                faults.add(where, f'"{name}" is not the two capital letters of a country{meant_country(name)}')
            if kind == "us_states" and name not in US_STATES:
                faults.add(where, f'"{name}" is not the two capital letters of a US state{meant_state(name)}')
            hours = reading.mapping(below, where, faults, known=("from", "until"))
            read[name] = _read_hours(hours, where, faults)
    return QuietHours(_read_hours(plain, path, faults), regions["countries"], regions["us_states"])


def _read_hours(plain: Mapping[str, Any], path: PathTo, faults: Faults) -> Hours:
    times = [reading.time_of_day(plain.get(name), (*path, name), faults) for name in ("from", "until")]
    if plain.get("from") is not None and plain.get("from") == plain.get("until"):
        faults.add(path, "begins and ends at the same time: nobody knows whether that is always or never")
    return Hours(*times)


def _read_cap(value: Any, path: PathTo, faults: Faults) -> FrequencyCap:
    plain = reading.mapping(value, path, faults, known=("channels", "purpose", "at_most", "per"))
    names = reading.texts(plain.get("channels"), (*path, "channels"), faults)
    channels = (reading.choice(name, (*path, "channels"), faults, known=_CHANNELS) for name in names if name)
    purpose = None
    if "purpose" in plain:
        purpose = reading.choice(plain["purpose"], (*path, "purpose"), faults, known=_PURPOSES)
    return FrequencyCap(
        frozenset(channel for channel in channels if channel is not None),
        purpose,
        reading.integer(plain.get("at_most"), (*path, "at_most"), faults, low=1, high=MAX_TOUCHES),
        reading.duration(plain.get("per"), (*path, "per"), faults),
    )


def _state_of(traits: Mapping[str, Any]) -> str:
    address = traits.get("address")
    for value in (traits.get("state"), address.get("state") if isinstance(address, Mapping) else None):
        if isinstance(value, str):
            return value.strip().upper()
    return ""
