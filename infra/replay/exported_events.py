"""Events that come from the system's own timelines, beside those that people write: which are simulated, and whose.

What the system once noticed or did, the simulation notices and does itself; what came from outside, it cannot know.
"""

from collections.abc import Mapping
from typing import Any, Final

from shared.domain.events import IMPLIED_NAMES, Event, EventType, SystemEvent, Trust
from shared.domain.intake.segment_spec import SYSTEM_ID, Reception
from shared.domain.timing import Instant

MADE_AGAIN: Final = frozenset(
    {
        SystemEvent.MESSAGE_SENT,
        SystemEvent.MESSAGE_DELIVERED,
        SystemEvent.SEGMENT_ENTERED,
        SystemEvent.SEGMENT_LEFT,
        SystemEvent.JOURNEY_ENTERED,
        SystemEvent.JOURNEY_EXITED,
        SystemEvent.JOURNEY_COMPLETED,
        SystemEvent.GOAL_REACHED,
    }
)
"""What every simulation makes itself."""

MAX_PROFILE_ID: Final = 300
"""Characters: a user id, or an anonymous one with what is before it."""

_DECIDING: Final = "decide"
"""The source of what journeys themselves tell (``emit``)."""


def is_made_again(raw: Mapping[str, Any]) -> bool:
    """Whether the system made it of itself, and the simulation will: in a recording it only says how late it was."""
    id_ = raw.get("messageId")
    is_ours = _is_exported(raw) and raw["trust"] == Trust.SYSTEM
    if is_ours and raw["source"] == _DECIDING:
        return True
    if not is_ours and not (isinstance(id_, str) and SYSTEM_ID.match(id_)):
        return False
    return raw.get("type") == EventType.TIMER or raw.get("event") in tuple(MADE_AGAIN)


def passing_of_time(arrived_at: Instant) -> Event:
    """Nobody's event, which says that it was this late."""
    return Event(
        id=f"timer:{arrived_at}",
        type=EventType.TIMER,
        name=IMPLIED_NAMES[EventType.TIMER],
        at=arrived_at,
        received_at=arrived_at,
        profile_id="",
        trust=Trust.SYSTEM,
        source="file",
    )


def reception_of(raw: Mapping[str, Any], received_at: Instant) -> Reception:
    """An exported event says itself whose it is and who vouched for it; for any other, the file does."""
    if _is_exported(raw):
        return Reception(
            received_at=received_at,
            trust=Trust(raw["trust"]),
            source=raw["source"],
            profile_id=raw["profileId"],
            is_recorded=True,
        )
    return Reception(received_at=received_at, trust=Trust.SYSTEM, source="file", is_recorded=True)


def _is_exported(raw: Mapping[str, Any]) -> bool:
    trust = raw.get("trust")
    if trust is None or not isinstance(trust, str) or trust not in tuple(Trust):
        return False
    id_ = raw.get("profileId")
    return isinstance(id_, str) and 0 < len(id_) <= MAX_PROFILE_ID and isinstance(raw.get("source"), str)
