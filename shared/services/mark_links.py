"""Marks the shop's own links in a message that is about to go: by which the shop tells where somebody came from."""

from collections.abc import Callable, Collection, Mapping

from shared.domain.channels.content import Content
from shared.domain.channels.content_links import with_links
from shared.domain.channels.shop_addresses import is_of_shop
from shared.domain.channels.utm import Utm, parameters_of, with_parameters
from shared.domain.consent.words import Channel
from shared.domain.messages import Message


class LinkMarks:
    """``hosts`` are the shop's; ``own_of`` is what a message says of its links, ``None``: nothing is to be added.

    Our own pages, which begin with ``public_url``, stay as they are: their links are signed and private.
    """

    def __init__(
        self,
        *,
        hosts: Collection[str],
        public_url: str,
        utm: Utm | None,
        own_of: Callable[[str], Mapping[str, str] | None],
        without: Collection[Channel] = (),
    ) -> None:
        self._hosts = hosts
        self._public_url = public_url.rstrip("/") + "/"
        self._utm = utm
        self._own_of = own_of
        self._without = without

    def mark(self, content: Content, message: Message, channel: Channel) -> Content:
        """The content as it is to be sent. Texts pay by the character, so they are left alone (``without``)."""
        own = self._own_of(message.name)
        if self._utm is None or own is None or channel in self._without:
            return content
        parameters = parameters_of(self._utm, message, channel, own)

        def change(address: str) -> str:
            return with_parameters(address, parameters) if self._is_marked(address) else address

        return with_links(content, change)

    def _is_marked(self, address: str) -> bool:
        return is_of_shop(address, self._hosts) and not address.startswith(self._public_url)
