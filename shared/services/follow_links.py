"""Leads whoever follows one of our own links to where its message led, and tells of it as SES tells of its own."""

from dataclasses import dataclass

from shared.domain.behaviour.machines import Signal, machine_signal
from shared.domain.channels.short_links import SentLinks, read_place
from shared.domain.delivery import DeliveryEvent, DeliveryKind
from shared.domain.events import NOTHING
from shared.ports.clock import Clock
from shared.ports.queues import Clicks
from shared.ports.sending import SentLinksKeeper


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What a request tells of who makes it.

    Attributes:
        user_agent: what the program says it is.
        is_prefetch: it says that nobody has followed the link yet.
        is_look: it asks only where the link leads (``HEAD``), which is no click.
    """

    user_agent: str = ""
    is_prefetch: bool = False
    is_look: bool = False


@dataclass(frozen=True, slots=True)
class Followed:
    """Where the link leads, and the click, if it was one."""

    target: str
    click: DeliveryEvent | None = None


class LinkFollower:
    """Finds where links lead."""

    def __init__(self, *, links: SentLinksKeeper, clicks: Clicks, clock: Clock) -> None:
        self._links = links
        self._clicks = clicks
        self._clock = clock

    def follow(self, place: str, visit: Visit) -> Followed | None:
        """``None``: no message of ours held the link, or it is too long ago. Nothing is told yet."""
        read = read_place(place)
        if read is None:
            return None
        token, number = read
        links = self._links.find(token)
        if links is None or number >= len(links.targets):
            return None
        target = links.targets[number]
        return Followed(target, None if visit.is_look else self._click(links, target, visit))

    def tell(self, click: DeliveryEvent) -> None:
        """Raises ``CarillonError`` where that fails; who clicked is led on all the same."""
        self._clicks.put(click)

    def _click(self, links: SentLinks, target: str, visit: Visit) -> DeliveryEvent:
        now = self._clock.now()
        machine = Signal.PREFETCH if visit.is_prefetch else machine_signal(NOTHING, visit.user_agent, now - links.at)
        return DeliveryEvent(
            kind=DeliveryKind.CLICKED,
            message_id=links.message_id,
            channel=links.channel,
            at=now,
            provider_id="",
            link=target,
            machine=machine,
        )
