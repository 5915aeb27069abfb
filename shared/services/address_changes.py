"""Changes where a person is written to: asked for in the preference centre, confirmed at the new address.

Nothing changes before the button on the page behind the link that was sent there. A link works while the person still
has the address that they had when they asked: used once, it does nothing more.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from shared.domain.consent.words import Channel, address_digest
from shared.domain.events import IMPLIED_NAMES, Event, EventType, SystemEvent, Trust
from shared.domain.profiles import Profile
from shared.domain.timing import SECOND
from shared.ports.clock import Clock
from shared.ports.people import Profiles
from shared.ports.queues import EventQueue
from shared.ports.secrets import SigningSecrets
from shared.services.find_survivor import survivor_of
from shared.services.links import AddressLink, PreferencesLink, preferences_token, read_address_token

SOURCE: Final = "preferences"


@dataclass(frozen=True, slots=True)
class AddressChange:
    """A link that confirms an address, whose it is to be, and whether there is still anything to change."""

    link: AddressLink
    person: Profile
    is_open: bool


class AddressDesk:
    """Takes the wish for another address, and its confirmation."""

    def __init__(self, *, profiles: Profiles, events: EventQueue, secrets: SigningSecrets, clock: Clock) -> None:
        self._profiles = profiles
        self._events = events
        self._secrets = secrets
        self._clock = clock

    def ask(self, person: Profile, address: str, token: str, evidence: Mapping[str, str]) -> None:
        """Have the new address asked; ``token`` is the link's through which the person came."""
        properties = {"channel": Channel.EMAIL.value, "address": address, "evidence": dict(evidence)}
        self._events.put([self._event(SystemEvent.ADDRESS_CHANGE_ASKED, person, properties, f"{token}|{address}")])

    def open(self, token: str) -> AddressChange:
        """What a link would change; ``InvalidLinkError`` or ``ExpiredLinkError`` where it is none, or none any more."""
        link = read_address_token(token, self._secrets.accepted(), self._clock.now())
        person = survivor_of(self._profiles, self._profiles.load(link.profile_id))
        return AddressChange(link, person, person.version > 0 and digest_of_address(person) == link.was)

    def change(self, token: str) -> AddressChange:
        """Make the address the person's, and have the old one told."""
        change = self.open(token)
        if change.is_open:
            old = change.person.known_addresses(Channel.EMAIL)
            new = {"email": change.link.address}
            events = [self._identify(change.person, new, token)]
            if old:
                properties = {"channel": Channel.EMAIL.value, "address": old[0]}
                events.append(self._event(SystemEvent.ADDRESS_CHANGED, change.person, properties, token))
            self._events.put(events)
        return change

    def way_to_preferences(self, change: AddressChange) -> str:
        """The token of the person's preference centre; it works no longer than the link does."""
        link = change.link
        onward = PreferencesLink(
            profile_id=link.profile_id,
            channel=Channel.EMAIL,
            message_id="",
            expires_at=link.expires_at,
            address=address_digest(Channel.EMAIL, link.address),
        )
        return preferences_token(onward, self._secrets.signing())

    def _identify(self, person: Profile, traits: Mapping[str, Any], what: str) -> Event:
        now = self._clock.now()
        return Event(
            id=self._id(what),
            type=EventType.IDENTIFY,
            name=IMPLIED_NAMES[EventType.IDENTIFY],
            at=now,
            received_at=now,
            profile_id=person.id,
            traits=traits,
            trust=Trust.SYSTEM,
            source=SOURCE,
        )

    def _event(self, name: SystemEvent, person: Profile, properties: Mapping[str, Any], what: str) -> Event:
        now = self._clock.now()
        return Event(
            id=self._id(f"{name}|{what}"),
            type=EventType.TRACK,
            name=name,
            at=now,
            received_at=now,
            profile_id=person.id,
            properties=properties,
            trust=Trust.SYSTEM,
            source=SOURCE,
        )

    def _id(self, what: str) -> str:
        """Of the link, what was said and the second: a double click is one event."""
        return f"address:{hashlib.sha256(f'{what}|{self._clock.now() // SECOND}'.encode()).hexdigest()[:32]}"


def digest_of_address(person: Profile) -> str:
    """What stands for the person's mail address in a link; empty where they have none."""
    held = person.known_addresses(Channel.EMAIL)
    return address_digest(Channel.EMAIL, held[0]) if held else ""
