"""The ports, imitated in memory. Each fake passes the contract tests of its adapter (``tests/contract``)."""

import math
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from shared.domain.behaviour.counting import NOTHING_COUNTED, Counting
from shared.domain.consent.suppressions import Noted, Reasons, in_force
from shared.domain.consent.words import Channel, Purpose, SuppressionReason
from shared.domain.events import Event, Trust
from shared.domain.identity.claims import Held, awarded
from shared.domain.identity.merges import Merge
from shared.domain.intake.client_keys import Key, RateLimit
from shared.domain.intake.flaws import Flaw
from shared.domain.intake.tallies import Tally, summed_up
from shared.domain.messages import (
    Announcement,
    Attempt,
    AttemptOutcome,
    ConsentRecorded,
    Content,
    Effect,
    LedgerEntry,
    Message,
    MessageStatus,
    Outgoing,
    Receipt,
    SmsContent,
)
from shared.domain.own_events import DECIDED
from shared.domain.profiles import Profile, suppression_key
from shared.domain.timing import Duration, Instant, format_instant
from shared.errors import CarillonError, ConflictError, Fault
from shared.ports.people import Member, PersonRecord
from shared.ports.sending import Claim, Ordered
from shared.services.admit_clients import ClientGate
from shared.services.throttle import Throttle


@dataclass
class FakeClock:
    at: Instant = 1_793_700_000_000

    def now(self) -> Instant:
        return self.at

    def wall(self) -> Instant:
        return self.at


class FakeProfiles:
    def __init__(self) -> None:
        self.stored: dict[str, Profile] = {}
        self.effects: list[tuple[str, Effect]] = []
        self.merges: list[Merge] = []

    def load(self, profile_id: str) -> Profile:
        return self.stored.get(profile_id, Profile(id=profile_id))

    def save(self, profile: Profile, effects: Sequence[Effect]) -> None:
        if self._version(profile.id) != profile.version:
            raise ConflictError("another writer was first", profile=profile.id)
        self.stored[profile.id] = replace(profile, version=profile.version + 1)
        self.effects.extend((profile.id, effect) for effect in effects)

    def save_all(self, written: Sequence[tuple[Profile, Sequence[Effect]]], merges: Sequence[Merge] = ()) -> None:
        if any(self._version(profile.id) != profile.version for profile, _ in written):
            raise ConflictError("another writer of one of them was first")
        for profile, effects in written:
            self.save(profile, effects)
        self.merges.extend(merges)

    def of(self, survivor_id: str) -> Sequence[Merge]:
        return [merge for merge in self.merges[::-1] if merge.survivor.id == survivor_id]

    def _version(self, profile_id: str) -> int:
        return self.stored[profile_id].version if profile_id in self.stored else 0


