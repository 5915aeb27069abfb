"""What became of a message: the states of its life, why it was not sent, and each channel that was tried."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from shared.domain.consent.words import Channel, Purpose
from shared.domain.events import NOTHING
from shared.domain.timing import Instant


class MessageStatus(StrEnum):
    """The life of a message in the ledger."""

    WAITING = "waiting"
    """An attempt gave it back, known not to have sent or free to be repeated: the next one may take it."""
    CLAIMED = "claimed"
    """An attempt holds it, until its lease ends."""
    UNKNOWN = "unknown"
    """An attempt vanished: nobody can tell whether the provider accepted. Marketing is not repeated."""
    SENT = "sent"
    """The provider accepted it."""
    DROPPED = "dropped"
    """Not sent, on purpose: the reason says why."""
    FAILED = "failed"
    """No channel could take it."""
    DELIVERED = "delivered"
    OPENED = "opened"
    CLICKED = "clicked"
    BOUNCED = "bounced"
    COMPLAINED = "complained"

    @property
    def rank(self) -> int:
        """Feedback arrives in any order; a later stage of a message's life is never overwritten by an earlier one.

        ``unknown`` stands before ``sent``: the provider's word settles what an attempt could not.
        """
        return _RANKS[self]


_RANKS: Final = {status: rank for rank, status in enumerate(MessageStatus)}


class DropReason(StrEnum):
    """Why a message was not sent, though nothing failed.

    The most telling first: where each channel has a reason of its own, the message gets the one that says most of
    what the person wants or did, before what we lack.
    """

    ERASED = "erased"
    """The person is no more."""
    RUN_ENDED = "run_ended"
    ANSWERED = "answered"
    """The person answered it on another channel while this one was held."""
    CONDITION = "condition"
    """The message's own condition does not hold."""
    HOLDOUT = "holdout"
    """The person is among those who are measured and sent nothing."""
    EXPIRED = "expired"
    """Policy would have held it for longer than it is worth waiting."""
    PAUSED = "paused"
    """The person wants to hear nothing for a while."""
    NO_CONSENT = "no_consent"
    SUPPRESSED = "suppressed"
    NO_ADDRESS = "no_address"
    NO_CONTENT = "no_content"
    """The playbook has no words for the channel."""
    NO_PROVIDER = "no_provider"
    """The stage has nobody who carries the channel."""


class AttemptOutcome(StrEnum):
    """What came of trying one channel."""

    ACCEPTED = "accepted"
    SKIPPED = "skipped"
    """Not offered to a provider; the detail is a ``DropReason``."""
    REFUSED = "refused"
    """For good; the detail is the provider's code."""
    UNKNOWN = "unknown"
    """It may have been sent."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One channel that was tried; ``None`` where the attempt vanished before it could say which."""

    channel: Channel | None
    at: Instant
    outcome: AttemptOutcome
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """What the ledger knows of one message.

    Attributes:
        at: when it came to its status.
        sent_at: when the provider accepted it, or when it is first known to have.
        attempts: every channel that was tried or passed over, in order, redeliveries included.
        parts: into how many a text fell.
        instead_of: the id of the message that nobody answered, or that did not arrive, on another channel.
        recommended: the products that it recommended, each with why, in words.
        price: what the provider takes for it, in US dollars, as its decimals.
    """

    id: str
    profile_id: str
    journey: str
    name: str
    purpose: Purpose
    status: MessageStatus
    at: Instant
    topic: str | None = None
    channel: Channel | None = None
    sent_at: Instant | None = None
    provider_id: str | None = None
    reason: str | None = None
    attempts: tuple[Attempt, ...] = ()
    parts: int | None = None
    price: str | None = None
    instead_of: str = ""
    recommended: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """The provider accepted the message.

    ``dead_addresses`` and ``new_addresses`` (old → new): what a push provider said of the devices. A token that has
    a new one is dead. ``parts``: into how many a text falls. ``is_delivered``: accepting it was all there is to come.
    """

    provider_id: str
    dead_addresses: tuple[str, ...] = ()
    new_addresses: Mapping[str, str] = field(default=NOTHING)
    parts: int | None = None
    is_delivered: bool = False
