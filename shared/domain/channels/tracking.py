"""What a shop hears of its messages: on which channels answers reach us, and what its own links tell its analytics.

Mail providers and WhatsApp tell; a text, or a notification, is heard of only where its links lead through us, or the
shop's own app tells of taps (``tracking`` in ``brand.yaml``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from shared.domain.channels.utm import SOURCE, TRACKING, UTM, Utm
from shared.domain.consent.words import Channel
from shared.domain.language import reading
from shared.domain.language.reading import Faults

TOLD_BY_PROVIDERS: Final = frozenset({Channel.EMAIL, Channel.WHATSAPP})
"""SES tells of openings and clicks, WhatsApp of reading."""


@dataclass(frozen=True, slots=True)
class Tracking:
    """Attributes:
    clicks: the channels on which the shop's links lead through us, so that we hear of clicks.
    taps: whether the app tells of each notification that is tapped (``Push Notification Tapped``).
    utm: what the shop's own links say; ``None``: nothing.
    """

    taps: bool = False
    clicks: frozenset[Channel] = frozenset()
    utm: Utm | None = None

    @property
    def heard(self) -> frozenset[Channel]:
        """Where a message that nobody answers is known to be unanswered."""
        return TOLD_BY_PROVIDERS | self.clicks | ({Channel.PUSH} if self.taps else frozenset())


def read_tracking(brand: Mapping[str, Any], faults: Faults) -> Tracking:
    plain = reading.mapping(brand.get(TRACKING, {}), (TRACKING,), faults, known=("clicks", "taps", UTM))
    taps = reading.truth(plain.get("taps", False), (TRACKING, "taps"), faults)
    named = reading.texts(plain["clicks"], (TRACKING, "clicks"), faults) if "clicks" in plain else ()
    clicks = (reading.choice(name, (TRACKING, "clicks"), faults, known=_WITH_LINKS) for name in named)
    followed = frozenset(channel for channel in clicks if channel is not None)
    return Tracking(taps is True, followed, _read_utm(plain.get(UTM, False), faults))


def _read_utm(value: Any, faults: Faults) -> Utm | None:
    """``true``, or what is to be said otherwise."""
    if isinstance(value, bool):
        return Utm() if value else None
    path = (TRACKING, UTM)
    plain = reading.mapping(value, path, faults, known=("source", "medium", "campaign"))
    source = reading.text(plain["source"], (*path, "source"), faults) if "source" in plain else SOURCE
    media: dict[str, str] = {}
    for name, word in reading.mapping(plain.get("medium", {}), (*path, "medium"), faults).items():
        reading.choice(name, (*path, "medium", name), faults, known=_CHANNELS)
        media[name] = reading.text(word, (*path, "medium", name), faults)
    campaign = reading.choice(plain.get("campaign", "journey"), (*path, "campaign"), faults, known=_CAMPAIGNS)
    return Utm(source, media, campaign is True)


_CHANNELS: Final = {channel.value: channel for channel in Channel}
_WITH_LINKS: Final = {name: channel for name, channel in _CHANNELS.items() if channel is not Channel.WEBHOOK}
"""What a partner is told is no message that a person follows links in."""
_CAMPAIGNS: Final = {"journey": False, "message": True}
