"""Takes the second half of a double opt-in: the yes through the link that was sent to the address itself.

What may be confirmed is what waits on the profile, asked for at the address that the link went to, and nothing else:
a link that was used, or that is pressed again after the person changed their mind, subscribes nobody.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from shared.domain.consent.words import ANY
from shared.domain.events import Event, EventType, SystemEvent, Trust
from shared.domain.profiles import Profile
from shared.domain.timing import SECOND
from shared.ports.clock import Clock
from shared.ports.people import Profiles
from shared.ports.queues import EventQueue
from shared.ports.secrets import SigningSecrets
from shared.services.find_survivor import survivor_of
from shared.services.links import ConfirmLink, PreferencesLink, preferences_token, read_confirm_token

SOURCE: Final = "double_opt_in"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What a link is about: the topics that wait to be confirmed (``None``: every topic), and whose they are."""

    link: ConfirmLink
    person: Profile
    topics: tuple[str | None, ...]


class ConfirmationDesk:
    """Shows what waits to be confirmed, and confirms it."""

    def __init__(self, *, profiles: Profiles, events: EventQueue, secrets: SigningSecrets, clock: Clock) -> None:
        self._profiles = profiles
        self._events = events
        self._secrets = secrets
        self._clock = clock

    def open(self, token: str) -> Confirmation:
        """What waits; ``InvalidLinkError`` or ``ExpiredLinkError`` where the link is none, or none any more."""
        link = read_confirm_token(token, self._secrets.accepted(), self._clock.now())
        person = survivor_of(self._profiles, self._profiles.load(link.profile_id))
        return Confirmation(link, person, tuple(_waiting(link, person)))

    def confirm(
        self, token: str, wording: Callable[[str | None], str], evidence: Callable[[], Mapping[str, str]]
    ) -> Confirmation:
        """Put the person's yes into their stream; ``wording`` is of the text that stood beside each topic."""
        confirmation = self.open(token)
        if confirmation.topics:
            proof = dict(evidence())
            events = [self._yes(token, confirmation, topic, wording(topic), proof) for topic in confirmation.topics]
            self._events.put(events)
        return confirmation

    def way_to_preferences(self, confirmation: Confirmation) -> str:
        """The token of the person's preference centre; it works no longer than the link does."""
        link = confirmation.link
        onward = PreferencesLink(
            profile_id=link.profile_id,
            channel=link.channel,
            message_id="",
            expires_at=link.expires_at,
            address=link.address,
        )
        return preferences_token(onward, self._secrets.signing())

    def _yes(
        self, token: str, confirmation: Confirmation, topic: str | None, wording: str, proof: Mapping[str, str]
    ) -> Event:
        now, link = self._clock.now(), confirmation.link
        repeat = hashlib.sha256(f"{token}|{topic}|{now // SECOND}".encode()).hexdigest()[:32]
        scope = {"channel": link.channel.value} | ({"topic": topic} if topic is not None else {})
        return Event(
            id=f"{SystemEvent.SUBSCRIBED.lower()}:{repeat}",
            type=EventType.TRACK,
            name=SystemEvent.SUBSCRIBED,
            at=now,
            received_at=now,
            profile_id=confirmation.person.id,
            properties={
                **scope,
                "source": SOURCE,
                "confirmed": True,
                "address": link.address,
                "wording": wording,
                "evidence": proof,
            },
            trust=Trust.SYSTEM,
            source="preferences",
        )


def _waiting(link: ConfirmLink, person: Profile) -> list[str | None]:
    return [
        None if topic == ANY else topic
        for (channel, topic), request in person.unconfirmed.items()
        if channel == link.channel
        and request.asked_to == link.address
        and (link.topic is None or topic in {link.topic, ANY})
    ]
