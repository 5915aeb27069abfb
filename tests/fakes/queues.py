"""Where things wait for their turn, in memory."""

from collections.abc import Sequence

from shared.domain.delivery import DeliveryEvent
from shared.domain.events import Event
from shared.domain.messages import Announcement, Message
from shared.domain.timing import Instant


class FakeEventQueue:
    def __init__(self) -> None:
        self.events: list[Event] = []

    def put(self, events: Sequence[Event]) -> None:
        seen = {(event.profile_id, event.id) for event in self.events}
        self.events.extend(event for event in events if (event.profile_id, event.id) not in seen)


class FakeClicks:
    def __init__(self) -> None:
        self.clicks: list[DeliveryEvent] = []

    def put(self, click: DeliveryEvent) -> None:
        self.clicks.append(click)


class FakeMessageQueue:
    def __init__(self) -> None:
        self.messages: list[Message] = []

    def put(self, messages: Sequence[Message]) -> None:
        self.messages.extend(messages)


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
