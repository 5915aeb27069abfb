"""When a shop may write freely on WhatsApp: for a day after the person's own last message, else by template only."""

from dataclasses import replace
from typing import Final

from shared.domain.channels.content import WhatsAppContent
from shared.domain.timing import DAY, MINUTE, Duration, Instant

WINDOW: Final[Duration] = DAY - 5 * MINUTE
"""A little less than WhatsApp's own, whose clock decides when the message gets there."""


def allowed(content: WhatsAppContent, wrote_at: Instant, now: Instant) -> WhatsAppContent | None:
    """What of the content may be sent now; ``None`` where the window is shut and there is no template."""
    if content.text and wrote_at <= now < wrote_at + WINDOW:
        return content
    return replace(content, text="") if content.template else None
