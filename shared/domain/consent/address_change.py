"""A person wants to be written to at another address: the new one is asked to confirm, and the old one is told.

The change itself is an ``identify`` of the system's; here are the two messages around it. Each goes to the address that
its event names, which is not, or no longer, the person's.
"""

from typing import Final

from shared.domain.consent.direct_messages import order_directly
from shared.domain.consent.words import Channel, address_digest
from shared.domain.draft import Draft
from shared.domain.events import Event, SystemEvent, Trust
from shared.domain.profiles import email_of
from shared.domain.timing import DAY, Duration

MAX_ASKED: Final = 3
ASKED_WITHIN: Final[Duration] = DAY
"""A page must not be a way to bury somebody in mail: so many confirmations are sent for a person within a day."""


def take_address_change(draft: Draft, event: Event) -> None:
    """Order what an address is to be told."""
    rule = draft.playbook.policy.address_change
    if event.trust is not Trust.SYSTEM or rule is None:
        return
    address = email_of(event.properties.get("address"))
    if address is None:
        return
    if event.name == SystemEvent.ADDRESS_CHANGE_ASKED:
        asked = [t for t in draft.touches if t.message == rule.confirmation and t.at > draft.clock - ASKED_WITHIN]
        if len(asked) >= MAX_ASKED:
            draft.tell("statement_refused", reason="asked_too_often")
            return
        _order(draft, event, rule.confirmation, address, confirms=address_digest(Channel.EMAIL, address))
    elif event.name == SystemEvent.ADDRESS_CHANGED and rule.notice is not None:
        _order(draft, event, rule.notice, address)


def _order(draft: Draft, event: Event, name: str, address: str, *, confirms: str = "") -> None:
    identity = f"address\0{draft.profile_id}\0{event.id}"
    order_directly(draft, name, Channel.EMAIL, identity=identity, confirms=confirms, to=address)
