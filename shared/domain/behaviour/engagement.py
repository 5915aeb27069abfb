"""Which channel a person answers: what they opened or clicked of what was sent, and the order that follows.

Kept on the touches, which are few and of each purpose the latest, so that it is bounded, follows a person who changes,
and does not depend on the order in which answers arrive.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from shared.domain.consent.words import USUAL_ORDER, Channel
from shared.domain.draft import Draft
from shared.domain.events import Event, SystemEvent, Trust
from shared.domain.profiles import Touch
from shared.domain.records import changed
from shared.domain.timing import DAY, Instant

TIME_TO_ANSWER: Final = DAY
"""A message that is younger and has no answer yet says nothing."""

MARK_LENGTH: Final = 8
"""Of a message's id, as many digits are kept with its touch as tell it from the hundred others."""

ANSWERED_WITHIN: Final = 30 * DAY
"""What is opened later says little of the channel, and a message's mark need not be kept for ever."""

_ANSWERS: Final = frozenset({SystemEvent.MESSAGE_OPENED, SystemEvent.MESSAGE_CLICKED})


class Answers(NamedTuple):
    """How many of the messages on a channel the person answered, of those that say something."""

    channel: Channel
    answered: int
    sent: int

    @property
    def rate(self) -> float:
        """Between 0 and 1, and one half where nothing is known: a channel that is never answered falls behind it."""
        return (self.answered + 1) / (self.sent + 2)

    def __str__(self) -> str:
        return f"{self.channel} ({f'{self.answered} of {self.sent} answered' if self.sent else 'nothing known'})"


def by_engagement(touches: Sequence[Touch], channels: Sequence[Channel], now: Instant) -> list[Answers]:
    """The channels, the one that the person answers most first."""
    found = [_answers(touches, channel, now) for channel in channels]
    return sorted(found, key=lambda answers: (-answers.rate, USUAL_ORDER.index(answers.channel)))


def _answers(touches: Sequence[Touch], channel: Channel, now: Instant) -> Answers:
    sent = [t for t in touches if t.channel is channel and (t.is_answered or t.at <= now - TIME_TO_ANSWER)]
    return Answers(channel, sum(touch.is_answered for touch in sent), len(sent))


def take_answer(draft: Draft, event: Event) -> None:
    """Note that the person opened or clicked a message; what the provider flags, a machine did."""
    if not is_answer(event):
        return
    meant = _meant_by(event, draft.touches)
    if meant is not None and not meant.is_answered:
        draft.touches = tuple(changed(t, is_answered=True) if t is meant else t for t in draft.touches)


def is_answer(event: Event) -> bool:
    """Whether the person, and no machine, opened or clicked a message."""
    is_one = event.name in _ANSWERS and event.trust is Trust.SYSTEM
    by_machine = event.properties.get("machine") is True or _is_flagged(event.properties.get("flags"))
    return is_one and not by_machine


def _meant_by(event: Event, touches: Sequence[Touch]) -> Touch | None:
    """The touch of the message; where the event does not say its id, the latest of its name that is not younger."""
    id_, name, channel = (event.properties.get(key) for key in ("message_id", "message", "channel"))
    of_channel = [touch for touch in touches if channel in {None, touch.channel.value}]
    if isinstance(id_, str):
        meant = next((touch for touch in of_channel if touch.mark and touch.mark == id_[:MARK_LENGTH]), None)
        return meant if meant is not None and event.at < meant.at + ANSWERED_WITHIN else None
    named = [touch for touch in of_channel if touch.message == name and touch.at <= event.at]
    return max(named, key=lambda touch: touch.at, default=None)


def _is_flagged(flags: Any) -> bool:
    return isinstance(flags, dict) and any(flag is True for flag in flags.values())
