"""What the services need of the world, as Protocols; ``adapters`` implement them, ``tests/fakes.py`` imitates them.

Unless a docstring says otherwise, an implementation raises ``RetryableError`` when trying again may help and
``PermanentError`` when it cannot, and every write may be repeated without harm.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, NamedTuple, Protocol

from shared.domain.client_keys import Key, RateLimit
from shared.domain.consent import Channel, Purpose, SuppressionReason
from shared.domain.counting import Counting
from shared.domain.events import Event, Trust
from shared.domain.merges import Merge
from shared.domain.messages import (
    Announcement,
    Attempt,
    ConsentRecorded,
    Content,
    Effect,
    LedgerEntry,
    Message,
    MessageStatus,
    Outgoing,
    Receipt,
)
from shared.domain.profiles import Profile
from shared.domain.suppressions import Noted, Reasons
from shared.domain.tallies import Tally
from shared.domain.timing import MINUTE, Duration, Instant
from shared.errors import Fault


class Clock(Protocol):
    """The time of day. Locally it may run faster; leases and deadlines of processes keep to the wall."""

    def now(self) -> Instant:
        """The system's time, by which people, journeys and links live."""
        ...

    def wall(self) -> Instant:
        """Real time, for what bounds a process: leases, timeouts."""
        ...


class Profiles(Protocol):
    """Every person's profile, read and written whole."""

    def load(self, profile_id: str) -> Profile:
        """The person; one never stored has version 0, one that was folded into another is a tombstone."""
        ...

    def save(self, profile: Profile, effects: Sequence[Effect]) -> None:
        """Write the state and the effects that it orders, as one, over ``profile.version``.

        Raises:
            ConflictError: another writer was first: the stored version is no longer ``profile.version``.
        """
        ...

    def save_all(self, written: Sequence[tuple[Profile, Sequence[Effect]]], merges: Sequence[Merge] = ()) -> None:
        """Write several people, each over its version and with its effects, all or none; and what undoes the merges.

        Raises:
            ConflictError: another writer of one of them was first.
        """
        ...


class Merges(Protocol):
    """Who was folded into whom, for as long as it can be undone."""

    def of(self, survivor_id: str) -> Sequence[Merge]:
        """All that are kept of those into this person, the latest first."""
        ...


class Timeline(Protocol):
    """What happened to a person, for people and for back-filling."""

    def append(self, profile_id: str, events: Sequence[Event]) -> None:
        """Keep the events of one batch; the same batch again changes nothing."""
        ...

    def pages(self, profile_id: str, *, until: Instant | None = None) -> Iterator[tuple[Instant, Sequence[Event]]]:
        """All that is kept, in pages, the latest first, each with an instant after which nothing in it happened.

        ``until``: without those whose instant is a later one. Read as they are asked for. An event may stand in
        several pages.
        """
        ...


class ConsentHistory(Protocol):
    """Every statement of a person's about what they want to hear, kept for as long as the person is."""

    def keep(self, profile_id: str, statements: Sequence[ConsentRecorded]) -> None:
        """Keep them for ever; one that is kept already, by its instant and id, stays the same."""
        ...

    def of(self, profile_id: str) -> Iterator[ConsentRecorded]:
        """All that was said under this profile's id, the oldest first. Read as they are asked for.

        What was said under the ids of people who were joined with the person stays under those.
        """
        ...


class Countings(Protocol):
    """What is counted of everybody, and since when."""

    def load(self) -> Counting:
        """As it was last agreed; ``NOTHING_COUNTED`` at the very first."""
        ...

    def save(self, counting: Counting, *, over: Counting) -> None:
        """Put it in the place of the one that was loaded.

        Raises:
            ConflictError: another one was agreed in between.
        """
        ...


class JourneyVersions(Protocol):
    """Journeys as their files said them, by version, for who still follows one that was replaced."""

    def keep(self, journey: str, version: str, source: Any) -> None:
        """Keep it for ever; one that is kept already stays as it was."""
        ...

    def load(self, journey: str, version: str) -> Any:
        """What was kept; ``None``: nothing was."""
        ...


class PersonRecord(NamedTuple):
    """Something that is kept of a person beside profile and timeline, as plain JSON.

    ``kind``: ``CONSENT``, ``IDENTIFIER``, ``MERGE``, ``MESSAGE``, … ; ``key``: what tells it from others of its kind.
    """

    kind: str
    key: str
    facts: Mapping[str, Any]


class PersonRecords(Protocol):
    """All that is kept under a person's id, whoever put it there."""

    def of(self, profile_id: str) -> Iterator[PersonRecord]:
        """Everything but the profile itself and the pages of the timeline, by kind and key. Read as asked for."""
        ...


