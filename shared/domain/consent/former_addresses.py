"""What is said through a link in a message to an address that is the person's no longer: it goes for that address.

Whoever reads the mailbox now may be somebody else, so nothing of it is the person's own. A no still counts, at once and
whoever writes there: the address joins the list, for marketing, until it asks for some anew.
"""

from collections.abc import Mapping
from typing import Final

from shared.domain.consent.words import Channel, SuppressionReason
from shared.domain.draft import Draft
from shared.domain.events import Event, SystemEvent, Trust
from shared.domain.messages import SuppressionChange
from shared.domain.profiles import suppression_key

SENT_TO: Final = "sent_to"
"""Under which an event of a link says where the link was sent: ``channel`` and ``address``."""


def is_for_former_address(draft: Draft, event: Event) -> bool:
    """Whether the event is of such a link; then what it says is ordered for the address."""
    sent_to = event.properties.get(SENT_TO)
    if event.trust is not Trust.SYSTEM or not isinstance(sent_to, Mapping):
        return False
    channel, address = Channel(sent_to["channel"]), str(sent_to["address"])
    key = suppression_key(channel, address)
    if key in {suppression_key(channel, held) for held in draft.reach().known_addresses(channel)}:
        return False
    draft.tell("statement_refused", reason="former_address")
    is_lifted = event.name == SystemEvent.SUBSCRIBED
    draft.order(SuppressionChange(*key, SuppressionReason.UNSUBSCRIBED, event.at, is_lifted))
    return True
