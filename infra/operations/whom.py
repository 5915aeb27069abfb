"""Whom a name on the command line stands for: a profile's id, or something else that the person is known by."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Final

from shared.domain.events import Event, EventType
from shared.domain.identity.claims import awarded, claim_of
from shared.domain.identity.identifiers import (
    Held,
    claimed_identifiers,
    identifiers,
    identifiers_named,
    joins,
    person_of,
    provisional_profile_id,
)

MAX_COMPARED: Final = 20_000
"""Ids among which those near a name are looked for."""


@dataclass(frozen=True, slots=True)
class Named:
    """The profiles that a name stands for: none where nobody has it; several where they were joined later.

    Attributes:
        near: ids much like the name, where nobody has it.
    """

    people: frozenset[str]
    near: tuple[str, ...] = ()


def find_person(name: str, events: Iterable[Event]) -> Named:
    """Look through a recording; events are in the order of their arrival."""
    meant = frozenset(identifiers_named(name))
    found: set[str] = set()
    owners: dict[tuple[str, str], Held] = {}
    known: set[str] = set()
    became: dict[str, str] = {}
    for event in events:
        if event.type is EventType.TIMER:
            continue
        person = event.profile_id or person_of(event, owners)
        if person == name or (event.user_id is None and any(one in meant for one in identifiers(event)[:1])):
            found.add(person)
        for joined in joins(replace(event, profile_id=person)):
            became.setdefault(joined, person)
        claim = claim_of(event, person, owners)
        for claimed in claimed_identifiers(event):
            owners[claimed] = awarded(owners.get(claimed), claim)
        if len(known) < MAX_COMPARED:
            known.add(person)
    if name not in found or name in became or any(provisional_profile_id(one) == name for one in meant):
        found |= {owners[one].profile_id for one in meant if one in owners}
        for one in [*found]:
            while one in became and became[one] not in found:
                one = became[one]  # noqa: PLW2901  # as far as it goes
                found.add(one)
    return Named(frozenset(found), () if found else tuple(get_close_matches(name, sorted(known), n=3)))
