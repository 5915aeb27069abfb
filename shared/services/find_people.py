"""Find the person whom somebody means: by profile id, or by anything that the person is known by.

``email:ana@example.com``, ``phone:+353871234567``, ``anonymous:<id>``, ``<kind>:<id of another system>``, or the id of
a profile itself. What was folded into another person leads to that person.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from shared.domain.identity.identifiers import (
    ANONYMOUS,
    EMAIL,
    PHONE,
    Identifier,
    address_key,
    is_provisional,
    provisional_profile_id,
)
from shared.domain.profiles import Profile
from shared.ports.people import Aliases, PersonRecords, Profiles
from shared.services.find_survivor import survivor_of

IDENTIFIER: Final = "IDENTIFIER"
MERGE: Final = "MERGE"
USER: Final = "user"
"""The kind of an identifier that is another profile's id, folded into this one."""

MAX_REFERENCE: Final = 1_024


def identifier_of(reference: str) -> Identifier | None:
    """The identifier that the text names; ``None`` where it is nothing but a profile's id."""
    kind, colon, value = reference.partition(":")
    if not colon or not value.strip():
        return None
    if kind in {EMAIL, PHONE}:
        key = address_key(kind, value, {})
        return None if key is None else Identifier(kind, key)
    return Identifier(kind, value)


class PeopleFinder:
    """Looks people up, and tells what they are known by."""

    def __init__(self, *, profiles: Profiles, aliases: Aliases, records: PersonRecords) -> None:
        self._profiles = profiles
        self._aliases = aliases
        self._records = records

    def find(self, reference: str) -> Profile | None:
        """The person; ``None``: nobody is known by that."""
        if not reference or len(reference) > MAX_REFERENCE:
            return None
        found = self._load(reference)
        if found is not None:
            return found
        identifier = identifier_of(reference)
        if identifier is None:
            return None
        held = self._aliases.resolve([identifier]).get(identifier)
        return self._load(provisional_profile_id(identifier) if held is None else held.profile_id)

    def identifiers(self, profile: Profile) -> tuple[Identifier, ...]:
        """All that leads to the person, in a stable order."""
        recorded = (
            Identifier(record.facts["kind"], record.facts["value"])
            for record in self._records.of(profile.id)
            if record.kind == IDENTIFIER
        )
        return tuple(sorted({*_addresses(profile), *(Identifier(*claimed) for claimed in profile.claimed), *recorded}))

    def partitions(self, profile: Profile, identifiers: Iterable[Identifier] = ()) -> Sequence[str]:
        """The profile ids under which something of the person is kept, their own first.

        Profiles that were folded in keep their timelines, and what came in by an address before anybody knew whose it
        is has a profile of its own. Who was parted from the person is another one, whatever is left of the join.
        """
        known = list(identifiers) or list(self.identifiers(profile))
        owners = self._aliases.resolve(known) if known else {}
        held_by = {one: held.profile_id for one, held in owners.items()}
        theirs = [one for one in known if held_by.get(one, profile.id) == profile.id or is_provisional(held_by[one])]
        merges = [record.key for record in self._records.of(profile.id) if record.kind == MERGE]
        folded = [key.split("#", 2)[2] for key in merges]  # after the instant and the survivor's version
        candidates = [*(one.value if one.kind == USER else provisional_profile_id(one) for one in theirs), *folded]
        others = sorted({*candidates} - {profile.id, "", *profile.apart})
        return (profile.id, *(id_ for id_ in others if self._is_part(id_, profile)))

    def _is_part(self, profile_id: str, person: Profile) -> bool:
        """Whether the profile is the person's: folded into theirs, named after what is theirs alone, or gone."""
        held = self._profiles.load(profile_id)
        if held.version == 0 or (held.merged_into is None and is_provisional(profile_id)):
            return True
        return survivor_of(self._profiles, held).id == person.id

    def _load(self, profile_id: str) -> Profile | None:
        """The person, or who they became."""
        found = survivor_of(self._profiles, self._profiles.load(profile_id))
        return found if found.version else None


def _addresses(profile: Profile) -> Iterable[Identifier]:
    for kind in (EMAIL, PHONE):
        key = address_key(kind, profile.traits.get(kind), profile.traits)
        if key is not None:
            yield Identifier(kind, key)
    if profile.id.startswith("anon:"):
        yield Identifier(ANONYMOUS, profile.id.removeprefix("anon:"))
