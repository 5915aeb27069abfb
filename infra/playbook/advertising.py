"""Which messages are marketing: those that a journey of that purpose sends."""

from shared.domain.consent.words import Channel, Purpose
from shared.domain.journeys.program import Send
from shared.domain.playbook import Playbook


def advertised(playbook: Playbook, channel: Channel) -> dict[str, set[str]]:
    """Message → the journeys that send it as marketing on the channel."""
    found: dict[str, set[str]] = {}
    for journey in playbook.journeys.values():
        for placed in journey.program.values() if journey.purpose is Purpose.MARKETING else ():
            if isinstance(placed.step, Send) and channel in placed.step.channels:
                found.setdefault(placed.step.message, set()).add(journey.name)
    return found
