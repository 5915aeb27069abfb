"""What the system noticed while it decided, as events of the person's own stream."""

from typing import Final

from shared.domain.events import Event, EventType, Trust
from shared.domain.messages import Announcement

DECIDED: Final = "decide"
"""The source of such an event: it was applied where it was noticed, and is decided for no second time."""


def own_event(profile_id: str, announcement: Announcement) -> Event:
    return Event(
        id=announcement.id,
        type=EventType.TRACK,
        name=announcement.name,
        at=announcement.at,
        received_at=announcement.at,
        profile_id=profile_id,
        properties=announcement.properties,
        trust=Trust.SYSTEM,
        source=DECIDED,
    )
