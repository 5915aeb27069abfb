"""The links of one message: each signed for its person, and bound to the address that it goes to."""

from shared.domain.consent.words import ANY, Channel, Purpose, address_digest
from shared.domain.messages import Message
from shared.domain.profiles import Profile
from shared.ports.clock import Clock
from shared.ports.secrets import SigningSecrets
from shared.services.links import (
    LIFETIME,
    NOTICE_LIFETIME,
    address_url,
    confirm_url,
    preferences_url,
    unsubscribe_url,
)


class MessageLinks:
    """Makes them; ``public_url`` is the base of all."""

    def __init__(self, public_url: str, secrets: SigningSecrets, clock: Clock) -> None:
        self._public_url = public_url
        self._secrets = secrets
        self._clock = clock

    def of(self, message: Message, profile: Profile, channel: Channel, sent_to: str) -> dict[str, str]:
        """What templates have as ``links``, by name; ``sent_to``: the address, empty for devices.

        A message to an address that is nobody's yet has the one link that makes it the person's.
        """
        if message.to and message.confirms:
            return {"confirm": self._address_url(message, profile, channel)}
        links = {"preferences": self._preferences_url(message, channel, sent_to)}
        if message.purpose is Purpose.MARKETING:
            links["unsubscribe"] = self._unsubscribe_url(message, channel, sent_to)
        if message.confirms:
            links["confirm"] = self._confirm_url(message, profile, channel)
        return links

    def _unsubscribe_url(self, message: Message, channel: Channel, sent_to: str) -> str:
        return unsubscribe_url(
            self._public_url,
            self._secrets.signing(),
            profile_id=message.profile_id,
            channel=channel,
            topic=message.topic,
            message_id=message.id,
            address=sent_to,
            now=self._clock.now(),
        )

    def _confirm_url(self, message: Message, profile: Profile, channel: Channel) -> str:
        """For what waits by now: who asked for two things at once is written to once."""
        waiting = [topic for of, topic in profile.unconfirmed if of == channel]
        named = waiting[0] if len(waiting) == 1 else message.topic if not waiting else None
        return confirm_url(
            self._public_url,
            self._secrets.signing(),
            profile_id=message.profile_id,
            channel=channel,
            topic=None if named == ANY else named,
            address=message.confirms,
            now=self._clock.now(),
        )

    def _address_url(self, message: Message, profile: Profile, channel: Channel) -> str:
        """For an address that is not the person's yet."""
        held = profile.known_addresses(channel)
        return address_url(
            self._public_url,
            self._secrets.signing(),
            profile_id=message.profile_id,
            address=message.to,
            was=address_digest(channel, held[0]) if held else "",
            now=self._clock.now(),
        )

    def _preferences_url(self, message: Message, channel: Channel, sent_to: str) -> str:
        """Bound to the address; who hears at their former one that it was changed can change it back for a week."""
        return preferences_url(
            self._public_url,
            self._secrets.signing(),
            profile_id=message.profile_id,
            channel=channel,
            message_id=message.id,
            address=address_digest(channel, sent_to) if sent_to and not message.to else "",
            lifetime=NOTICE_LIFETIME if message.to else LIFETIME,
            now=self._clock.now(),
        )
