"""Note what a provider says became of a message: first in the ledger, then in the person's stream.

A crash between the two is mended by the redelivery: the ledger stays as it is, and the event goes out again under
the same id.
"""

from enum import StrEnum

from shared.domain.delivery import STATUSES, DeliveryEvent, feedback_event, preference_events, status_of
from shared.domain.ledger import LedgerEntry
from shared.domain.timing import MINUTE, Duration, Instant
from shared.errors import RetryableError
from shared.ports.clock import Clock
from shared.ports.queues import EventQueue
from shared.ports.sending import Ledger

PATIENCE: Duration = 15 * MINUTE
"""How long feedback waits for its message to appear in the ledger. A claim comes before its send, so only a ledger
that was restored, or has let go of the message, lacks it."""


class Feedback(StrEnum):
    """What came of one piece of feedback."""

    RECORDED = "recorded"
    NOTED = "noted"
    """Of a kind that changes nothing: counted."""
    UNMATCHED = "unmatched"
    """For a message that the ledger does not have: counted, once patience is over."""


class FeedbackRecorder:
    """``patience`` is in real time."""

    def __init__(self, *, ledger: Ledger, events: EventQueue, clock: Clock, patience: Duration = PATIENCE) -> None:
        self._ledger = ledger
        self._events = events
        self._clock = clock
        self._patience = patience

    def record(self, delivery: DeliveryEvent, *, queued_at: Instant) -> Feedback:
        """Take one piece of feedback, in our hands since ``queued_at`` (real time).

        Raises:
            RetryableError: try again later.
        """
        if delivery.kind not in STATUSES and not delivery.opted_out:
            return Feedback.NOTED
        entry = self._noted(delivery)
        if entry is None:
            if self._clock.wall() - queued_at < self._patience:
                raise RetryableError("the ledger does not have the message yet", message_id=delivery.message_id)
            return Feedback.UNMATCHED
        now = self._clock.now()
        if delivery.opted_out:
            self._events.put(list(preference_events(entry, delivery, now)))
        else:
            self._events.put([feedback_event(entry, delivery, now)])
        return Feedback.RECORDED

    def _noted(self, delivery: DeliveryEvent) -> LedgerEntry | None:
        """The message, with what the feedback says of it; an opt-out says nothing of it."""
        if delivery.opted_out:
            return self._ledger.find(delivery.message_id)
        return self._ledger.advance(
            delivery.message_id,
            status_of(delivery),
            delivery.at,
            channel=delivery.channel,
            provider_id=delivery.provider_id,
            reason=delivery.reason,
            parts=delivery.parts,
            price=delivery.price,
        )
