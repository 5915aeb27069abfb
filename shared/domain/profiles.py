"""A person: what is known of them, what they allow, where their journeys stand. Read and written whole.

Its size is a budget (16 KB for a customer of ten years), so every collection in it is bounded.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from shared.domain.consent.words import Channel, Pause, Statement, SuppressionReason, Unconfirmed
from shared.domain.events import LATE_AFTER, NOTHING
from shared.domain.normalise.emails import read_email
from shared.domain.normalise.phones import e164_of
from shared.domain.records import quick
from shared.domain.shop.interests import NO_INTERESTS, Interests
from shared.domain.timing import Duration, Instant

MAX_LIVE_RUNS: Final = 50
MAX_ENTRIES_SIZE: Final = 100_000
"""Characters of JSON: what the live runs remember of their entry events, together. An item holds 400 KB in all."""
MAX_ENDED_RUNS: Final = 100
MAX_RECENT_EVENTS: Final = 256
MAX_TOUCHES: Final = 50
MAX_FALLBACKS: Final = 20
MAX_FALLBACKS_SIZE: Final = 30_000
"""The same of messages that may go on another channel, so that these keep no run from beginning."""
MAX_DEVICES: Final = 10
MAX_TRAITS: Final = 100
MAX_TRAIT_SIZE: Final = 1_024
MAX_EXITS: Final = 100
MAX_CLAIMED: Final = 20
MAX_APART: Final = 20
MAX_REACHED_DAYS: Final = 3
"""No instant on earth belongs to more days than this, so that no change of time zone brings an older one again."""


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One person's way through one journey, once for each key.

    Attributes:
        key: the value of the journey's ``key`` as JSON text; ``None`` for a journey without one.
        version: the journey's version that the run entered.
        entered_at: the entry event's timestamp; the run's clock starts there.
        entry: what later steps and templates may read of the entry event (``entry.…``).
        position: path of the step at which the run stands, such as ``2`` or ``3.then.0``.
        wait_until: when the step at ``position`` is over; ``None`` once the run has ended.
        late_by: how much later than it would have been by its timestamps, since an event arrived late.
        held_since: when the message at ``position`` was first due, while policy holds it; ``None`` otherwise.
        held: the channels on which policy holds it, and until when.
        goal_until: until when an event of the journey's goal counts; ``None`` where none is wanted any more.
        variant: ``holdout`` for who is measured and sent nothing.
        ended_at, ended_reason: one of ``OWN_REASONS`` or an ``exit`` step's; ``None`` while it lives.
    """

    id: str
    journey: str
    key: str | None
    version: str
    entered_at: Instant
    entry: Mapping[str, Any] = field(default=NOTHING)
    position: str = "0"
    wait_until: Instant | None = None
    ended_at: Instant | None = None
    ended_reason: str | None = None
    late_by: Duration = 0
    held_since: Instant | None = None
    goal_until: Instant | None = None
    variant: str | None = None
    held: Mapping[str, Instant] = field(default=NOTHING)

    @property
    def is_live(self) -> bool:
        return self.ended_at is None

    def may_reach_goal(self, now: Instant) -> bool:
        """Whether an event that arrives now may be its goal: by then, the run is remembered."""
        return self.goal_until is not None and now <= self.goal_until + LATE_AFTER

    @property
    def is_exited(self) -> bool:
        """Something ended it from outside: nothing of it may be sent any more. An ``exit`` step is its own end."""
        return self.ended_reason in EXITS


COMPLETED: Final = "completed"
EXIT_EVENT: Final = "exit_event"
EXIT_CONDITION: Final = "exit_condition"
JOURNEY_CHANGED: Final = "journey_changed"
"""The playbook no longer has the journey, or the step at which the run stood."""
MERGED: Final = "merged"
"""The person was two, of whom each had a run of the journey and key: this one would not have begun."""

HOLDOUT: Final = "holdout"
"""The variant of who is measured and sent nothing."""

EXITS: Final = frozenset({EXIT_EVENT, EXIT_CONDITION, MERGED})
OWN_REASONS: Final = frozenset({COMPLETED, *EXITS, JOURNEY_CHANGED})
"""Reasons that only the system gives; an ``exit`` step needs another."""


@dataclass(frozen=True, slots=True)
class Device:
    """An app installation that takes push messages: its token's platform (``ios`` or ``android``)."""

    platform: str
    seen_at: Instant


