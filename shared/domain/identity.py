"""Whose event it is: which identifiers an event brings, in which order they count, and what each would claim.

A user id names the profile. Without one, an anonymous id does; without that, an email address or phone number, as
from a till. An identifier that belongs to nobody yet leads to a provisional profile whose id derives from it, so
that the next such event finds it without anything having been stored, and the identifier stays free for the person
who signs up with it later.
"""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from shared.domain.events import Event, EventType
from shared.domain.normalise.emails import read_email
from shared.domain.normalise.phones import read_phone
from shared.domain.normalise.places import stated_country

ANONYMOUS: Final = "anonymous"
ANONYMOUS_PROFILE: Final = "anon"
EMAIL: Final = "email"
PHONE: Final = "phone"
ADDRESSES: Final = (EMAIL, PHONE)


class Identifier(NamedTuple):
    """One thing that a person is known by; ``value`` is normalised, so that equal ones compare equal."""

    kind: str
    value: str


def identifiers(event: Event) -> tuple[Identifier, ...]:
    """By which the person of an event without a user id is looked up, best first; empty for nobody's event."""
    if event.anonymous_id is not None:
        return (Identifier(ANONYMOUS, event.anonymous_id),)
    return tuple(_addresses(event))


def claimed_identifiers(event: Event) -> tuple[Identifier, ...]:
    """What belongs to the event's user id from now on: an ``identify`` or ``alias`` says so."""
    if event.type is not EventType.IDENTIFY or event.user_id is None:
        return claimed_visits(event)
    return (*claimed_visits(event), *_read_addresses((event.traits,)))


def claimed_visits(event: Event) -> tuple[Identifier, ...]:
    """The anonymous id that belongs to the event's user id from now on."""
    if event.user_id is None:
        return ()
    if event.type is EventType.ALIAS:
        return (Identifier(ANONYMOUS, event.properties["previousId"]),)
    if event.type is not EventType.IDENTIFY or event.anonymous_id is None:
        return ()
    return (Identifier(ANONYMOUS, event.anonymous_id),)


def provisional_profile_id(identifier: Identifier) -> str:
    """The profile of an identifier that belongs to nobody; of an address it holds a digest only."""
    if identifier.kind == ANONYMOUS:
        return f"{ANONYMOUS_PROFILE}:{identifier.value}"
    return f"{identifier.kind}:{hashlib.sha256(identifier.value.encode()).hexdigest()[:32]}"


def identifiers_named(text: str) -> tuple[Identifier, ...]:
    """Every identifier that somebody may mean who writes this."""
    anonymous = Identifier(ANONYMOUS, text.removeprefix(f"{ANONYMOUS_PROFILE}:"))
    return (anonymous, *_read_addresses(({EMAIL: text, PHONE: text},)))


def _addresses(event: Event) -> Iterator[Identifier]:
    context_traits = event.context.get("traits")
    places = (event.traits, context_traits if isinstance(context_traits, Mapping) else {}, event.properties)
    return _read_addresses(places)


def _read_addresses(places: tuple[Mapping[str, Any], ...]) -> Iterator[Identifier]:
    for kind in ADDRESSES:
        for place in places:
            if place.get(kind) is not None and (value := address_key(kind, place[kind], place)) is not None:
                yield Identifier(kind, value)
                break


def address_key(kind: str, value: object, traits: Mapping[str, Any]) -> str | None:
    """By what an address is known; a phone number without a prefix is of the country that ``traits`` state, or none's.

    An email is all in lower case: mail servers may tell ``Ana@`` from ``ana@``, tills and people do not.
    """
    if kind == EMAIL:
        address = read_email(value).value
        return None if address is None else str(address).lower()
    number = read_phone(value, stated_country(traits)).value
    return None if number is None else str(number)
