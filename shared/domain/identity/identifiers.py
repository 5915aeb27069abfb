"""Whose event it is: which identifiers an event brings, in which order they count, and what each would claim.

A user id names the profile. Without one, an anonymous id does; without that, an email address, phone number or external
id, as from a till. An identifier that belongs to nobody yet leads to a provisional profile whose id derives from it, so
that the next such event finds it without anything having been stored, and the identifier stays free for the person
who signs up with it later.
"""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from shared.domain.events import SERVERS, Event, EventType
from shared.domain.identity.external_ids import external_ids, is_kind
from shared.domain.normalise.emails import read_email
from shared.domain.normalise.phones import read_phone
from shared.domain.normalise.places import stated_country

ANONYMOUS: Final = "anonymous"
ANONYMOUS_PROFILE: Final = "anon"
EMAIL: Final = "email"
PHONE: Final = "phone"
EXTERNAL_PROFILE: Final = "ext"
ADDRESSES: Final = (EMAIL, PHONE)
PROVISIONAL: Final = tuple(f"{kind}:" for kind in (ANONYMOUS_PROFILE, EMAIL, PHONE, EXTERNAL_PROFILE))
"""How the ids of provisional profiles begin; no user id may."""


class Identifier(NamedTuple):
    """One thing that a person is known by; ``value`` is normalised, so that equal ones compare equal."""

    kind: str
    value: str


class Held(NamedTuple):
    """Whose an identifier is; ``is_vouched``: by a secret key's word, not only by a public one's."""

    profile_id: str
    is_vouched: bool = False

    @property
    def rank(self) -> tuple[bool, bool]:
        """A secret key's word first, then that of somebody who was identified."""
        return self.is_vouched, not is_provisional(self.profile_id)


def identifiers(event: Event) -> tuple[Identifier, ...]:
    """By which the person of an event without a user id is looked up, best first; empty for nobody's event."""
    if event.anonymous_id is None:
        return (*_addresses(event), *_external(event))
    return (Identifier(ANONYMOUS, event.anonymous_id), *_vouched(event))


def person_of(event: Event, owners: Mapping[tuple[str, str], Held]) -> str:
    """Whose event it is, by who owns its ``identifiers``.

    A visitor of whom a secret key says an address or external id is whoever is known by it, if a secret key said that
    too: else who signs up with another's address would gather what that other one does.
    """
    if event.user_id is not None:
        return event.user_id
    candidates = identifiers(event)
    owned = [(one, owners[one]) for one in candidates if one in owners]
    if event.anonymous_id is not None:
        known = [held for one, held in owned if one.kind != ANONYMOUS and held.rank == (True, True)]
        owned = [(candidates[0], known[0])] if known else [(one, held) for one, held in owned if one.kind == ANONYMOUS]
    return owned[0][1].profile_id if owned else provisional_profile_id(candidates[0])


def claimed_identifiers(event: Event) -> tuple[Identifier, ...]:
    """What belongs to the event's person from now on: an ``identify`` or ``alias`` says so."""
    if event.type is not EventType.IDENTIFY:
        return claimed_visits(event)
    return (*claimed_visits(event), *_read_addresses((event.traits,)), *_external(event))


def claimed_visits(event: Event) -> tuple[Identifier, ...]:
    """The anonymous id that belongs to the event's person from now on."""
    if event.type is EventType.ALIAS:
        return (Identifier(ANONYMOUS, event.properties["previousId"]),)
    if event.type is not EventType.IDENTIFY or event.anonymous_id is None:
        return ()
    return (Identifier(ANONYMOUS, event.anonymous_id),)


def provisional_profile_id(identifier: Identifier) -> str:
    """The profile of an identifier that belongs to nobody; of an address or external id it holds a digest only."""
    kind, value = identifier
    if kind == ANONYMOUS:
        return f"{ANONYMOUS_PROFILE}:{value}"
    digest = hashlib.sha256(value.encode()).hexdigest()[:32]
    return f"{kind}:{digest}" if kind in ADDRESSES else f"{EXTERNAL_PROFILE}:{kind}:{digest}"


def is_provisional(profile_id: str) -> bool:
    """Whether nobody identified the person yet: the profile is an identifier's, not a user id's."""
    return profile_id.startswith(PROVISIONAL)


def joins(event: Event) -> tuple[str, ...]:
    """The ids of the profiles that this event says are its person's too; only a known person is joined by others.

    Anybody may say so of an anonymous visitor. That a known person is the same, or a provisional one of an address,
    counts where a server vouches for it.
    """
    if event.type is not EventType.IDENTIFY and event.type is not EventType.ALIAS:
        return ()
    person = event.profile_id or event.user_id
    if person is None or is_provisional(person):
        return ()
    is_vouched = event.trust in SERVERS
    found: list[str] = []
    if event.type is EventType.ALIAS:
        previous = event.properties["previousId"]
        found.append(provisional_profile_id(Identifier(ANONYMOUS, previous)))
        if is_vouched:
            found.append(previous)
    elif is_vouched or event.user_id is not None:
        if event.anonymous_id is not None:
            found.append(provisional_profile_id(Identifier(ANONYMOUS, event.anonymous_id)))
        found.extend(map(provisional_profile_id, _vouched(event)))
    return tuple(id_ for id_ in dict.fromkeys(found) if id_ != person)


def identifiers_named(text: str) -> tuple[Identifier, ...]:
    """Every identifier that somebody may mean who writes this."""
    anonymous = Identifier(ANONYMOUS, text.removeprefix(f"{ANONYMOUS_PROFILE}:"))
    kind, _, value = text.partition(":")
    external = [Identifier(kind, value)] if value and is_kind(kind) else []
    return (anonymous, *_read_addresses(({EMAIL: text, PHONE: text},)), *external)


def _vouched(event: Event) -> Iterator[Identifier]:
    """What a secret key says that a visitor is known by."""
    if event.type is EventType.IDENTIFY and event.trust in SERVERS:
        yield from _read_addresses((event.traits,))
        yield from _external(event)


def _external(event: Event) -> Iterator[Identifier]:
    return (Identifier(kind, value) for kind, value in external_ids(event.context)) if event.context else iter(())


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