@dataclass(frozen=True, slots=True)
class Suppression:
    """An address that must not be written to."""

    reason: SuppressionReason
    at: Instant


@dataclass(frozen=True, slots=True)
class Said:
    """A trait as it came, where it is not what is held.

    Attributes:
        value: what was said; text of it, and not too much, where it was no plain value.
        reason: why nothing can be made of it, or by what guess something was (``normalise.reading.Reason``).
    """

    value: str | int | float | bool
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Dated:
    """Where a person stands with a journey that they enter on a date of theirs.

    Attributes:
        next_at: the instant at which it is due next; ``None``: at none.
        reached: the latest days for which it was due, so that none is twice.
    """

    next_at: Instant | None
    reached: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Predecessor:
    """Somebody of the same id who was erased, and is not who has the id now.

    Attributes:
        erased_at: what happened until then was theirs.
        until: what was decided before that was theirs; later than the erasure.
    """

    erased_at: Instant
    until: Instant


@quick
@dataclass(frozen=True, slots=True)
class Touch:
    """One message that was sent: what frequency caps count, and whose answers tell which channel is the best.

    Attributes:
        mark: the first digits of the message's id, as long as an answer to it counts.
        is_answered: whether the person, and no machine, opened or clicked it.
    """

    channel: Channel
    purpose: str
    at: Instant
    message: str
    journey: str = ""
    mark: str = ""
    is_answered: bool = False


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Fallback:
    """A message that goes on another channel unless somebody answers it in time; its run goes on, and may be over.

    Attributes:
        run_id, journey, version, key, entered_at, entry: of the run, as in ``Run``.
        position, message: the step's, and the message's name.
        channels: on which it was ordered: it goes on the first that takes it.
        tried: those on which it went, or could not go, before.
        ordered_at: when it was decided.
        due_at: when it has been silent for long enough; ``None``: it is not known to have been sent.
        is_failed: whether it is due because it never arrived.
        held_since, held: while policy holds it, since when, and on which channels until when.
    """

    run_id: str
    journey: str
    version: str
    key: str | None
    entered_at: Instant
    position: str
    message: str
    channels: tuple[Channel, ...]
    ordered_at: Instant
    entry: Mapping[str, Any] = field(default=NOTHING)
    tried: tuple[Channel, ...] = ()
    due_at: Instant | None = None
    is_failed: bool = False
    held_since: Instant | None = None
    held: Mapping[str, Instant] = field(default=NOTHING)


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One person.

    Attributes:
        version: of the stored state; 0 for a person never stored.
        decided_at: the instant up to which everything was decided; never goes back.
        said: trait → how it came, where it is held in another form, or cannot be: never what is sent to.
        trait_times: trait → the timestamp of the event that set it: a late event never overwrites a newer value.
        claimed: (kind, value) of the identifiers that were claimed for this person, the latest last.
        vouched: those of them for which a secret key vouched, the latest last.
        devices: push token → device.
        consent: (channel or ``*``, topic or ``*``) → latest statement.
        unconfirmed: (channel, topic or ``*``) → a yes that waits to be confirmed.
        pause: until when the person wants no marketing; one that is over stays, for what comes late.
        suppressed: ``suppression_key`` of a channel and an address → why.
        aggregates: what behavioural conditions need: aggregate id → instants, newest first.
        sums: what conditions on sums need: total id → instants and their amounts, newest first.
        runs: live runs and, for re-entry, the latest ended ones, by run id.
        fallbacks: message id → what goes on another channel unless that message is answered.
        exits: (journey, key) → the latest exit event's timestamp of the last 24 hours: it prevents an older entry.
        dates: journey → where the person stands with it, of those that they enter on a date.
        dates_version: by which of the playbook's dates they were reckoned.
        recent_events: digest of an event's id → its arrival, of the last 24 hours, oldest first.
        segments: those that the person is in → since when.
        turns: segments → the instant at which time alone turns them for this person.
        segments_version: of the playbook's segments by which these two were judged.
        wake_at: the next instant at which time alone changes something.
        scheduled_at: for when the outstanding schedule is set, as last decided.
        whole: the generation (see ``counting``) of whose aggregates the person did nothing that was not counted.
        wrote_at: when the person last wrote to us by WhatsApp, which lets us answer freely for a day; 0: never.
        merged_into: whose profile this one was folded into: a tombstone, of which nothing else counts.
        apart: ids of those who were taken for this person and are not, the latest last (see ``joining``).
        is_told_of: whether somebody trusted told of a known person of whom nothing else shows that anybody did.
        predecessor: who had the id before and was erased, if anybody did.
        interests: the products that speak for what else they may like, where the playbook recommends any.
    """

    id: str
    version: int = 0
    decided_at: Instant = 0
    traits: Mapping[str, Any] = field(default=NOTHING)
    said: Mapping[str, Said] = field(default=NOTHING)
    trait_times: Mapping[str, Instant] = field(default=NOTHING)
    claimed: tuple[tuple[str, str], ...] = ()
    vouched: tuple[tuple[str, str], ...] = ()
    devices: Mapping[str, Device] = field(default=NOTHING)
    consent: Mapping[tuple[str, str], Statement] = field(default_factory=dict)
    unconfirmed: Mapping[tuple[str, str], Unconfirmed] = field(default_factory=dict)
    pause: Pause | None = None
    suppressed: Mapping[tuple[str, str], Suppression] = field(default_factory=dict)
    aggregates: Mapping[str, tuple[Instant, ...]] = field(default=NOTHING)
    sums: Mapping[str, tuple[tuple[Instant, Decimal], ...]] = field(default=NOTHING)
    runs: Mapping[str, Run] = field(default=NOTHING)
    fallbacks: Mapping[str, Fallback] = field(default=NOTHING)
    exits: Mapping[tuple[str, str | None], Instant] = field(default_factory=dict)
    dates: Mapping[str, Dated] = field(default=NOTHING)
    dates_version: str = ""
    recent_events: Mapping[str, Instant] = field(default=NOTHING)
    touches: tuple[Touch, ...] = ()
    segments: Mapping[str, Instant] = field(default=NOTHING)
    turns: Mapping[str, Instant] = field(default=NOTHING)
    segments_version: str = ""
    wake_at: Instant | None = None
    scheduled_at: Instant | None = None
    whole: int = 0
    wrote_at: Instant = 0
    merged_into: str | None = None
    apart: tuple[str, ...] = ()
    is_told_of: bool = False
    predecessor: Predecessor | None = None
    interests: Interests = NO_INTERESTS

    @property
    def reach(self) -> "Reach":
        return Reach(self.traits, self.devices, self.suppressed)

    def addresses(self, channel: Channel) -> tuple[str, ...]:
        """The usable addresses of a channel: well formed and not suppressed."""
        return self.reach.addresses(channel)

    def known_addresses(self, channel: Channel) -> tuple[str, ...]:
        """The well-formed addresses of a channel, suppressed ones included."""
        return self.reach.known_addresses(channel)


@quick
@dataclass(frozen=True, slots=True)
class Reach:
    """What of a profile says where the person can be written to."""

    traits: Mapping[str, Any]
    devices: Mapping[str, Device]
    suppressed: Mapping[tuple[str, str], Suppression]

    def addresses(self, channel: Channel) -> tuple[str, ...]:
        """The usable addresses of a channel: well formed and not suppressed."""
        return tuple(a for a in self.known_addresses(channel) if suppression_key(channel, a) not in self.suppressed)

    def known_addresses(self, channel: Channel) -> tuple[str, ...]:
        """The well-formed addresses of a channel, suppressed ones included."""
        if channel is Channel.PUSH:
            return tuple(self.devices)
        if channel is Channel.WEBHOOK:
            return PARTNERS
        trait, normalise = _ADDRESS_TRAITS[channel]
        address = normalise(self.traits.get(trait))
        return () if address is None else (address,)


def suppression_key(channel: str, address: str) -> tuple[str, str]:
    """Under what an address is suppressed: a mail server may tell ``Ana@`` from ``ana@``, a complaint does not."""
    return str(channel), address.strip().lower() if channel == Channel.EMAIL else address


def email_of(value: object) -> str | None:
    """The mail address that the value is; ``None`` where it is none."""
    address: str | None = read_email(value).value
    return address


PARTNERS: Final = ("partner",)
"""Stands for an address on webhooks: a partner is told of anybody, and says itself what it needs of them."""

_ADDRESS_TRAITS: Final = {
    Channel.EMAIL: ("email", email_of),
    Channel.SMS: ("phone", e164_of),
    Channel.WHATSAPP: ("phone", e164_of),
}
