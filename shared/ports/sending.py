"""Messages: ordered, claimed, rendered, handed over; and the addresses that get none."""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from shared.domain.channels.content import Content, Outgoing
from shared.domain.channels.pace import Quota
from shared.domain.channels.short_links import SentLinks
from shared.domain.consent.suppressions import Noted, Reasons
from shared.domain.consent.words import Channel, Purpose, SuppressionReason
from shared.domain.ledger import Attempt, LedgerEntry, MessageStatus, Receipt
from shared.domain.messages import Message
from shared.domain.timing import Instant


class KeptDocument(NamedTuple):
    """A document of the shop's; ``recipients``: for whom it says that it is, as written beside it."""

    content: bytes
    recipients: str


class Documents(Protocol):
    """Where the shop keeps what goes along with mails."""

    def fetch(self, key: str) -> KeptDocument:
        """The document.

        Raises:
            RetryableError: it is not there, which it may be later, or cannot be read now.
            PermanentError: it is larger than a mail carries.
        """
        ...


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

    def release(self, message_id: str, attempts: Sequence[Attempt] = (), *, reason: str | None = None) -> None:
        """Give the claim back for another attempt; what this one tried stays on the entry.

        ``reason``: why it waits, until it ends.
        """
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
        parts: int | None = None,
        price: str | None = None,
    ) -> LedgerEntry | None:
        """Note the provider's feedback, even before the attempt's own end: states only move forward, by rank.

        Returns the entry as it is now, ``None`` for a message that the ledger never had.
        """
        ...


class SentLinksKeeper(Protocol):
    """Where the links of sent messages lead."""

    def keep(self, links: SentLinks) -> None:
        """Instead of what was kept of the same message."""
        ...

    def find(self, token: str) -> SentLinks | None: ...


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


class Quotas(Protocol):
    """What one provider lets the account send."""

    def read(self) -> Quota:
        """Asked of the provider. Raises ``CarillonError`` where it does not say."""
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
