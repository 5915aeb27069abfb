"""Messages and the addresses that get none, in memory."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from shared.domain.channels.content import Content, Outgoing, SmsContent
from shared.domain.channels.short_links import SentLinks
from shared.domain.consent.suppressions import Noted, Reasons, in_force
from shared.domain.consent.words import Channel, Purpose, SuppressionReason
from shared.domain.events import NOTHING
from shared.domain.ledger import Attempt, AttemptOutcome, LedgerEntry, MessageStatus, Receipt
from shared.domain.messages import Message
from shared.domain.profiles import suppression_key
from shared.domain.timing import Instant
from shared.errors import PermanentError, RetryableError
from shared.ports.sending import Claim, KeptDocument, Ordered
from shared.services.attach_documents import MAX_BYTES
from shared.services.mark_links import LinkMarks
from tests.fakes.clock import FakeClock


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
class FakeSentLinks:
    """Implements ``ports.sending.SentLinksKeeper``."""

    kept: dict[str, SentLinks] = field(default_factory=dict)

    def keep(self, links: SentLinks) -> None:
        self.kept[links.token] = links

    def find(self, token: str) -> SentLinks | None:
        return self.kept.get(token)


NO_MARKS = LinkMarks(
    hosts=(),
    public_url="https://carillon.example",
    utm=None,
    own_of=lambda _: None,
    links=FakeSentLinks(),
    clock=FakeClock(),
)
"""Of a brand that says nothing of links."""


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
            reason=entry.reason if entry is not None else None,
            attempts=attempts,
            instead_of=message.instead_of,
        )
        return Claim.GRANTED

    def release(self, message_id: str, attempts: Sequence[Attempt] = (), *, reason: str | None = None) -> None:
        entry = self.entries.get(message_id)
        if entry is not None and entry.status is MessageStatus.CLAIMED:
            del self.leases[message_id]
            self.entries[message_id] = replace(
                entry,
                status=MessageStatus.WAITING,
                attempts=(*entry.attempts, *attempts),
                reason=reason or entry.reason,
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
                    parts=held.parts if entry.parts is None else entry.parts,
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
        parts: int | None = None,
        price: str | None = None,
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
                parts=entry.parts if parts is None else parts,
                price=price or entry.price,
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
    receipt: Receipt | None = None

    def send(self, outgoing: Outgoing) -> Receipt:
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append(outgoing)
        return self.receipt or Receipt(provider_id=f"provider-{len(self.sent)}")


class FakeDocuments:
    """Implements ``ports.sending.Documents``: documents by their key."""

    def __init__(self, kept: Mapping[str, KeptDocument] = NOTHING, *, max_bytes: int = MAX_BYTES) -> None:
        self.kept = dict(kept)
        self._max_bytes = max_bytes

    def fetch(self, key: str) -> KeptDocument:
        if key not in self.kept:
            raise RetryableError("a document cannot be read", code="NoSuchKey")
        if len(self.kept[key].content) > self._max_bytes:
            raise PermanentError("a document is too large", code="documents_too_large")
        return self.kept[key]
