"""On which channels a shop hears whether its messages are opened or clicked: what silence there means.

Mail providers and WhatsApp tell; a text, or a notification, is heard of only where its links lead through us, or the
shop's own app tells of taps (``tracking`` in ``brand.yaml``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from shared.domain.consent.words import Channel
from shared.domain.language import reading
from shared.domain.language.reading import Faults

TRACKING: Final = "tracking"
"""The brand's section."""

TOLD_BY_PROVIDERS: Final = frozenset({Channel.EMAIL, Channel.WHATSAPP})
"""SES tells of openings and clicks, WhatsApp of reading."""


@dataclass(frozen=True, slots=True)
class Tracking:
    """``taps``: whether the app tells of each notification that is tapped (``Push Notification Tapped``)."""

    taps: bool = False

    @property
    def heard(self) -> frozenset[Channel]:
        """Where a message that nobody answers is known to be unanswered."""
        return TOLD_BY_PROVIDERS | ({Channel.PUSH} if self.taps else frozenset())


def read_tracking(brand: Mapping[str, Any], faults: Faults) -> Tracking:
    plain = reading.mapping(brand.get(TRACKING, {}), (TRACKING,), faults, known=("taps",))
    return Tracking(reading.truth(plain.get("taps", False), (TRACKING, "taps"), faults) is True)
