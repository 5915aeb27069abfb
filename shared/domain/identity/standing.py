"""What a server's word is worth, of somebody whom it does not name by their user id.

A server that knows only a visitor's cookie, or an address that somebody typed, speaks of whoever that led to. Where a
browser alone said so, that may have been anybody: who signs up with another's address, or claims to be another user,
would have the server say of that person what it means of them.
"""

from collections.abc import Container, Mapping
from typing import Any, Protocol

from shared.domain.events import NOTHING, SERVERS, Event, Trust
from shared.domain.identity.identifiers import ADDRESSES, address_key, identifiers, is_provisional


class Person(Protocol):
    """What is needed of a profile, or of a draft of one."""

    @property
    def traits(self) -> Mapping[str, Any]: ...

    @property
    def vouched(self) -> Container[tuple[str, str]]: ...


def standing(event: Event, profile_id: str, person: Person) -> Trust:
    """The event's trust, as far as it goes for this person, who is as before the event.

    A known person whom it names by nothing that a server vouched for before is told of as by a public key.
    """
    if event.trust is not Trust.SECRET or event.user_id is not None or is_provisional(profile_id):
        return event.trust
    return event.trust if any(one in person.vouched for one in identifiers(event)) else Trust.PUBLIC


def is_vouched(event: Event, profile_id: str, person: Person) -> bool:
    """Whether what the event names is this person's by a secret key's word."""
    return standing(event, profile_id, person) in SERVERS


def may_consent(event: Event, profile_id: str, person: Person) -> bool:
    """Whether the event may say yes for the person: a server vouches that it is theirs, or it names their address."""
    if event.trust not in SERVERS or standing(event, profile_id, person) in SERVERS:
        return event.trust in SERVERS
    named = {kind: value for kind, value in identifiers(event) if kind in ADDRESSES}
    return any(address_key(kind, person.traits.get(kind), NOTHING) == value for kind, value in named.items())
