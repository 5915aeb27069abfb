"""Marks the shop's own links in a message that is about to go: for its analytics, and to hear of clicks ourselves."""

from collections.abc import Callable, Collection, Mapping
from typing import Final

from shared.domain.channels.content import Content
from shared.domain.channels.content_links import with_links
from shared.domain.channels.shop_addresses import is_of_shop
from shared.domain.channels.short_links import MAX_TARGETS, SentLinks, short_link, token_of
from shared.domain.channels.utm import Utm, parameters_of, with_parameters
from shared.domain.consent.words import Channel
from shared.domain.events import NOTHING
from shared.domain.messages import Message
from shared.domain.timing import Instant
from shared.ports.clock import Clock
from shared.ports.sending import SentLinksKeeper

UNTRACKED: Final = "ses:no-track"
"""By which SES, which takes it off, leaves a link alone: we hear of its clicks ourselves."""


class LinkMarks:
    """``hosts`` are the shop's; ``own_of`` is what a message says of its links, ``None``: nothing is to be added.

    On the channels of ``clicks`` its links are led through us, and ``links`` keeps where to. Our own pages, which begin
    with ``public_url``, stay as they are: their links are signed and private.
    """

    def __init__(
        self,
        *,
        hosts: Collection[str],
        public_url: str,
        utm: Utm | None,
        own_of: Callable[[str], Mapping[str, str] | None],
        clicks: Collection[Channel] = (),
        links: SentLinksKeeper,
        clock: Clock,
    ) -> None:
        self._hosts = hosts
        self._public_url = public_url.rstrip("/") + "/"
        self._utm = utm
        self._own_of = own_of
        self._clicks = clicks
        self._links = links
        self._clock = clock

    def mark(self, content: Content, message: Message, channel: Channel) -> Content:
        """The content as it is to be sent; where its links lead is durable on return."""
        parameters = self._parameters(message, channel)
        if channel in self._clicks:
            return self._led_through_us(content, message, channel, parameters, self._clock.now())
        if not parameters:
            return content
        return with_links(content, lambda address: self._with(parameters, address))

    def _parameters(self, message: Message, channel: Channel) -> Mapping[str, str]:
        """A text pays by the character: it says nothing where its links are not short."""
        own = self._own_of(message.name)
        if self._utm is None or own is None or (channel is Channel.SMS and channel not in self._clicks):
            return NOTHING
        return parameters_of(self._utm, message, channel, own)

    def _led_through_us(
        self, content: Content, message: Message, channel: Channel, parameters: Mapping[str, str], now: Instant
    ) -> Content:
        token, targets = token_of(message.id), dict[str, int]()

        def change(address: str) -> str:
            target = self._with(parameters, address)
            if not self._is_shops(address) or (target not in targets and len(targets) == MAX_TARGETS):
                return target
            return short_link(self._public_url, token, targets.setdefault(target, len(targets)))

        changed = with_links(content, change, attribute=UNTRACKED)
        if targets:
            self._links.keep(SentLinks(message_id=message.id, channel=channel, targets=tuple(targets), at=now))
        return changed

    def _with(self, parameters: Mapping[str, str], address: str) -> str:
        return with_parameters(address, parameters) if self._is_shops(address) else address

    def _is_shops(self, address: str) -> bool:
        return is_of_shop(address, self._hosts) and not address.startswith(self._public_url)