class FakeTimeline:
    """``kept``: the pages by profile id, each under its latest arrival and the ids of its events."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[tuple[Instant, tuple[str, ...]], Sequence[Event]]] = defaultdict(dict)

    @property
    def events(self) -> Mapping[str, Mapping[str, Event]]:
        """By profile id and event id."""
        return {
            person: {event.id: event for page in pages.values() for event in page}
            for person, pages in self.kept.items()
        }

    def append(self, profile_id: str, events: Sequence[Event]) -> None:
        if events:
            latest = max(event.received_at for event in events)
            named = [event.id for event in events if event.source != DECIDED] or [event.id for event in events]
            self.kept[profile_id][latest, tuple(named)] = list(events)

    def pages(self, profile_id: str, *, until: Instant | None = None) -> Iterator[tuple[Instant, Sequence[Event]]]:
        for (latest, _), events in sorted(self.kept[profile_id].items(), reverse=True):
            if until is None or latest <= until:
                yield latest, events


@dataclass
class FakePersonRecords:
    records: dict[str, list[PersonRecord]] = field(default_factory=dict)

    def of(self, profile_id: str) -> Iterator[PersonRecord]:
        yield from sorted(self.records.get(profile_id, ()))


class FakeCountings:
    def __init__(self) -> None:
        self.agreed = NOTHING_COUNTED

    def load(self) -> Counting:
        return self.agreed

    def save(self, counting: Counting, *, over: Counting) -> None:
        if self.agreed != over:
            raise ConflictError("another deployment agreed first")
        self.agreed = counting


class FakeJourneyVersions:
    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Any] = {}

    def keep(self, journey: str, version: str, source: Any) -> None:
        self.kept.setdefault((journey, version), source)

    def load(self, journey: str, version: str) -> Any:
        return self.kept.get((journey, version))


class FakeAliases:
    """``owners``: whose each identifier is; ``vouched``: those for which a secret key vouches."""

    def __init__(self) -> None:
        self.owners: dict[tuple[str, str], str] = {}
        self.vouched: set[tuple[str, str]] = set()

    def resolve(self, identifiers: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], str]:
        return {identifier: self.owners[identifier] for identifier in identifiers if identifier in self.owners}

    def owner(self, kind: str, value: str) -> str | None:
        return self.owners.get((kind, value))

    def claim(
        self, kind: str, value: str, profile_id: str, *, vouched: bool = False, over: tuple[str, ...] = ()
    ) -> str:
        one = (kind, value)
        held = Held(self.owners[one], one in self.vouched) if one in self.owners else None
        award = awarded(held, Held(profile_id, vouched), over)
        self.owners[one] = award.profile_id
        if award.is_vouched:
            self.vouched.add(one)
        return award.profile_id

    def of(self, profile_id: str) -> Iterator[tuple[str, str]]:
        yield from sorted(one for one, owner in self.owners.items() if owner == profile_id)


class FakeConsentHistory:
    def __init__(self) -> None:
        self.kept: dict[str, dict[tuple[Instant, str], ConsentRecorded]] = {}

    def keep(self, profile_id: str, statements: Sequence[ConsentRecorded]) -> None:
        self.kept.setdefault(profile_id, {}).update({(one.at, one.id): one for one in statements})

    def of(self, profile_id: str) -> Iterator[ConsentRecorded]:
        kept = self.kept.get(profile_id, {})
        yield from (kept[key] for key in sorted(kept))


class FakeMembers:
    """``changes``: the latest of each (segment, profile id): its version, its instant, whether they are in."""

    def __init__(self) -> None:
        self.changes: dict[tuple[str, str], tuple[int, Instant, bool]] = {}

    def enter(self, segment: str, profile_id: str, at: Instant, *, version: int) -> None:
        self._note((segment, profile_id), version, at, is_in=True)

    def leave(self, segment: str, profile_id: str, at: Instant, *, version: int) -> None:
        self._note((segment, profile_id), version, at, is_in=False)

    def people(self, segment: str) -> Iterator[Member]:
        for (name, profile_id), (_, at, is_in) in self.changes.items():
            if name == segment and is_in:
                yield Member(profile_id, at)

    def count(self, segment: str) -> int:
        return len([*self.people(segment)])

    def _note(self, who: tuple[str, str], version: int, at: Instant, *, is_in: bool) -> None:
        known = self.changes.get(who)
        if known is None or known[0] < version:
            self.changes[who] = version, at, is_in


class FakeErasedPeople:
    def __init__(self) -> None:
        self.marks: dict[str, Instant] = {}

    def mark(self, profile_id: str, at: Instant) -> None:
        self.marks[profile_id] = max(at, self.marks.get(profile_id, at))

    def erased_at(self, profile_id: str) -> Instant | None:
        return self.marks.get(profile_id)


class FakeEventQueue:
    def __init__(self) -> None:
        self.events: list[Event] = []

    def put(self, events: Sequence[Event]) -> None:
        seen = {(event.profile_id, event.id) for event in self.events}
        self.events.extend(event for event in events if (event.profile_id, event.id) not in seen)


class FakeMessageQueue:
    def __init__(self) -> None:
        self.messages: list[Message] = []

    def put(self, messages: Sequence[Message]) -> None:
        self.messages.extend(messages)


class FakeMessageIndex:
    def __init__(self) -> None:
        self.ordered: dict[tuple[str, Instant, str], Ordered] = {}

    def note(self, messages: Sequence[Message]) -> None:
        for message in messages:
            self.ordered[message.profile_id, message.decided_at, message.id] = Ordered(
                message.id, message.profile_id, message.decided_at, message.journey, message.name, message.purpose
            )

    def of(self, profile_id: str, *, limit: int, before: tuple[Instant, str] | None = None) -> Sequence[Ordered]:
        theirs = sorted((key for key in self.ordered if key[0] == profile_id), reverse=True)
        return [self.ordered[key] for key in theirs if before is None or key[1:] < before][:limit]


class FakeBus:
    def __init__(self) -> None:
        self.announcements: list[tuple[str, Announcement]] = []

    def publish(self, announcements: Sequence[tuple[str, Announcement]]) -> None:
        self.announcements.extend(announcements)


class FakeSchedules:
    def __init__(self) -> None:
        self.wakes: dict[tuple[str, Instant], str] = {}

    def put(self, profile_id: str, at: Instant, nonce: str, *, replaces: Sequence[Instant] = ()) -> None:
        self.wakes.setdefault((profile_id, at), nonce)
        for replaced in replaces:
            if replaced != at:
                self.wakes.pop((profile_id, replaced), None)


@dataclass(frozen=True)
class Quarantined:
    source: str
    raw: Any
    faults: tuple[Fault, ...]
    received_at: Instant
    trust: Trust = Trust.PUBLIC


@dataclass
class FakeQualityCounts:
    sums: dict[tuple[str, str, Flaw | None], Tally] = field(default_factory=dict)
    failure: CarillonError | None = None

    def add(self, tally: Tally) -> None:
        if self.failure is not None:
            raise self.failure
        key = (format_instant(tally.last_at)[:10], tally.source, tally.flaw)
        known = [self.sums[key]] if key in self.sums else []
        (self.sums[key],) = summed_up([*known, tally])

    def read(self, first: Instant, last: Instant) -> Sequence[Tally]:
        days = format_instant(first)[:10], format_instant(last)[:10]
        return summed_up(tally for (day, _, _), tally in self.sums.items() if days[0] <= day <= days[1])


@dataclass
class FakeQuarantine:
    kept: list[Quarantined] = field(default_factory=list)

    def keep(
        self, source: str, raw: Any, faults: Sequence[Fault], received_at: Instant, trust: Trust = Trust.PUBLIC
    ) -> None:
        self.kept = [one for one in self.kept if (one.source, one.raw) != (source, raw)]
        self.kept.append(Quarantined(source, raw, tuple(faults), received_at, trust))


@dataclass
class FakeKeys:
    known: Mapping[str, Key] = field(
        default_factory=lambda: {"public-key": Key(Trust.PUBLIC), "secret-key": Key(Trust.SECRET)}
    )

    def find(self, key: str) -> Key | None:
        return self.known.get(key)

    def trust_of(self, key: str) -> Trust | None:
        found = self.find(key)
        return None if found is None else found.trust


@dataclass
class FakeRates:
    """``spent_until``: when all that was taken of a key will have been earned, in milliseconds."""

    spent_until: dict[str, float] = field(default_factory=dict)
    calls: int = 0

    def take(self, name: str, requests: int, limit: RateLimit, now: Instant) -> Duration:
        self.calls += 1
        interval = 1_000 / limit.per_second
        spent_until = max(self.spent_until.get(name, 0), now) + requests * interval
        if spent_until > now + limit.burst * interval:
            return math.ceil(spent_until - now - limit.burst * interval)
        self.spent_until[name] = spent_until
        return 0


@dataclass
class FakeStaffKeys:
    key: str = "secret-key"

    def is_good(self, key: str) -> bool:
        return key == self.key


@dataclass
class FakeExports:
    kept: dict[str, bytes] = field(default_factory=dict)

    def keep(self, name: str, content: Iterator[bytes]) -> None:
        self.kept[name] = b"".join(content)

    def link(self, name: str) -> str:
        return f"https://exports.example/{name}"


@dataclass
class FakeSigningSecrets:
    secrets: tuple[bytes, ...] = (b"current-secret", b"previous-secret")

    def signing(self) -> bytes:
        return self.secrets[0]

    def accepted(self) -> Sequence[bytes]:
        return self.secrets


class FakeDigestKey:
    def key(self) -> bytes:
        return b"digest-secret"


class FakeSuppressions:
    def __init__(self) -> None:
        self.came: dict[tuple[str, str], dict[SuppressionReason, Instant]] = {}
        self.lifted: dict[tuple[str, str], dict[SuppressionReason, Instant]] = {}

    def find(self, channel: Channel, address: str) -> Reasons:
        return in_force(*self.noted(channel, address))

    def noted(self, channel: Channel, address: str) -> Noted:
        key = suppression_key(channel, address)
        return Noted(self.came.get(key, {}), self.lifted.get(key, {}))

    def suppress(self, channel: Channel, address: str, reason: SuppressionReason, at: Instant) -> None:
        self._note(self.came, channel, address, reason, at)

    def lift(self, channel: Channel, address: str, reasons: Collection[SuppressionReason], at: Instant) -> None:
        for reason in reasons:
            self._note(self.lifted, channel, address, reason, at)

    def _note(
        self,
        notes: dict[tuple[str, str], dict[SuppressionReason, Instant]],
        channel: Channel,
        address: str,
        reason: SuppressionReason,
        at: Instant,
    ) -> None:
        noted = notes.setdefault(suppression_key(channel, address), {})
        noted[reason] = max(noted.get(reason, at), at)


@dataclass
class FakeLedger:
    """``lease`` in milliseconds of the clock."""

    clock: FakeClock = field(default_factory=FakeClock)
    lease: int = 60_000
    entries: dict[str, LedgerEntry] = field(default_factory=dict)
    leases: dict[str, Instant] = field(default_factory=dict)

    def claim(self, message: Message, at: Instant) -> Claim:
        entry = self.entries.get(message.id)
        if entry is not None and entry.status not in {MessageStatus.WAITING, MessageStatus.CLAIMED}:
            return Claim.DUPLICATE
        attempts = entry.attempts if entry is not None else ()
        if entry is not None and entry.status is MessageStatus.CLAIMED:
            if self.clock.wall() < self.leases[message.id]:
                return Claim.HELD
            attempts = (*attempts, Attempt(None, at, AttemptOutcome.UNKNOWN, "lease_ended"))
            if message.purpose is Purpose.MARKETING:
                self.entries[message.id] = replace(
                    entry, status=MessageStatus.UNKNOWN, at=at, reason="unknown", attempts=attempts
                )
                return Claim.DUPLICATE
        self.leases[message.id] = self.clock.wall() + self.lease
        self.entries[message.id] = LedgerEntry(
            id=message.id,
            profile_id=message.profile_id,
            journey=message.journey,
            name=message.name,
            purpose=message.purpose,
            topic=message.topic,
            status=MessageStatus.CLAIMED,
            at=at,
            attempts=attempts,
        )
        return Claim.GRANTED

    def release(self, message_id: str, attempts: Sequence[Attempt] = ()) -> None:
        entry = self.entries.get(message_id)
        if entry is not None and entry.status is MessageStatus.CLAIMED:
            del self.leases[message_id]
            self.entries[message_id] = replace(
                entry, status=MessageStatus.WAITING, attempts=(*entry.attempts, *attempts)
            )

    def record(self, entry: LedgerEntry) -> None:
        held = self.entries.get(entry.id)
        if held is not None and self.leases.pop(entry.id, None) is None:
            return
        if held is not None:
            entry = replace(entry, attempts=(*held.attempts, *entry.attempts))
            if held.status.rank >= entry.status.rank:
                entry = replace(
                    held,
                    channel=entry.channel or held.channel,
                    provider_id=entry.provider_id or held.provider_id,
                    sent_at=entry.sent_at or held.sent_at,
                    attempts=entry.attempts,
                )
        self.entries[entry.id] = entry

    def find(self, message_id: str) -> LedgerEntry | None:
        return self.entries.get(message_id)

    def forget(self, message_id: str) -> None:
        self.entries.pop(message_id, None)
        self.leases.pop(message_id, None)

    def advance(
        self,
        message_id: str,
        status: MessageStatus,
        at: Instant,
        *,
        channel: Channel,
        provider_id: str,
        reason: str | None = None,
    ) -> LedgerEntry | None:
        entry = self.entries.get(message_id)
        if entry is not None and status.rank > entry.status.rank:
            entry = self.entries[message_id] = replace(
                entry,
                status=status,
                at=at,
                channel=entry.channel or channel,
                provider_id=entry.provider_id or provider_id,
                sent_at=at if entry.sent_at is None else entry.sent_at,
                reason=reason or entry.reason,
            )
        return entry


@dataclass
class FakeRenderer:
    contents: Mapping[tuple[str, Channel], Content] = field(default_factory=dict)

    def channels(self, name: str) -> frozenset[Channel]:
        return frozenset(channel for known, channel in self.contents if known == name)

    def render(self, name: str, channel: Channel, context: Mapping[str, Any]) -> Content:
        return self.contents.get((name, channel), SmsContent(f"{name} for {context['traits']}"))


@dataclass
class FakeSender:
    """``failures`` are raised first, one a call."""

    failures: list[Exception] = field(default_factory=list)
    sent: list[Outgoing] = field(default_factory=list)

    def send(self, outgoing: Outgoing) -> Receipt:
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append(outgoing)
        return Receipt(provider_id=f"provider-{len(self.sent)}")


def a_gate(keys: FakeKeys | None = None, rates: FakeRates | None = None, clock: FakeClock | None = None) -> ClientGate:
    """The door of clients, among fakes."""
    return ClientGate(keys=keys or FakeKeys(), throttle=Throttle(rates or FakeRates(), clock or FakeClock()))
