"""Where things wait for their turn, and who is told of them."""

from collections.abc import Sequence
from typing import Protocol

from shared.domain.delivery import DeliveryEvent
from shared.domain.events import Event
from shared.domain.messages import Announcement, Message
from shared.domain.timing import Instant


class EventQueue(Protocol):
    """Every person's events, in order: ``events.fifo``."""

    def put(self, events: Sequence[Event]) -> None:
        """Append; an event id seen in the last minutes is dropped. All are durable on return."""
        ...


class MessageQueue(Protocol):
    """Messages to be dispatched; transactional ones never wait behind marketing."""

    def put(self, messages: Sequence[Message]) -> None: ...


class Clicks(Protocol):
    """Clicks on our own links, on their way to where providers tell of theirs."""

    def put(self, click: DeliveryEvent) -> None: ...


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