class Aliases(Protocol):
    """Which person an identifier belongs to. Kinds: ``email``, ``phone``, ``anonymous``, ``user``, external ids'."""

    def resolve(self, identifiers: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], str]:
        """The profile id of each (kind, value) that belongs to somebody."""
        ...

    def owner(self, kind: str, value: str) -> str | None:
        """Whose it is at this very moment: what was claimed before is seen."""
        ...

    def claim(
        self, kind: str, value: str, profile_id: str, *, vouched: bool = False, over: tuple[str, ...] = ()
    ) -> str:
        """Settle the person's claim by ``claims.awarded``; returns whose it is now.

        What is a person's is noted in their own partition too, so that all that is theirs can be found.
        """
        ...

    def of(self, profile_id: str) -> Iterator[tuple[str, str]]:
        """The (kind, value) of all that is noted as the person's, by kind and value. Read as it is asked for."""
        ...


class Member(NamedTuple):
    """Someone who is in a segment, and since when."""

    profile_id: str
    since: Instant


class Members(Protocol):
    """Who is in which segment, as lists; conditions look at the profile instead.

    A change is named by the ``version`` of the profile that was written with it: of a person's changes of a segment
    that of the highest version stands, in whatever order, and however often, they are carried out.
    """

    def enter(self, segment: str, profile_id: str, at: Instant, *, version: int) -> None: ...

    def leave(self, segment: str, profile_id: str, at: Instant, *, version: int) -> None: ...

    def people(self, segment: str) -> Iterator[Member]:
        """Everybody in the segment, in no order that means anything. Read as they are asked for."""
        ...

    def count(self, segment: str) -> int: ...


class EventQueue(Protocol):
    """Every person's events, in order: ``events.fifo``."""

    def put(self, events: Sequence[Event]) -> None:
        """Append; an event id seen in the last minutes is dropped. All are durable on return."""
        ...


class MessageQueue(Protocol):
    """Messages to be dispatched; transactional ones never wait behind marketing."""

    def put(self, messages: Sequence[Message]) -> None: ...


class Ordered(NamedTuple):
    """A message that was ordered for a person, whatever became of it: that stands in the ledger."""

    id: str
    profile_id: str
    decided_at: Instant
    journey: str
    name: str
    purpose: Purpose


class MessageIndex(Protocol):
    """Which messages were ordered for a person. Each is known here for as long as in the ledger."""

    def note(self, messages: Sequence[Message]) -> None:
        """Note them before anybody can send them."""
        ...

    def of(self, profile_id: str, *, limit: int, before: tuple[Instant, str] | None = None) -> Sequence[Ordered]:
        """At most so many of one person's, the latest first; those before that instant and message id."""
        ...


class Bus(Protocol):
    """What happened, for other systems."""

    def publish(self, announcements: Sequence[tuple[str, Announcement]]) -> None:
        """Each with the id of the profile that it is about."""
        ...


class Schedules(Protocol):
    """One outstanding wake-up a person at most."""

    def put(self, profile_id: str, at: Instant, nonce: str, *, replaces: Sequence[Instant] = ()) -> None:
        """Wake the person at ``at`` (rounded up to what the scheduler can), and no longer at those it ``replaces``.

        ``nonce`` makes the wake-up's event id unique among those of one instant.
        """
        ...


class QualityCounts(Protocol):
    """What was wrong with what came in, counted by day, sender and kind. Exact but for writes whose answer was lost."""

    def add(self, tally: Tally) -> None:
        """Add to the counts of the day of ``last_at``. This alone may not be repeated: it would count twice."""
        ...

    def read(self, first: Instant, last: Instant) -> Sequence[Tally]:
        """The counts of the days from that of ``first`` to that of ``last``, each sender and kind once."""
        ...


class Quarantine(Protocol):
    """What could not be understood, kept whole with the reasons, until someone looks."""

    def keep(
        self, source: str, raw: Any, faults: Sequence[Fault], received_at: Instant, trust: Trust = Trust.PUBLIC
    ) -> None:
        """Keep one thing that ``source`` sent (text, or parsed JSON); the same again takes the place of the first.

        ``trust`` is whom it came vouched for by, so that it never comes to more when it goes back in.
        """
        ...


class Keys(Protocol):
    """The write keys that clients present."""

    def find(self, key: str) -> Key | None:
        """The key, current or previous; ``None`` for an unknown one. Compares in constant time."""
        ...

    def trust_of(self, key: str) -> Trust | None:
        """What a key is good for; ``None`` for an unknown one."""
        ...


class Rates(Protocol):
    """How much of its rate each public key has used: one count a key, for all functions."""

    def take(self, name: str, requests: int, limit: RateLimit, now: Instant) -> Duration:
        """Take so many requests at once, all or none; 0: they are taken, else how long until they can be.

        What a key does not use gathers, up to its burst. Not to be repeated without need: each call takes.
        """
        ...


