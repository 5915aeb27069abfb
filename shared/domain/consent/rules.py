"""Whether marketing may be sent: by what the person said, and where they said nothing, by the policy's rules.

One function judges for conditions, for ``decide`` and for the dispatcher, and tells what decided, and when time alone
will change it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Protocol, TypeAlias

from shared.domain.consent.words import (
    ANY,
    Channel,
    Pause,
    Scope,
    Statement,
    Statements,
    Unconfirmed,
    covering,
    is_within,
)
from shared.domain.ledger import DropReason
from shared.domain.locales.countries import country_of
from shared.domain.records import changed, quick
from shared.domain.timing import Duration, Instant

CONSENT: Final = "consent"
"""Where in the policy the rules stand."""


class Basis(StrEnum):
    """What decided."""

    YES = "yes"
    NO = "no"
    UNCONFIRMED = "unconfirmed"
    """A yes that waits to be confirmed."""
    LAPSED = "lapsed"
    """A yes that is too old."""
    PAUSED = "paused"
    DEFAULT = "default"
    """The person said nothing: what the topic says."""
    RULE = "rule"
    """The person said nothing: what the policy says of the channel, and of the country."""


@quick
@dataclass(frozen=True, slots=True)
class Ruling:
    """Whether marketing may be sent on a channel about a topic, and why.

    Attributes:
        changes_at: when time alone changes it, or what it is based on; ``None``: never.
        scope, at: of the statement that decided, and when it was made; ``None`` where none did.
    """

    is_granted: bool
    basis: Basis
    changes_at: Instant | None = None
    scope: Scope | None = None
    at: Instant | None = None


def drop_reason(found: Ruling) -> DropReason | None:
    """Why consent keeps a marketing message from a channel; ``None``: it does not."""
    if found.is_granted:
        return None
    return DropReason.PAUSED if found.basis is Basis.PAUSED else DropReason.NO_CONSENT


@dataclass(frozen=True, slots=True)
class ChannelRule:
    """What holds on a channel, or on it in one country.

    Attributes:
        default: whether the topic's own default holds there; ``False``: nobody hears of anything unless they said yes.
        confirmation: the message that asks to confirm a yes; ``None``: a yes counts at once.
        lapses_after: for how long a yes counts without an answer to any message; ``None``: for ever.
    """

    default: bool = True
    confirmation: str | None = None
    lapses_after: Duration | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """The rules of one channel: everywhere, and in the countries that have their own."""

    rule: ChannelRule
    countries: Mapping[str, ChannelRule] = field(default_factory=dict)

    def of(self, traits: Mapping[str, Any]) -> ChannelRule:
        """Where the person is; somebody whose country nobody knows is everywhere."""
        if not self.countries:
            return self.rule
        return self.countries.get(country_of(traits) or "", self.rule)


_FREE: Final = ChannelRule()

ConsentRules: TypeAlias = Mapping[Channel, Consent]


def rule_of(rules: ConsentRules, channel: str, traits: Mapping[str, Any]) -> ChannelRule:
    """The rule that holds for the person on the channel."""
    consent = rules.get(Channel(channel))
    return _FREE if consent is None else consent.of(traits)


@dataclass(frozen=True, slots=True)
class Said:
    """All that a person said of consent, as the profile keeps it."""

    statements: Statements
    unconfirmed: Mapping[Scope, Unconfirmed] = field(default_factory=dict)
    pause: Pause | None = None


class Speaker(Protocol):
    """A profile, or one in the making."""

    @property
    def consent(self) -> Statements: ...

    @property
    def unconfirmed(self) -> Mapping[Scope, Unconfirmed]: ...

    @property
    def pause(self) -> Pause | None: ...


def said_by(person: Speaker) -> Said:
    return Said(person.consent, person.unconfirmed, person.pause)


def ruling(said: Said, rule: ChannelRule, channel: str, topic: str | None, now: Instant, *, default: bool) -> Ruling:
    """Whether marketing about the topic may be sent on the channel now; ``default`` is the topic's.

    A pause stops everything. A no holds until a later yes about the same or something narrower: "no SMS" outlasts a
    "yes" to news that names no channel, and a global opt-out ends for nothing but what was asked for by name. A yes
    counts unless it lapsed; where the person said yes, and it waits to be confirmed or lapsed, the defaults grant
    nothing either.
    """
    found = _without_pause(said, rule, channel, topic, now, default=default)
    pause = said.pause
    if pause is None or pause.until <= now or not found.is_granted:
        return found
    return Ruling(False, Basis.PAUSED, pause.until, at=pause.at)


def _without_pause(
    said: Said, rule: ChannelRule, channel: str, topic: str | None, now: Instant, *, default: bool
) -> Ruling:
    spoken = [(scope, said.statements[scope]) for scope in covering(channel, topic) if scope in said.statements]
    yes = [(scope, one, _lapses_at(one, rule)) for scope, one in spoken if one.subscribed]
    live = [(scope, one, ends) for scope, one, ends in yes if ends is None or now < ends]
    lifting = [(scope, one) for scope, one, _ in live]
    changes_at = min((ends for _, _, ends in live if ends is not None), default=None)
    for scope, one in spoken:
        if not one.subscribed and not any(_lifts(other, scope, one) for other in lifting):
            return Ruling(False, Basis.NO, None, scope, one.at)
    if live:
        scope, one, _ = max(live, key=lambda found: found[1].at)
        return Ruling(True, Basis.YES, changes_at, scope, one.at)
    asked = [(scope, said.unconfirmed[scope]) for scope in covering(channel, topic) if scope in said.unconfirmed]
    if asked:
        scope, request = max(asked, key=lambda found: found[1].at)
        return Ruling(False, Basis.UNCONFIRMED, None, scope, request.at)
    if yes:
        scope, one, _ = max(yes, key=lambda found: found[1].at)
        return Ruling(False, Basis.LAPSED, None, scope, one.at)
    return Ruling(default, Basis.DEFAULT) if rule.default else Ruling(False, Basis.RULE)


def _lapses_at(statement: Statement, rule: ChannelRule) -> Instant | None:
    if rule.lapses_after is None:
        return None
    return max(statement.at, statement.kept_at) + rule.lapses_after


def _lifts(yes: tuple[Scope, Statement], scope: Scope, no: Statement) -> bool:
    return yes[1].at > no.at and is_within(yes[0], scope)


def kept_alive(statements: Statements, rules: ConsentRules, traits: Mapping[str, Any], at: Instant) -> Statements:
    """The statements after an answer of the person's: every yes that has not lapsed by then counts from there on.

    What has lapsed stays lapsed: a click is no new yes. A yes to all channels is kept while it has lapsed on none.
    """
    fresh = dict(statements)
    for scope, one in statements.items():
        if one.subscribed and max(one.at, one.kept_at) < at:
            channels = tuple(Channel) if scope[0] == ANY else (Channel(scope[0]),)
            ends = (_lapses_at(one, rule_of(rules, channel, traits)) for channel in channels)
            if all(end is None or at < end for end in ends):
                fresh[scope] = changed(one, kept_at=at)
    return fresh
