"""Take a text message that a person sent: the list of suppressed addresses first, then the person's stream.

The list is written before the text is acknowledged, so that STOP stops a message that is sent in the next moment,
whatever waits before the person's own events. A crash between the two is mended by the redelivery: both take repeats.
"""

from dataclasses import replace

from shared.domain.consent.sms_keywords import Keyword
from shared.domain.consent.suppressions import lifted_by_opt_in
from shared.domain.consent.words import SuppressionReason
from shared.domain.identity.identifiers import PHONE, Identifier, provisional_profile_id
from shared.domain.intake.inbound_texts import InboundText, events_of
from shared.ports.clock import Clock
from shared.ports.people import Aliases
from shared.ports.queues import EventQueue
from shared.ports.sending import Suppressions


class TextReceiver:
    """Answers nothing: STOP, START and HELP are answered by the provider, whose text is the shop's to set."""

    def __init__(self, *, aliases: Aliases, suppressions: Suppressions, events: EventQueue, clock: Clock) -> None:
        self._aliases = aliases
        self._suppressions = suppressions
        self._events = events
        self._clock = clock

    def receive(self, text: InboundText) -> Keyword | None:
        """Returns the keyword that it was, if any.

        Raises:
            RetryableError: try again later.
        """
        now = self._clock.now()
        at = min(text.at + now - self._clock.wall(), now)  # the local cloud's clock may be ahead of the provider's
        keyword = text.keyword
        if keyword is Keyword.STOP:
            self._suppressions.suppress(text.channel, text.sender, SuppressionReason.STOP, at)
        elif keyword is Keyword.START:
            self._suppressions.lift(text.channel, text.sender, lifted_by_opt_in(text.channel), at)
        owner = self._aliases.owner(PHONE, text.sender)
        profile_id = owner or provisional_profile_id(Identifier(PHONE, text.sender))
        self._events.put(list(events_of(replace(text, at=at), profile_id, now)))
        return keyword