class StaffKeys(Protocol):
    """The key of those who may see people."""

    def is_good(self, key: str) -> bool:
        """Whether it is the secret key, current or previous. Compares in constant time."""
        ...


class WebhookSignatures(Protocol):
    """Who may speak for another system."""

    def is_good(self, body: bytes, signature: str) -> bool:
        """Whether it is that system's signature of just these bytes. Compares in constant time."""
        ...


class Exports(Protocol):
    """Documents that are too large for an answer, for a short while."""

    def keep(self, name: str, content: Iterator[bytes]) -> None:
        """Keep the document under its name; the same name again takes its place. Content is read as it is written."""
        ...

    def link(self, name: str) -> str:
        """Where whoever has the link may fetch it, for ``LINK_LASTS``."""
        ...


LINK_LASTS: Final[Duration] = 15 * MINUTE


class SigningSecrets(Protocol):
    """The secrets that sign links."""

    def signing(self) -> bytes: ...

    def accepted(self) -> Sequence[bytes]:
        """Current first, then the previous one."""
        ...


class DigestKey(Protocol):
    """The secret by which addresses and the like are digested where they may not be kept; see ``services.digests``."""

    def key(self) -> bytes:
        """The same for ever: with another one, nothing kept by digest would be found again."""
        ...


class Suppressions(Protocol):
    """The addresses that must not be written to, whoever's they are; kept by digest, for ever.

    For each reason the latest note counts, by its instant: notes may come late, twice and in any order.
    """

    def find(self, channel: Channel, address: str) -> Reasons:
        """Why the address is suppressed, with all that was noted before; empty where it is not."""
        ...

    def noted(self, channel: Channel, address: str) -> Noted:
        """All that was noted before, also what no longer counts."""
        ...

    def suppress(self, channel: Channel, address: str, reason: SuppressionReason, at: Instant) -> None: ...

    def lift(self, channel: Channel, address: str, reasons: Collection[SuppressionReason], at: Instant) -> None:
        """These reasons no longer count, unless they came again at that instant or after it."""
        ...


class Claim(StrEnum):
    """What came of asking the ledger for a message."""

    GRANTED = "granted"
    DUPLICATE = "duplicate"
    """It has ended: sent, dropped, failed or unknown."""
    HELD = "held"
    """Another attempt holds it and its lease runs: come back later."""


class Ledger(Protocol):
    """Every message, claimed before it is sent."""

    def claim(self, message: Message, at: Instant) -> Claim:
        """Take the message for one attempt, with a lease.

        Where an earlier attempt's lease ran out, nobody knows whether its provider accepted: a transactional
        message is granted again; a marketing one is marked ``unknown`` and is a ``DUPLICATE`` from then on.
        """
        ...

    def release(self, message_id: str, attempts: Sequence[Attempt] = ()) -> None:
        """Give the claim back for another attempt; what this one tried stays on the entry."""
        ...

    def record(self, entry: LedgerEntry) -> None:
        """The attempt's end. Its ``attempts`` join the earlier ones; a later status known from feedback stands."""
        ...

    def find(self, message_id: str) -> LedgerEntry | None: ...

    def forget(self, message_id: str) -> None:
        """Leave nothing of the message: its person is no more."""
        ...

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
        """Note the provider's feedback, even before the attempt's own end: states only move forward, by rank.

        Returns the entry as it is now, ``None`` for a message that the ledger never had.
        """
        ...


class Renderer(Protocol):
    """A message's words and pictures."""

    def channels(self, name: str) -> frozenset[Channel]:
        """The channels for which the message has content."""
        ...

    def render(self, name: str, channel: Channel, context: Mapping[str, Any]) -> Content:
        """Raises ``PermanentError`` where a template asks for what the context lacks."""
        ...


class Pages(Protocol):
    """The pages that people see, in the brand's clothes."""

    def languages(self) -> Sequence[str]:
        """The tags of the languages that there are, the brand's own first."""
        ...

    def texts(self, language: str) -> Mapping[str, Any]:
        """What the pages say in the language; ``dates`` is how it writes a day."""
        ...

    def title(self, topic: str | None, language: str) -> str:
        """What the topic is called in the language; empty where there is none."""
        ...

    def agreement(self, language: str, page: str, topic: str | None, channel: Channel) -> str:
        """The words that a person agrees to on a page, for one topic (``None``: all of them) on one channel."""
        ...

    def page(self, name: str, language: str, context: Mapping[str, Any]) -> str:
        """The page as HTML."""
        ...


class Sender(Protocol):
    """One channel's provider."""

    def send(self, outgoing: Outgoing) -> Receipt:
        """Hand over; the provider accepted on return.

        Raises:
            ThrottledError: slower, please; nothing was sent.
            AmbiguousError: it may have been sent.
            RetryableError: nothing was sent; the same may work later.
            PermanentError: refused for good; ``code`` is the provider's word.
        """
        ...
